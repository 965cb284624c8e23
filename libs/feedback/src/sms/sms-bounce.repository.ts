import { Injectable } from '@nestjs/common';
import { Database } from '#database';
import { type Feedback } from '../feedback.js';

/** How often SMS to a phone failed. */
@Injectable()
export class SmsBounceRepository {
  constructor(private readonly db: Database) {}

  /**
   * How many messages to this phone failed for the same reason, this one included, since one was delivered there last.
   * @param senderId whose messages count; null: everybody's
   * @param since when counting begins; null: ever
   */
  async count(
    { id, contactId, reason }: Pick<Feedback, 'id' | 'contactId' | 'reason'>,
    addressHash: Buffer,
    senderId: number | null,
    since: Date | null,
  ): Promise<number> {
    const row = await this.db.queryOne<{ n: number }>(
      `WITH sent AS (
         SELECT m.dispatch_id, m.delivery, m.delivery_at FROM message m JOIN dispatch d ON d.id = m.dispatch_id
          WHERE m.contact_id = $1 AND m.address_hash = $2 AND COALESCE(m.channel, d.channel) = 'sms'
            AND ($4::bigint IS NULL OR d.sender_id = $4)
       ), good AS (
         SELECT max(delivery_at) AS at FROM sent WHERE delivery = 'delivered'
       )
       SELECT count(DISTINCT f.dispatch_id) AS n FROM feedback f JOIN sent USING (dispatch_id), good
        WHERE f.contact_id = $1 AND f.channel = 'sms' AND f.kind = 'bounced' AND f.reason = $3
          AND (f.state = 'applied' OR f.id = $6)
          AND (good.at IS NULL OR f.occurred_at > good.at) AND ($5::timestamptz IS NULL OR f.occurred_at > $5)`,
      [contactId, addressHash, reason, senderId, since, id],
    );
    return row?.n ?? 0;
  }
}
