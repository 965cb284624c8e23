import { Injectable } from '@nestjs/common';
import { Database } from '#database';

/** Which product categories a sender holds to be similar, both ways round; the gate reads them. */
@Injectable()
export class SimilarCategoryRepository {
  constructor(private readonly db: Database) {}

  /** False when there is no such sender. Held until the transaction ends: of two changes one comes after the other. */
  async lockSender(senderId: number): Promise<boolean> {
    const row = await this.db.queryOne('SELECT id FROM sender WHERE id = $1 FOR NO KEY UPDATE', [senderId]);
    return row !== null;
  }

  async replace(senderId: number, pairs: readonly (readonly [string, string])[]): Promise<void> {
    await this.db.execute('DELETE FROM similar_category WHERE sender_id = $1', [senderId]);
    await this.db.query(
      `INSERT INTO similar_category (sender_id, category, similar_to)
       SELECT $1, pair ->> 0, pair ->> 1 FROM jsonb_array_elements($2::jsonb) AS pair`,
      [senderId, JSON.stringify(pairs)],
    );
  }

  async pairs(senderId: number): Promise<[string, string][]> {
    const rows = await this.db.query<{ category: string; similar_to: string }>(
      `SELECT category, similar_to FROM similar_category
        WHERE sender_id = $1 ORDER BY category COLLATE "C", similar_to COLLATE "C"`,
      [senderId],
    );
    return rows.map(({ category, similar_to }) => [category, similar_to]);
  }
}
