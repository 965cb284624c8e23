import { Injectable } from '@nestjs/common';
import { Database } from '#database';
import { type FaqEntry } from './faq-entry.js';

@Injectable()
export class FaqRepository {
  constructor(private readonly db: Database) {}

  /** False when there is no such sender. Held until the transaction ends: of two changes one comes after the other. */
  async lockSender(senderId: number): Promise<boolean> {
    const row = await this.db.queryOne('SELECT id FROM sender WHERE id = $1 FOR NO KEY UPDATE', [senderId]);
    return row !== null;
  }

  async hasSender(senderId: number): Promise<boolean> {
    return (await this.db.queryOne('SELECT FROM sender WHERE id = $1', [senderId])) !== null;
  }

  /** In the order in which they were written. */
  entries(senderId: number): Promise<FaqEntry[]> {
    return this.db.query<FaqEntry>(
      'SELECT question, answer, url FROM sender_faq WHERE sender_id = $1 ORDER BY seq',
      [senderId],
    );
  }

  async replace(senderId: number, entries: readonly FaqEntry[]): Promise<void> {
    await this.db.execute('DELETE FROM sender_faq WHERE sender_id = $1', [senderId]);
    await this.db.query(
      `INSERT INTO sender_faq (sender_id, seq, question, answer, url)
       SELECT $1, seq, entry -> 'question', entry -> 'answer', entry ->> 'url'
         FROM jsonb_array_elements($2::jsonb) WITH ORDINALITY AS told (entry, seq)`,
      [senderId, JSON.stringify(entries)],
    );
  }
}
