import { Injectable } from '@nestjs/common';
import { HUMAN_AFTER_MS } from '#common';
import { type Predicate } from '#segments';
import { Database } from '#database';
import { type DispatchState } from '#sending';
import { type Enrolment } from './enrolment.js';
import { type Heard } from './plan.js';

/** What became of somebody's message, as far as a way needs to know. */
export interface MessageState {
  dispatchId: number;
  contactId: number;
  /** null: no attempt was made yet. */
  state: 'attempting' | 'accepted' | 'rejected' | 'deferred' | 'skipped' | 'unknown' | null;
  reason: string | null;
  settledAt: Date | null;
  retryAt: Date | null;
  dispatchState: DispatchState;
  /** From when on it is not sent any more; null: whenever. */
  endsAt: Date | null;
}

/** What steps ask of the world, for many people at once. */
@Injectable()
export class StepWorldRepository {
  constructor(private readonly db: Database) {}

  /** Of whom a rule is true. @param predicate compiled with $2 as its first placeholder */
  async matching(contactIds: readonly number[], predicate: Predicate): Promise<Set<number>> {
    const rows = await this.db.query<{ id: number }>(
      `SELECT c.id FROM contact c WHERE c.id = ANY ($1::bigint[]) AND ${predicate.sql}`,
      [contactIds, ...predicate.parameters],
    );
    return new Set(rows.map(({ id }) => id));
  }

  /** The next moment after `since` at which each one's own clock shows this time on one of these days (1 is Monday). */
  async momentsOfDay(
    people: readonly { id: number; contactId: number; since: Date }[],
    weekdays: readonly number[],
    minutes: number,
    senderId: number | null,
  ): Promise<Map<number, Date>> {
    const rows = await this.db.query<{ id: number; due: Date }>(
      `SELECT p.id, min(due) AS due
         FROM unnest($1::bigint[], $2::bigint[], $3::timestamptz[]) AS p (id, contact_id, since)
         JOIN contact c ON c.id = p.contact_id
         LEFT JOIN sender s ON s.id = $6
        CROSS JOIN LATERAL (SELECT person_zone(c.time_zone, c.country, c.phone_country, s.time_zone, p.since) AS zone OFFSET 0) z
        CROSS JOIN generate_series(0, 8) AS day
        CROSS JOIN LATERAL (SELECT (p.since AT TIME ZONE zone)::date + day AS date) local
        CROSS JOIN LATERAL (SELECT at_local(local.date + make_interval(mins => $5), zone) AS due) moment
        WHERE extract(isodow FROM local.date)::int = ANY ($4::int[]) AND due > p.since
        GROUP BY p.id`,
      [
        ...[people.map(({ id }) => id), people.map(({ contactId }) => contactId)],
        ...[people.map(({ since }) => since.toISOString()), weekdays, minutes, senderId],
      ],
    );
    return new Map(rows.map(({ id, due }) => [id, due]));
  }

  /** When the first item of each order will be used up, where one says how long it lasts. */
  async usedUpAt(orderIds: readonly number[]): Promise<Map<number, Date>> {
    const rows = await this.db.query<{ id: number; at: Date }>(
      `SELECT o.id, min(COALESCE(o.fulfilled_at, o.placed_at) + make_interval(hours => 24 * i.replenish_days)) AS at
         FROM shop_order o JOIN shop_order_item i ON i.order_id = o.id
        WHERE o.id = ANY ($1::bigint[]) AND i.replenish_days IS NOT NULL AND o.placed_at IS NOT NULL GROUP BY o.id`,
      [orderIds],
    );
    return new Map(rows.map(({ id, at }) => [id, at]));
  }

  /**
   * The newest order of each that stands, of one shop or of all of a sender's; or that one alone, whichever shop's.
   * @returns by contact; who has none is not in it
   */
  async newestOrders(
    contactIds: readonly number[],
    of: { orderId: number | null; shopId: number | null; senderId: number | null },
  ): Promise<Map<number, number>> {
    const rows = await this.db.query<{ contactId: number; id: number }>(
      `SELECT DISTINCT ON (o.contact_id) o.contact_id AS "contactId", o.id
         FROM shop_order o JOIN shop ON shop.id = o.shop_id
        WHERE o.contact_id = ANY ($1::bigint[]) AND o.placed_at IS NOT NULL
          AND CASE WHEN $2::bigint IS NOT NULL THEN o.id = $2
                   ELSE o.cancelled_at IS NULL AND o.refunded_at IS NULL AND ($3::bigint IS NULL OR o.shop_id = $3)
                        AND ($4::bigint IS NULL OR shop.sender_id = $4) END
        ORDER BY o.contact_id, o.placed_at DESC, o.id DESC`,
      [contactIds, of.orderId, of.shopId, of.senderId],
    );
    return new Map(rows.map(({ contactId, id }) => [contactId, id]));
  }

  /** What each order was of. */
  async categoriesOf(orderIds: readonly number[]): Promise<Map<number, string[]>> {
    const rows = await this.db.query<{ id: number; categories: string[] }>(
      'SELECT id, categories FROM shop_order WHERE id = ANY ($1::bigint[])',
      [orderIds],
    );
    return new Map(rows.map(({ id, categories }) => [id, categories]));
  }

