import { Injectable } from '@nestjs/common';
import { Database } from '#database';
import { type ContactKey } from './contact-keys.js';

@Injectable()
export class ContactKeyRepository {
  constructor(private readonly db: Database) {}

  /** One statement for any number of keys; a branch a kind, so that each is answered by its own index. */
  find(keys: readonly (ContactKey & { n: number })[]): Promise<{ n: number; id: number }[]> {
    if (keys.length === 0) return Promise.resolve([]);
    const of = (by: ContactKey['by']): string => JSON.stringify(keys.filter(key => key.by === by));
    return this.db.query(
      `SELECT k.n, c.id FROM jsonb_to_recordset($1::jsonb) AS k (n int, value bigint) JOIN contact c ON c.id = k.value
        UNION ALL
       SELECT k.n, c.id FROM jsonb_to_recordset($2::jsonb) AS k (n int, value text) JOIN contact c ON c.external_id = k.value
        UNION ALL
       SELECT k.n, c.id FROM jsonb_to_recordset($3::jsonb) AS k (n int, value text) JOIN contact c ON c.email = k.value
        UNION ALL
       SELECT k.n, c.id FROM jsonb_to_recordset($4::jsonb) AS k (n int, value text) JOIN contact c ON c.phone = k.value`,
      [of('id'), of('externalId'), of('email'), of('phone')],
    );
  }

  /** Those who are there still, and stay till the transaction ends; in one order, so that two callers cannot lock each other. */
  async hold(ids: readonly number[]): Promise<number[]> {
    if (ids.length === 0) return [];
    const rows = await this.db.query<{ id: number }>(
      'SELECT id FROM contact WHERE id = ANY($1::bigint[]) ORDER BY id FOR KEY SHARE',
      [ids],
    );
    return rows.map(({ id }) => id);
  }
}
