import { Injectable } from '@nestjs/common';
import { Database } from '#database';

/** Something that happened to a person, or to one message. */
export interface TimelineRow {
  at: Date;
  /** `message.accepted`, `consent.withdrawn`, `feedback.bounced`... */
  kind: string;
  /** Where among things of the same moment it stands. */
  rank: number;
  id: number;
  dispatchId: number | null;
  topicId: number | null;
  senderId: number | null;
  channel: string | null;
  detail: Record<string, unknown>;
}

/** Where a page of a timeline ends. */
export interface TimelinePlace {
  at: Date;
  rank: number;
  id: number;
}

/** Rows of each source that may be on the page: the newest, as many as it has at most. */
const NEWEST = `ORDER BY at DESC, rank DESC, id DESC LIMIT $6`;
const BEFORE = `($3::timestamptz IS NULL OR (at, rank, id) < ($3, $4::int, $5::bigint))`;

/** All that happened, the newest first, from the ledgers themselves; each is asked for one page and no more. */
@Injectable()
export class TimelineRepository {
  constructor(private readonly db: Database) {}

  /** @param dispatchId null: everything of the person */
  of(
    contactId: number,
    dispatchId: number | null,
    before: TimelinePlace | null,
    limit: number,
  ): Promise<TimelineRow[]> {
    return this.db.query<TimelineRow>(
      `WITH attempts AS (
         SELECT * FROM (
           SELECT date_trunc('milliseconds', COALESCE(m.settled_at, m.allowed_at)) AS at, 'message.' || m.state AS kind, 1 AS rank, m.dispatch_id AS id,
                  m.dispatch_id, d.topic_id, d.sender_id, COALESCE(m.channel, d.channel) AS channel,
                  jsonb_strip_nulls(jsonb_build_object('name', d.name, 'reason', m.reason, 'attempt', m.attempt,
                    'delivery', m.delivery)) AS detail
             FROM message m JOIN dispatch d ON d.id = m.dispatch_id
            WHERE m.contact_id = $1 AND ($2::bigint IS NULL OR m.dispatch_id = $2)) a
          WHERE ${BEFORE} ${NEWEST}
       ), deliveries AS (
         SELECT * FROM (
           SELECT date_trunc('milliseconds', m.delivery_at) AS at, 'message.' || m.delivery AS kind, 2 AS rank, m.dispatch_id AS id, m.dispatch_id,
                  d.topic_id, d.sender_id, COALESCE(m.channel, d.channel) AS channel, jsonb_build_object('name', d.name) AS detail
             FROM message m JOIN dispatch d ON d.id = m.dispatch_id
            WHERE m.contact_id = $1 AND ($2::bigint IS NULL OR m.dispatch_id = $2)
              AND m.delivery IN ('delivered', 'delayed')) a
          WHERE ${BEFORE} ${NEWEST}
       ), told AS (
         SELECT * FROM (
           SELECT date_trunc('milliseconds', f.occurred_at) AS at, 'feedback.' || f.kind AS kind, 3 AS rank, f.id, f.dispatch_id, d.topic_id,
                  COALESCE(f.sender_id, d.sender_id) AS sender_id,
                  f.channel, jsonb_strip_nulls(jsonb_build_object('source', f.source, 'class', f.bounce_class, 'reason', f.reason,
                    'status', f.status, 'words', f.detail, 'from', f.from_address, 'subject', f.subject, 'state', f.state,
                    'heldFor', f.held_for, 'forwardedAt', f.forwarded_at)) AS detail
             FROM feedback f LEFT JOIN dispatch d ON d.id = f.dispatch_id
            WHERE f.contact_id = $1 AND ($2::bigint IS NULL OR f.dispatch_id = $2)) a
          WHERE ${BEFORE} ${NEWEST}
       ), agreed AS (
         SELECT * FROM (
           SELECT date_trunc('milliseconds', e.occurred_at) AS at, 'consent.' || e.action AS kind, 4 AS rank, e.id, NULL::bigint AS dispatch_id, e.topic_id,
                  e.sender_id, e.channel, jsonb_strip_nulls(jsonb_build_object('basis', e.basis,
                    'method', e.method, 'actor', e.actor)) AS detail
             FROM consent_event e WHERE e.contact_id = $1 AND $2::bigint IS NULL) a
          WHERE ${BEFORE} ${NEWEST}
       ), measured AS (
         SELECT * FROM (
           SELECT date_trunc('milliseconds', g.occurred_at) AS at,
                  CASE g.kind WHEN 'open' THEN 'engagement.opened' ELSE 'engagement.clicked' END AS kind, 5 AS rank, g.id,
                  g.dispatch_id, d.topic_id, d.sender_id, COALESCE(m.channel, d.channel) AS channel,
                  jsonb_strip_nulls(jsonb_build_object('name', d.name, 'link', g.link, 'agent', g.agent,
                    'machine', g.machine)) AS detail
             FROM message m JOIN engagement_event g ON g.dispatch_id = m.dispatch_id AND g.contact_id = m.contact_id
             JOIN dispatch d ON d.id = g.dispatch_id
            WHERE m.contact_id = $1 AND ($2::bigint IS NULL OR m.dispatch_id = $2)) a
          WHERE ${BEFORE} ${NEWEST}
       ), deeds AS (
         SELECT * FROM (
           SELECT date_trunc('milliseconds', p.occurred_at) AS at, 'event.' || p.name AS kind, 6 AS rank, p.id, NULL::bigint AS dispatch_id,
                  NULL::bigint AS topic_id, NULL::bigint AS sender_id, NULL::text AS channel,
                  jsonb_build_object('data', p.data) AS detail
             FROM person_event p WHERE p.contact_id = $1 AND $2::bigint IS NULL) a
           WHERE ${BEFORE} ${NEWEST}
       ), bought AS (
         SELECT * FROM (
           SELECT date_trunc('milliseconds', t.at) AS at, 'order.' || t.kind AS kind, t.rank, o.id, NULL::bigint AS dispatch_id,
                  NULL::bigint AS topic_id, s.sender_id, NULL::text AS channel,
                  jsonb_strip_nulls(jsonb_build_object('name', s.name, 'number', o.number)) AS detail
             FROM shop_order o JOIN shop s ON s.id = o.shop_id
             CROSS JOIN LATERAL (VALUES (o.placed_at, 'placed', 7), (o.fulfilled_at, 'fulfilled', 8),
                                        (o.cancelled_at, 'cancelled', 9), (o.refunded_at, 'refunded', 10)) AS t (at, kind, rank)
            WHERE o.contact_id = $1 AND $2::bigint IS NULL AND t.at IS NOT NULL) a
          WHERE ${BEFORE} ${NEWEST}
       )
       SELECT at, kind, rank, id, dispatch_id AS "dispatchId", topic_id AS "topicId", sender_id AS "senderId", channel, detail
         FROM (TABLE attempts UNION ALL TABLE deliveries UNION ALL TABLE told UNION ALL TABLE agreed
               UNION ALL TABLE measured UNION ALL TABLE deeds UNION ALL TABLE bought) everything
        ORDER BY at DESC, rank DESC, id DESC LIMIT $6`,
      [contactId, dispatchId, before?.at ?? null, before?.rank ?? null, before?.id ?? null, limit],
    );
  }
}
