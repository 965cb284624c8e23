import { Injectable } from '@nestjs/common';
import { Database } from '#database';
import { type Predicate } from '#segments';
import { type Plan } from './plan.js';

/** Somebody to whom it happened that a sequence waits for. */
export interface Arrival {
  id: number;
  contactId: number;
  occasion: string;
  orderId: number | null;
  eventId: number | null;
  happenedAt: Date;
}

/** How often somebody had entered a sequence before, and how. */
export interface EarlierWays {
  contactId: number;
  times: number;
  lastEnteredAt: Date | null;
  isActive: boolean;
}

/** Those who stand before a sequence, and their entering. */
@Injectable()
export class ArrivalRepository {
  constructor(private readonly db: Database) {}

  /** One worker lets people into a sequence at a time, until the commit: how often somebody was there is then known. */
  async isOurTurn(sequenceId: number): Promise<boolean> {
    const row = await this.db.queryOne<{ mine: boolean }>(
      'SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0)) AS mine',
      [`sequence entrance ${sequenceId}`],
    );
    return row?.mine === true;
  }

  /** Nobody stands there any more. */
  async clear(sequenceId: number): Promise<void> {
    await this.db.query('DELETE FROM sequence_arrival WHERE sequence_id = $1', [sequenceId]);
  }

  async add(sequenceId: number, arrivals: readonly Omit<Arrival, 'id'>[]): Promise<void> {
    await this.db.query(
      `INSERT INTO sequence_arrival (sequence_id, contact_id, occasion, order_id, event_id, happened_at)
       SELECT $1, u.* FROM unnest($2::bigint[], $3::text[], $4::bigint[], $5::bigint[], $6::timestamptz[]) AS u`,
      [
        ...[sequenceId, arrivals.map(({ contactId }) => contactId), arrivals.map(({ occasion }) => occasion)],
        ...[arrivals.map(({ orderId }) => orderId), arrivals.map(({ eventId }) => eventId)],
        arrivals.map(({ happenedAt }) => happenedAt.toISOString()),
      ],
    );
  }

  /** Takes the first in line away. */
  take(sequenceId: number, limit: number): Promise<Arrival[]> {
    return this.db.query<Arrival>(
      `DELETE FROM sequence_arrival
        WHERE id IN (SELECT id FROM sequence_arrival WHERE sequence_id = $1 ORDER BY id LIMIT $2 FOR UPDATE SKIP LOCKED)
       RETURNING id, contact_id AS "contactId", occasion, order_id AS "orderId", event_id AS "eventId", happened_at AS "happenedAt"`,
      [sequenceId, limit],
    );
  }

  earlier(sequenceId: number, contactIds: readonly number[]): Promise<EarlierWays[]> {
    return this.db.query<EarlierWays>(
      `SELECT contact_id AS "contactId", count(*)::int AS times, max(entered_at) AS "lastEnteredAt",
              bool_or(state = 'active') AS "isActive"
         FROM enrolment WHERE sequence_id = $1 AND contact_id = ANY ($2::bigint[]) GROUP BY contact_id`,
      [sequenceId, contactIds],
    );
  }

  /**
   * Of whom it is still true what brought them: they are there, the order was not given back, the consent stands, the event
   * was as asked for; and nothing has happened since that would have ended their way, had they been on it.
   */
  async stillTrue(
    arrivals: readonly Arrival[],
    about: { topicId: number | null; data: Plan['data']; leavesOnPurchase: boolean; senderId: number | null },
    where: Predicate | null,
  ): Promise<Set<number>> {
    const rows = await this.db.query<{ id: number }>(
      `SELECT a.id
         FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $7::timestamptz[])
              AS a (id, contact_id, order_id, event_id, happened_at)
         JOIN contact c ON c.id = a.contact_id
        WHERE (a.order_id IS NULL OR EXISTS (
                SELECT FROM shop_order o
                 WHERE o.id = a.order_id AND o.contact_id = a.contact_id AND o.cancelled_at IS NULL AND o.refunded_at IS NULL))
          AND ($5::bigint IS NULL OR EXISTS (
                SELECT FROM consent_state s WHERE s.contact_id = c.id AND s.topic_id = $5 AND s.status = 'granted'))
          AND ($6::jsonb IS NULL OR EXISTS (SELECT FROM person_event v WHERE v.id = a.event_id AND v.data @> $6::jsonb))
          AND (NOT $8::boolean OR NOT EXISTS (
                SELECT FROM shop_order o JOIN shop ON shop.id = o.shop_id
                 WHERE o.contact_id = a.contact_id AND o.cancelled_at IS NULL AND o.refunded_at IS NULL
                   AND CASE WHEN a.order_id IS NULL THEN o.placed_at > a.happened_at
                            ELSE (o.placed_at, o.id) > (a.happened_at, a.order_id) END
                   AND ($9::bigint IS NULL OR shop.sender_id = $9)))
          AND ${where?.sql ?? 'true'}`,
      [
        ...[arrivals.map(({ id }) => id), arrivals.map(({ contactId }) => contactId)],
        ...[arrivals.map(({ orderId }) => orderId), arrivals.map(({ eventId }) => eventId)],
        ...[about.topicId, about.data === null ? null : JSON.stringify(about.data)],
        ...[
          arrivals.map(({ happenedAt }) => happenedAt.toISOString()),
          about.leavesOnPurchase,
          about.senderId,
        ],
        ...(where?.parameters ?? []),
      ],
    );
    return new Set(rows.map(({ id }) => id));
  }

  /** They begin. Whoever entered on this occasion before does not again. @returns how many began */
  async enter(
    sequenceId: number,
    versionId: number,
    people: readonly (Arrival & { ordinal: number })[],
    exit: Plan['exit'],
    now: Date,
  ): Promise<number> {
    const rows = await this.db.query<{ id: number }>(
      `WITH made AS (
         INSERT INTO enrolment (sequence_id, version_id, contact_id, occasion, order_id, event_id, ordinal, due_at, since,
                                on_purchase, on_refund, moves, entered_at)
         SELECT $1, $2, u.contact_id, u.occasion, u.order_id, u.event_id, u.ordinal, $9, LEAST(u.happened_at, $9), $10, $11, 1,
                LEAST(u.happened_at, $9)
           FROM unnest($3::bigint[], $4::text[], $5::bigint[], $6::bigint[], $7::int[], $8::timestamptz[])
                AS u (contact_id, occasion, order_id, event_id, ordinal, happened_at)
         ON CONFLICT (sequence_id, contact_id, occasion) DO NOTHING
         RETURNING id
       ), told AS (
         INSERT INTO enrolment_move (enrolment_id, seq, outcome, at) SELECT id, 1, 'entered', $9 FROM made
       )
       SELECT id FROM made`,
      [
        ...[
          sequenceId,
          versionId,
          people.map(({ contactId }) => contactId),
          people.map(({ occasion }) => occasion),
        ],
        ...[people.map(({ orderId }) => orderId), people.map(({ eventId }) => eventId)],
        ...[people.map(({ ordinal }) => ordinal), people.map(({ happenedAt }) => happenedAt.toISOString())],
        ...[now, exit.purchase, exit.orderEnded],
      ],
    );
    return rows.length;
  }
}
