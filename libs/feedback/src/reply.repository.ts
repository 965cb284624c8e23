import { Injectable } from '@nestjs/common';
import { Database } from '#database';
import { type Channel } from '#common';
import { type MessageKey } from '#sending';

/** What somebody wrote back, to be passed on to the sender. */
export interface ForwardableReply {
  id: number;
  /** What it answers; null: an SMS to a number of ours, and nothing went from there before. */
  key: MessageKey | null;
  channel: Channel;
  senderId: number;
  from: string | null;
  subject: string | null;
  text: string;
}

type Row = Omit<ForwardableReply, 'key'> & { dispatchId: number | null; contactId: number | null };

/** Replies on their way to the senders. */
@Injectable()
export class ReplyRepository {
  constructor(private readonly db: Database) {}

  /**
   * The next reply to pass on. From now on it is tried again only after the next of `waits` (seconds), and after the last
   * never; null: none is due.
   */
  async claim(now: Date, waits: readonly number[]): Promise<ForwardableReply | null> {
    const row = await this.db.queryOne<Row>(
      `WITH due AS (
         SELECT id FROM feedback WHERE forward_due_at <= $1 ORDER BY forward_due_at, id LIMIT 1 FOR UPDATE SKIP LOCKED
       ), claimed AS (
         UPDATE feedback f SET forward_tries = forward_tries + 1,
                forward_due_at = $1::timestamptz + make_interval(secs => ($2::integer[])[f.forward_tries + 1])
           FROM due WHERE f.id = due.id
         RETURNING f.id, f.dispatch_id, f.contact_id, f.from_address, f.subject, f.detail, f.channel,
                   f.sender_id
       )
       SELECT c.id, c.dispatch_id AS "dispatchId", c.contact_id AS "contactId",
              COALESCE(c.sender_id, d.sender_id) AS "senderId", c.channel, c.from_address AS "from", c.subject, COALESCE(c.detail, '') AS text
         FROM claimed c LEFT JOIN dispatch d ON d.id = c.dispatch_id`,
      [now, waits],
    );
    if (!row) return null;
    const { dispatchId, contactId, ...reply } = row;
    return { ...reply, key: dispatchId === null || contactId === null ? null : { dispatchId, contactId } };
  }

  async markForwarded(id: number, now: Date): Promise<void> {
    await this.db.execute('UPDATE feedback SET forwarded_at = $2, forward_due_at = NULL WHERE id = $1', [
      id,
      now,
    ]);
  }

  async giveUp(id: number): Promise<void> {
    await this.db.execute('UPDATE feedback SET forward_due_at = NULL WHERE id = $1', [id]);
  }
}
