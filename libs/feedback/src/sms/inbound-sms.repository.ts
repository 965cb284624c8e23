import { Injectable } from '@nestjs/common';
import { Database } from '#database';

/** Who has a phone, and how we speak with them. */
export interface Writer {
  contactId: number;
  locale: string | null;
}

/** Who writes by SMS, and what about. */
@Injectable()
export class InboundSmsRepository {
  constructor(private readonly db: Database) {}

  /** The contact with this phone, held until the transaction ends: neither a change nor an erasure passes between. */
  writer(phone: string): Promise<Writer | null> {
    return this.db.queryOne<Writer>(
      'SELECT id AS "contactId", locale FROM contact WHERE phone = $1 FOR SHARE',
      [phone],
    );
  }

  /** Of each of these senders the last SMS that went to the contact's phone, the newest first. */
  lastMessages(
    contactId: number,
    addressHash: Buffer,
    senderIds: readonly number[],
  ): Promise<{ senderId: number; dispatchId: number }[]> {
    return this.db.query(
      `SELECT "senderId", "dispatchId" FROM (
         SELECT DISTINCT ON (d.sender_id) d.sender_id AS "senderId", m.dispatch_id AS "dispatchId", m.allowed_at AS at
           FROM message m JOIN dispatch d ON d.id = m.dispatch_id
          WHERE m.contact_id = $1 AND m.address_hash = $2 AND COALESCE(m.channel, d.channel) = 'sms'
            AND d.sender_id = ANY($3::bigint[]) AND m.state IN ('attempting', 'accepted', 'unknown')
          ORDER BY d.sender_id, m.allowed_at DESC, m.dispatch_id DESC) last
        ORDER BY at DESC, "dispatchId" DESC`,
      [contactId, addressHash, senderIds],
    );
  }

  /** Whether the last thing this phone asked of any of these senders, since then, was to stop. */
  async hasStopped(phone: string, senderIds: readonly number[], since: Date): Promise<boolean> {
    const row = await this.db.queryOne<{ kind: string }>(
      `SELECT kind FROM feedback
        WHERE channel = 'sms' AND from_address = $1 AND sender_id = ANY($2::bigint[]) AND received_at > $3
          AND kind IN ('opted_out', 'opted_in')
        ORDER BY id DESC LIMIT 1`,
      [phone, senderIds, since],
    );
    return row?.kind === 'opted_out';
  }

  /** Whether something else that this phone wrote to the sender waits for a person to read it. */
  async hasOtherHeld(id: number, phone: string, senderId: number): Promise<boolean> {
    const row = await this.db.queryOne(
      `SELECT 1 FROM feedback
        WHERE channel = 'sms' AND from_address = $1 AND sender_id = $2 AND state = 'held' AND id <> $3 LIMIT 1`,
      [phone, senderId, id],
    );
    return row !== null;
  }

  /** @returns the ids of what nobody needs to read any more */
  async dismissHeld(phone: string, senderId: number, now: Date): Promise<number[]> {
    const rows = await this.db.query<{ id: number }>(
      `UPDATE feedback SET state = 'dismissed', applied_at = $3
        WHERE channel = 'sms' AND from_address = $1 AND sender_id = $2 AND state = 'held' RETURNING id`,
      [phone, senderId, now],
    );
    return rows.map(({ id }) => id);
  }

  /** Lets the sender read something after all. */
  async forward(id: number, now: Date): Promise<void> {
    await this.db.execute(
      'UPDATE feedback SET forward_due_at = $2 WHERE id = $1 AND detail IS NOT NULL AND forwarded_at IS NULL',
      [id, now],
    );
  }
}
