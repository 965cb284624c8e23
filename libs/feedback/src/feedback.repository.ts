import { Injectable } from '@nestjs/common';
import { Database, decodeCursor, type PageRequest, storable } from '#database';
import { type MessageKey } from '#sending';
import {
  type Feedback,
  type FeedbackKind,
  type FeedbackState,
  type HeldReason,
  isForwarded,
  type NewFeedback,
} from './feedback.js';

const COLUMNS = `
  id, source, source_event_id AS "sourceEventId", kind, channel, sender_id AS "senderId", dispatch_id AS "dispatchId", contact_id AS "contactId", bounce_class AS "bounceClass", reason, status,
  detail, from_address AS "from", subject, occurred_at AS "occurredAt", received_at AS "receivedAt", state,
  held_for AS "heldFor", forwarded_at AS "forwardedAt"`;

/** Answers to one message that are passed on; who has its address must not fill the sender's mailbox. */
const MOST_FORWARDED = 20;

/** How many of a kind a dispatch's messages had; of bounces by their class. */
export interface FeedbackCount {
  kind: string;
  bounceClass: string | null;
  messages: number;
}

/** Where a message stands, as it was told. */
export interface ToldDelivery extends MessageKey {
  /** It is of an attempt that was lost, and the message was tried again since. */
  isOutdated: boolean;
  kind: 'delivered' | 'delayed' | 'taken';
  source: string;
  occurredAt: Date;
}

/** What was told of messages. */
@Injectable()
export class FeedbackRepository {
  constructor(private readonly db: Database) {}

  /** Keeps what is new; of somebody who was erased not what they wrote. @returns the ids of what was new. */
  async insert(events: readonly NewFeedback[], now: Date): Promise<number[]> {
    if (events.length === 0) return [];
    const rows = events.map(event => ({
      ...{ source: event.source, source_event_id: event.sourceEventId, kind: event.kind },
      ...{
        dispatch_id: event.key?.dispatchId ?? null,
        contact_id: event.key?.contactId ?? event.contactId ?? null,
      },
      ...{
        bounce_class: event.bounceClass ?? null,
        reason: event.reason ?? null,
        status: event.status ?? null,
      },
      ...{ detail: clean(event.detail), from_address: clean(event.from), subject: clean(event.subject) },
      ...{ occurred_at: event.occurredAt, held_for: event.heldFor ?? null, is_forwarded: isForwarded(event) },
      ...{ channel: event.channel ?? 'email', sender_id: event.senderId ?? null },
      is_acted_upon: event.isActedUpon === true,
    }));
    const inserted = await this.db.query<{ id: number }>(
      `INSERT INTO feedback (source, source_event_id, kind, dispatch_id, contact_id, bounce_class, reason, status, detail,
                             from_address, subject, occurred_at, received_at, held_for, forward_due_at, state, applied_at,
                             channel, sender_id)
       SELECT source, source_event_id, kind, dispatch_id, contact_id, bounce_class, reason, status,
              CASE WHEN is_there THEN detail END, CASE WHEN is_there THEN from_address END,
              CASE WHEN is_there THEN subject END, LEAST(occurred_at, $2::timestamptz), $2, held_for,
              CASE WHEN is_there AND is_forwarded AND earlier < ${MOST_FORWARDED} THEN $2::timestamptz END,
              CASE WHEN held_for IS NOT NULL THEN 'held' WHEN is_acted_upon THEN 'applied' ELSE 'waiting' END,
              CASE WHEN held_for IS NULL AND is_acted_upon THEN $2::timestamptz END, channel, sender_id
         FROM jsonb_to_recordset($1::jsonb) AS r (source text, source_event_id text, kind text, dispatch_id bigint,
              contact_id bigint, bounce_class text, reason text, status text, detail text, from_address text, subject text,
              occurred_at timestamptz, held_for text, is_forwarded boolean, channel text,
              sender_id bigint, is_acted_upon boolean)
        CROSS JOIN LATERAL (
              SELECT r.contact_id IS NULL OR EXISTS (SELECT FROM contact c WHERE c.id = r.contact_id),
                     CASE WHEN r.sender_id IS NOT NULL
                     THEN (SELECT count(*) FROM feedback f
                            WHERE f.channel = 'sms' AND f.from_address = r.from_address AND f.sender_id = r.sender_id
                              AND f.received_at > $2::timestamptz - interval '1 day')
                     ELSE (SELECT count(*) FROM feedback f
                       WHERE f.contact_id = r.contact_id AND f.dispatch_id = r.dispatch_id
                         AND f.kind IN ('replied', 'opted_out')) END) AS known (is_there, earlier)
        ORDER BY source, source_event_id
       ON CONFLICT (source, source_event_id) DO NOTHING RETURNING id`,
      [JSON.stringify(rows), now],
    );
    return inserted.map(({ id }) => id);
  }

