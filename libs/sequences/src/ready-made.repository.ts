import { Injectable } from '@nestjs/common';
import { Database } from '#database';

/** Any number, other than those of the other advisory locks. */
const INSTALL_LOCK = 4_862_027;

@Injectable()
export class ReadyMadeRepository {
  constructor(private readonly db: Database) {}

  /** Of two installations one comes after the other: each looks for names that are free. Until the transaction ends. */
  async takeTurns(): Promise<void> {
    await this.db.query('SELECT pg_advisory_xact_lock($1)', [INSTALL_LOCK]);
  }

  async isSequenceName(name: string): Promise<boolean> {
    return (await this.db.queryOne('SELECT FROM sequence WHERE name = $1', [name])) !== null;
  }

  /** Whose orders a shop tells of; null: there is no such shop. */
  async senderOfShop(shopId: number): Promise<number | null> {
    const row = await this.db.queryOne<{ id: number }>('SELECT sender_id AS id FROM shop WHERE id = $1', [
      shopId,
    ]);
    return row?.id ?? null;
  }
}
