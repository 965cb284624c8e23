import { Injectable } from '@nestjs/common';
import { Database } from '#database';

/** Any number, other than those of the other advisory locks. */
const INSTALL_LOCK = 4_862_027;

/** Whose orders a shop tells of, and the topics that they are the ground for. */
export interface ShopGrounds {
  senderId: number;
  serviceTopicIds: number[];
  marketingTopicId: number | null;
}

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

  /** null: there is no such shop. */
  async shop(shopId: number): Promise<ShopGrounds | null> {
    const shop = await this.db.queryOne<ShopGrounds>(
      `SELECT sender_id AS "senderId", service_topic_ids AS "serviceTopicIds", marketing_topic_id AS "marketingTopicId"
         FROM shop WHERE id = $1`,
      [shopId],
    );
    // The numbers of an array arrive as text.
    return shop && { ...shop, serviceTopicIds: shop.serviceTopicIds.map(Number) };
  }
}