  /**
   * Who did it since they came to the step, by the way's number: bought in a shop of the sender, clicked in a message of this
   * way, replied to the sender. A click is a person's when 90 s betrayed no machine.
   */
  async whoDid(
    what: Heard,
    people: readonly Pick<Enrolment, 'id' | 'contactId' | 'since' | 'orderId' | 'eventId'>[],
    senderId: number | null,
    now: Date,
  ): Promise<Set<number>> {
    const { did, parameter } = didSql(what, senderId, now);
    const rows = await this.db.query<{ id: number }>(
      `SELECT p.id FROM unnest($1::bigint[], $2::bigint[], $3::timestamptz[], $4::bigint[], $5::bigint[])
              AS p (id, contact_id, since, order_id, event_id)
        WHERE EXISTS (${did})`,
      [
        ...[people.map(({ id }) => id), people.map(({ contactId }) => contactId)],
        ...[people.map(({ since }) => since.toISOString()), people.map(({ orderId }) => orderId)],
        ...[people.map(({ eventId }) => eventId), ...parameter],
      ],
    );
    return new Set(rows.map(({ id }) => id));
  }

  /** Where these people's messages stand; a dispatch at a time, so that each finds its range of the
   * ledger (ADR 10). Of one whose records had served their time there is nothing. */
  async messages(dispatchId: number, contactIds: readonly number[]): Promise<MessageState[]> {
    return this.db.query<MessageState>(
      `SELECT d.id AS "dispatchId", u.id AS "contactId", m.state, m.reason, m.settled_at AS "settledAt", m.retry_at AS "retryAt",
              d.state AS "dispatchState", p.ends_at AS "endsAt"
         FROM dispatch d JOIN dispatch_range r ON r.from_id <= d.id AND r.to_id > d.id AND r.dropped_at IS NULL
        CROSS JOIN unnest($2::bigint[]) AS u (id)
         LEFT JOIN message m ON m.dispatch_id = $1 AND m.contact_id = u.id
         LEFT JOIN dispatch_person p ON p.dispatch_id = $1 AND p.contact_id = u.id
        WHERE d.id = $1`,
      [dispatchId, contactIds],
    );
  }

  /** Sets an attribute of those whom nobody else is changing this moment. @returns whom; false: there is no room for it */
  async setAttribute(
    contactIds: readonly number[],
    key: string,
    value: unknown,
    most: number,
    now: Date,
  ): Promise<Map<number, boolean>> {
    const rows = await this.db.query<{ id: number; fits: boolean }>(
      `WITH free AS MATERIALIZED (
         SELECT id, octet_length(next.attributes::text) <= $5 AS fits, next.attributes
           FROM (SELECT id, attributes FROM contact WHERE id = ANY ($1::bigint[]) ORDER BY id FOR NO KEY UPDATE SKIP LOCKED) old
          CROSS JOIN LATERAL (
                SELECT CASE WHEN $3::jsonb IS NULL THEN old.attributes - $2::text
                            ELSE old.attributes || jsonb_build_object($2::text, $3::jsonb) END AS attributes) next
       ), changed AS (
         UPDATE contact c SET attributes = free.attributes, updated_at = $4
           FROM free WHERE c.id = free.id AND free.fits AND free.attributes <> c.attributes
       )
       SELECT id, fits FROM free`,
      [contactIds, key, value === null ? null : JSON.stringify(value), now, most],
    );
    return new Map(rows.map(({ id, fits }) => [id, fits]));
  }
}

/**
 * Whether somebody (`p`) did it; $6 is its parameter. What brought them in is not what they do. What a teller's clock puts ahead of
 * ours happened when it was told: it must not be found again by the next step.
 */
function didSql(what: Heard, senderId: number | null, now: Date): { did: string; parameter: unknown[] } {
  switch (what) {
    case '@order':
      return {
        did: `SELECT FROM shop_order o JOIN shop ON shop.id = o.shop_id
               WHERE o.contact_id = p.contact_id AND LEAST(o.placed_at, o.known_at) >= p.since
                AND o.id IS DISTINCT FROM p.order_id AND o.cancelled_at IS NULL AND o.refunded_at IS NULL
                AND ($6::bigint IS NULL OR shop.sender_id = $6)`,
        parameter: [senderId],
      };
    case '@reply':
      return {
        did: `SELECT FROM feedback f LEFT JOIN dispatch d ON d.id = f.dispatch_id
               WHERE f.contact_id = p.contact_id AND f.kind = 'replied' AND LEAST(f.occurred_at, f.received_at) >= p.since
                 AND (d.id IS NULL OR $6::bigint IS NULL OR d.sender_id = $6)`,
        parameter: [senderId],
      };
    case '@click':
      return {
        did: `SELECT FROM enrolment_move m JOIN engagement_event c ON c.dispatch_id = m.dispatch_id AND c.contact_id = p.contact_id
               WHERE m.enrolment_id = p.id AND m.outcome = 'sending' AND c.kind = 'click' AND c.machine IS NULL AND c.link > 0
                 AND c.occurred_at >= p.since AND c.occurred_at <= $6::timestamptz - make_interval(secs => ${HUMAN_AFTER_MS / 1000})`,
        parameter: [now],
      };
    default:
      return {
        did: `SELECT FROM person_event v WHERE v.contact_id = p.contact_id AND v.name = $6::text
                AND v.id IS DISTINCT FROM p.event_id AND LEAST(v.occurred_at, v.received_at) >= p.since`,
        parameter: [what],
      };
  }
}
