import { Injectable } from '@nestjs/common';
import { type Channel } from '#common';
import { Database } from '#database';

/** Addresses of people who were erased, as keyed hashes of the newest generation of keys. */
@Injectable()
export class ErasedAddressRepository {
  constructor(private readonly db: Database) {}

  async note(addressHash: Buffer, channel: Channel, at: Date): Promise<void> {
    await this.db.query(
      `INSERT INTO erased_address AS e (address_hash, channel, erased_at) VALUES ($1, $2, $3)
       ON CONFLICT (address_hash, channel) DO UPDATE SET erased_at = GREATEST(e.erased_at, excluded.erased_at)`,
      [addressHash, channel, at],
    );
  }

  /** When each was erased last, in the order given; null: never. */
  async timesOf(addresses: readonly { channel: Channel; hash: Buffer }[]): Promise<(Date | null)[]> {
    const rows = await this.db.query<{ at: Date | null }>(
      `SELECT e.erased_at AS at
         FROM unnest($1::text[], $2::bytea[]) WITH ORDINALITY AS a (channel, hash, nth)
         LEFT JOIN erased_address e ON e.address_hash = a.hash AND e.channel = a.channel
        ORDER BY a.nth`,
      [addresses.map(({ channel }) => channel), addresses.map(({ hash }) => hash)],
    );
    return rows.map(({ at }) => at);
  }
}
