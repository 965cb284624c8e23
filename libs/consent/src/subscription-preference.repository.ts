import { Injectable } from '@nestjs/common';
import { Database } from '#database';
import { type SubscriptionPreference } from './subscription-preference.js';

/** The table subscription_preference, which the gate reads. No row: as often as there is news, and no pause. */
@Injectable()
export class SubscriptionPreferenceRepository {
  constructor(private readonly db: Database) {}

  /** null when there is no such contact. A pause that is over is none. */
  find(contactId: number, senderId: number, now: Date): Promise<SubscriptionPreference | null> {
    return this.db.queryOne<SubscriptionPreference>(
      `SELECT COALESCE(p.frequency, 'all') AS frequency,
              CASE WHEN p.paused_until > $3 THEN p.paused_until END AS "pausedUntil"
         FROM contact c
         LEFT JOIN subscription_preference p ON p.contact_id = c.id AND p.sender_id = $2
        WHERE c.id = $1`,
      [contactId, senderId, now],
    );
  }

  /**
   * Changes what is given and leaves the rest, in one statement: two presses at once lose nothing of each other.
   * @returns false when there is no such contact.
   */
  async change(
    contactId: number,
    senderId: number,
    changes: Partial<SubscriptionPreference>,
    now: Date,
  ): Promise<boolean> {
    const rows = await this.db.query(
      `INSERT INTO subscription_preference AS p (contact_id, sender_id, frequency, paused_until, updated_at)
       SELECT c.id, $2, COALESCE($3::text, 'all'), $4::timestamptz, $6
         FROM contact c WHERE c.id = $1 FOR KEY SHARE
       ON CONFLICT (contact_id, sender_id) DO UPDATE
          SET frequency = COALESCE($3::text, p.frequency),
              paused_until = CASE WHEN $5::boolean THEN $4::timestamptz ELSE p.paused_until END, updated_at = $6
       RETURNING 1`,
      [
        ...[contactId, senderId, changes.frequency ?? null, changes.pausedUntil ?? null],
        ...[changes.pausedUntil !== undefined, now],
      ],
    );
    return rows.length > 0;
  }
}
