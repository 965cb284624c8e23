import { Injectable } from '@nestjs/common';
import { Database } from '#database';

/** Somebody whom a dispatch is for, added while it runs. */
export interface AddedPerson {
  contactId: number;
  /** What their message is about, beside themselves. */
  orderId: number | null;
  eventId: number | null;
  /** From when on they get nothing of it; null: it has no end. */
  endsAt: Date | null;
}

/** People of a dispatch that grows one by one, and what it knows of each. */
@Injectable()
export class DispatchPersonRepository {
  constructor(private readonly db: Database) {}

  /**
   * Adds people, each in a chunk of their lane; a dispatch that had finished runs again. Whoever has no email starts with the
   * SMS where there is one. At most CHUNK_SIZE at a time: they are not cut into pieces.
   */
  async add(dispatchId: number, people: readonly AddedPerson[], now: Date): Promise<void> {
    await this.db.query(
      `WITH grown AS (
         UPDATE dispatch
            SET frozen = frozen + cardinality($2::bigint[]),
                state = CASE state WHEN 'finished' THEN 'running' ELSE state END,
                ended_at = CASE state WHEN 'finished' THEN NULL ELSE ended_at END
          WHERE id = $1 RETURNING channel, sms_version_id
       ), person AS (
         SELECT p.*, CASE WHEN g.channel = 'sms' OR (c.email IS NULL AND g.sms_version_id IS NOT NULL) THEN 'sms'
                          ELSE address_lane('email', c.email) END AS lane
           FROM grown g CROSS JOIN unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::timestamptz[])
                AS p (contact_id, order_id, event_id, ends_at)
           LEFT JOIN contact c ON c.id = p.contact_id
       ), known AS (
         INSERT INTO dispatch_person (dispatch_id, contact_id, order_id, event_id, ends_at, end_reason)
         SELECT $1, contact_id, order_id, event_id, ends_at, CASE WHEN ends_at IS NOT NULL THEN 'TOO_LATE' END
           FROM person WHERE order_id IS NOT NULL OR event_id IS NOT NULL OR ends_at IS NOT NULL
       )
       INSERT INTO chunk (dispatch_id, lane, contact_ids, size, due_at)
       SELECT $1, lane, array_agg(contact_id ORDER BY contact_id), count(*), $6 FROM person GROUP BY lane`,
      [
        ...[dispatchId, people.map(({ contactId }) => contactId), people.map(({ orderId }) => orderId)],
        ...[
          people.map(({ eventId }) => eventId),
          people.map(({ endsAt }) => endsAt?.toISOString() ?? null),
          now,
        ],
      ],
    );
  }

  /** From now on these people get nothing of it that has not begun to leave. */
  async takeBack(dispatchId: number, contactIds: readonly number[], reason: string): Promise<void> {
    await this.db.query(
      `INSERT INTO dispatch_person (dispatch_id, contact_id, ends_at, end_reason)
       SELECT $1, id, '-infinity', $3 FROM unnest($2::bigint[]) AS id
       ON CONFLICT (dispatch_id, contact_id) DO UPDATE SET ends_at = '-infinity', end_reason = excluded.end_reason`,
      [dispatchId, contactIds, reason],
    );
  }
}
