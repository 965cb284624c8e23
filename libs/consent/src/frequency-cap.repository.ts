import { Injectable } from '@nestjs/common';
import { Database } from '#database';
import { type CapInForce, type FrequencyCap } from './frequency-cap.js';

/** Instead of a sender's id: for each sender that says nothing of its own. */
export const ACCOUNT = 0;

/** The table frequency_cap, which the gate reads. */
@Injectable()
export class FrequencyCapRepository {
  constructor(private readonly db: Database) {}

  async inForce(senderId: number): Promise<CapInForce> {
    const row = await this.db.queryOne<{ senderId: number } & Record<keyof FrequencyCap, number | null>>(
      `SELECT sender_id AS "senderId", messages, days FROM frequency_cap
        WHERE sender_id IN ($1, ${ACCOUNT}) ORDER BY sender_id DESC LIMIT 1`,
      [senderId],
    );
    if (!row) return { cap: null, source: null };
    const { messages, days } = row;
    return {
      cap: messages === null || days === null ? null : { messages, days },
      source: row.senderId === ACCOUNT ? 'account' : 'sender',
    };
  }

  async put(senderId: number, cap: FrequencyCap | null, now: Date): Promise<void> {
    await this.db.execute(
      `INSERT INTO frequency_cap (sender_id, messages, days, updated_at) VALUES ($1, $2, $3, $4)
       ON CONFLICT (sender_id) DO UPDATE
          SET messages = excluded.messages, days = excluded.days, updated_at = excluded.updated_at`,
      [senderId, cap?.messages ?? null, cap?.days ?? null, now],
    );
  }

  async remove(senderId: number): Promise<void> {
    await this.db.execute('DELETE FROM frequency_cap WHERE sender_id = $1', [senderId]);
  }
}