  /**
   * Takes deliveries, delays and what was only taken off the list, many at once: they only say where a message stands, and
   * are not kept once it says so itself.
   * @returns how many were taken, and of each message the one that says most
   */
  async takeDeliveries(most: number): Promise<{ taken: number; news: ToldDelivery[] }> {
    const news = await this.db.query<ToldDelivery & { taken: number }>(
      `WITH told AS (
         DELETE FROM feedback WHERE id IN (
           SELECT id FROM feedback WHERE state = 'waiting' AND kind IN ('delivered', 'delayed', 'taken')
            ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED)
         RETURNING dispatch_id, contact_id, kind, source, source_event_id, channel, occurred_at)
       SELECT DISTINCT ON (t.dispatch_id, t.contact_id) t.dispatch_id AS "dispatchId", t.contact_id AS "contactId",
              t.kind, t.source, t.occurred_at AS "occurredAt", count(*) OVER () AS taken, outdated AS "isOutdated"
         FROM told t
         LEFT JOIN message m ON t.channel = 'sms' AND m.dispatch_id = t.dispatch_id AND m.contact_id = t.contact_id
        CROSS JOIN LATERAL (
              SELECT COALESCE(split_part(t.source_event_id, '/', 1) = m.earlier ->> 'sid'
                              AND NOT (m.state = 'deferred' AND t.kind = 'delivered'), false) AS outdated) o
        ORDER BY t.dispatch_id, t.contact_id, outdated, array_position(ARRAY['delivered', 'delayed', 'taken'], t.kind), t.occurred_at`,
      [most],
    );
    return { taken: news[0]?.taken ?? 0, news };
  }

  /** The next one that waits and is due, locked for whoever acts upon it in the same transaction; null: none. */
  next(now: Date): Promise<Feedback | null> {
    return this.db.queryOne<Feedback>(
      `SELECT ${COLUMNS} FROM feedback
        WHERE state = 'waiting' AND kind NOT IN ('delivered', 'delayed', 'taken') AND COALESCE(due_at <= $1, true)
        ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED`,
      [now],
    );
  }

  async settle(id: number, state: FeedbackState, heldFor: string | null, now: Date): Promise<void> {
    await this.db.execute('UPDATE feedback SET state = $2, held_for = $3, applied_at = $4 WHERE id = $1', [
      ...[id, state, heldFor, now],
    ]);
  }

  /** A person has read it, and says that it is something else. */
  async rename(id: number, kind: FeedbackKind): Promise<void> {
    await this.db.execute('UPDATE feedback SET kind = $2 WHERE id = $1', [id, kind]);
  }

  /** Acting upon it failed: it waits for the next of `waits` (seconds), and after the last one is held. */
  async postpone(id: number, waits: readonly number[], now: Date): Promise<void> {
    const heldFor: HeldReason = 'FAILED';
    await this.db.execute(
      `UPDATE feedback
          SET tries = tries + 1, due_at = $2::timestamptz + make_interval(secs => ($3::integer[])[tries + 1]),
              state = CASE WHEN tries < cardinality($3::integer[]) THEN state ELSE 'held' END,
              held_for = CASE WHEN tries < cardinality($3::integer[]) THEN held_for ELSE $4 END
        WHERE id = $1 AND state = 'waiting'`,
      [id, now, waits, heldFor],
    );
  }

  /** Whether nothing of the kind was acted upon for this message before; of bounces such as say more than "not now". */
  async isFirst({ id, dispatchId, contactId, kind }: Feedback): Promise<boolean> {
    const row = await this.db.queryOne(
      `SELECT 1 FROM feedback
        WHERE dispatch_id = $1 AND contact_id = $2 AND kind = $3 AND state = 'applied' AND id <> $4
          AND (kind <> 'bounced' OR bounce_class IN ('hard', 'block')) LIMIT 1`,
      [dispatchId, contactId, kind, id],
    );
    return row === null;
  }

  /** What nobody could prove and nobody looked at. */
  async forgetUnproven(before: Date, most: number): Promise<number> {
    return this.db.execute(
      `DELETE FROM feedback WHERE id IN (
         SELECT id FROM feedback WHERE dispatch_id IS NULL AND contact_id IS NULL AND received_at < $1 ORDER BY received_at LIMIT $2)`,
      [before, most],
    );
  }

  find(id: number): Promise<Feedback | null> {
    return this.db.queryOne<Feedback>(`SELECT ${COLUMNS} FROM feedback WHERE id = $1`, [id]);
  }

  /** A held one, locked; null when it is not held. */
  lockHeld(id: number): Promise<Feedback | null> {
    return this.db.queryOne<Feedback>(
      `SELECT ${COLUMNS} FROM feedback WHERE id = $1 AND state = 'held' FOR UPDATE`,
      [id],
    );
  }

  /** The newest first. */
  list(state: FeedbackState | null, { limit, cursor }: PageRequest): Promise<Feedback[]> {
    return this.db.query<Feedback>(
      `SELECT ${COLUMNS} FROM feedback
        WHERE ($1::text IS NULL OR state = $1) AND ($2::bigint IS NULL OR id < $2) ORDER BY id DESC LIMIT $3`,
      [state, decodeCursor(cursor) ?? null, limit + 1],
    );
  }

  /** How many messages of a dispatch each kind was told of. */
  counts(dispatchId: number): Promise<FeedbackCount[]> {
    return this.db.query<FeedbackCount>(
      `SELECT kind, bounce_class AS "bounceClass", count(DISTINCT contact_id) AS messages
         FROM feedback WHERE dispatch_id = $1 AND state = 'applied' GROUP BY kind, bounce_class
       UNION ALL
       SELECT delivery, NULL, count(*) FROM message
        WHERE dispatch_id = $1 AND delivery IN ('delivered', 'delayed') GROUP BY delivery`,
      [dispatchId],
    );
  }

  /**
   * Whether an address bounced softly so often over so long, this time included, with nothing in between that shows it takes
   * mail: that somebody told so, or that a message was accepted and no bounce of it came within `quietDays`.
   */
  async isWornOut(
    { id, contactId }: Pick<Feedback, 'id' | 'contactId'>,
    addressHash: Buffer,
    { times, days, quietDays }: { times: number; days: number; quietDays: number },
    now: Date,
  ): Promise<boolean> {
    const row = await this.db.queryOne<{ worn: boolean }>(
      `WITH bounces AS (
         SELECT f.dispatch_id, f.occurred_at FROM feedback f JOIN message m USING (dispatch_id, contact_id)
          WHERE f.contact_id = $1 AND m.address_hash = $2 AND f.kind = 'bounced' AND f.bounce_class = 'soft'
            AND (f.state = 'applied' OR f.id = $5)
       ), good AS (
         SELECT max(COALESCE(m.delivery_at, m.settled_at)) AS at FROM message m
          WHERE m.contact_id = $1 AND m.address_hash = $2
            AND (m.delivery = 'delivered'
                 OR (m.delivery IS NULL AND m.state = 'accepted'
                     AND m.settled_at < $6::timestamptz - make_interval(days => $7)))
       )
       SELECT count(DISTINCT dispatch_id) >= $3
              AND max(occurred_at) - min(occurred_at) >= make_interval(days => $4) AS worn
         FROM bounces, good WHERE good.at IS NULL OR occurred_at > good.at`,
      [contactId, addressHash, times, days, id, now, quietDays],
    );
    return row?.worn ?? false;
  }

  /** Takes from what was told of people what could lead back to them. */
  async forget(contactIds: readonly number[]): Promise<number> {
    return this.db.execute(
      `UPDATE feedback SET detail = NULL, from_address = NULL, subject = NULL, forward_due_at = NULL
        WHERE contact_id = ANY($1::bigint[]) AND (detail IS NOT NULL OR from_address IS NOT NULL OR subject IS NOT NULL)`,
      [contactIds],
    );
  }
}

function clean(text: string | null | undefined): string | null {
  return text === null || text === undefined || text === '' ? null : storable(text);
}
