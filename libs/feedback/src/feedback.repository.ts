import { Injectable } from '@nestjs/common';
import { Database, decodeCursor, type PageRequest, storable } from '#database';
import { type DeliveryNews } from '#sending';
import { type Feedback, type FeedbackState, type NewFeedback } from './feedback.js';

const COLUMNS = `
  id, source, kind, dispatch_id AS "dispatchId", contact_id AS "contactId", bounce_class AS "bounceClass", reason, status,
  detail, from_address AS "from", subject, occurred_at AS "occurredAt", received_at AS "receivedAt", state,
  held_for AS "heldFor", forwarded_at AS "forwardedAt"`;

/** How many of a kind a dispatch's messages had; of bounces by their class. */
export interface FeedbackCount {
  kind: string;
  bounceClass: string | null;
  messages: number;
}

/** What was told of messages. */
@Injectable()
export class FeedbackRepository {
  constructor(private readonly db: Database) {}

  /** Keeps what is new. @returns how many were. */
  async insert(events: readonly NewFeedback[], now: Date): Promise<number> {
    if (events.length === 0) return 0;
    const rows = events.map(event => ({
      ...{ source: event.source, source_event_id: event.sourceEventId, kind: event.kind },
      ...{ dispatch_id: event.key?.dispatchId ?? null, contact_id: event.key?.contactId ?? null },
      ...{
        bounce_class: event.bounceClass ?? null,
        reason: event.reason ?? null,
        status: event.status ?? null,
      },
      ...{ detail: clean(event.detail), from_address: clean(event.from), subject: clean(event.subject) },
      ...{ occurred_at: event.occurredAt, held_for: event.heldFor ?? null },
    }));
    const inserted = await this.db.query(
      `INSERT INTO feedback (source, source_event_id, kind, dispatch_id, contact_id, bounce_class, reason, status, detail,
                             from_address, subject, occurred_at, received_at, held_for, forward_due_at, state)
       SELECT source, source_event_id, kind, dispatch_id, contact_id, bounce_class, reason, status, detail, from_address,
              subject, LEAST(occurred_at, $2::timestamptz), $2, held_for,
              CASE WHEN kind = 'replied' AND dispatch_id IS NOT NULL AND detail IS NOT NULL THEN $2::timestamptz END,
              CASE WHEN held_for IS NULL THEN 'waiting' ELSE 'held' END
         FROM jsonb_to_recordset($1::jsonb) AS r (source text, source_event_id text, kind text, dispatch_id bigint,
              contact_id bigint, bounce_class text, reason text, status text, detail text, from_address text, subject text,
              occurred_at timestamptz, held_for text)
        ORDER BY source, source_event_id
       ON CONFLICT (source, source_event_id) DO NOTHING RETURNING 1`,
      [JSON.stringify(rows), now],
    );
    return inserted.length;
  }

  /**
   * Takes deliveries and delays off the list, many at once: they only say where a message stands, and are not kept once it
   * says so itself.
   * @returns how many were taken, and of each message that it was delivered, if so it was told, otherwise that it is delayed
   */
  async takeDeliveries(most: number): Promise<{ taken: number; news: DeliveryNews[] }> {
    const news = await this.db.query<DeliveryNews & { taken: number }>(
      `WITH told AS (
         DELETE FROM feedback WHERE id IN (
           SELECT id FROM feedback WHERE state = 'waiting' AND kind IN ('delivered', 'delayed')
            ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED)
         RETURNING dispatch_id, contact_id, kind, occurred_at)
       SELECT DISTINCT ON (dispatch_id, contact_id) dispatch_id AS "dispatchId", contact_id AS "contactId",
              kind AS delivery, occurred_at AS "occurredAt", count(*) OVER () AS taken
         FROM told ORDER BY dispatch_id, contact_id, kind = 'delivered' DESC, occurred_at`,
      [most],
    );
    return { taken: news[0]?.taken ?? 0, news };
  }

  /** The next one that waits, locked for whoever acts upon it in the same transaction; null: none. */
  next(): Promise<Feedback | null> {
    return this.db.queryOne<Feedback>(
      `SELECT ${COLUMNS} FROM feedback WHERE state = 'waiting' AND kind NOT IN ('delivered', 'delayed')
        ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED`,
    );
  }

  async settle(id: number, state: FeedbackState, heldFor: string | null, now: Date): Promise<void> {
    await this.db.execute('UPDATE feedback SET state = $2, held_for = $3, applied_at = $4 WHERE id = $1', [
      ...[id, state, heldFor, now],
    ]);
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

  /** Whether an address bounced softly so often over so long, with nothing in between that shows it takes mail. */
  async isWornOut(contactId: number, addressHash: Buffer, times: number, days: number): Promise<boolean> {
    const row = await this.db.queryOne<{ worn: boolean }>(
      `WITH bounces AS (
         SELECT f.occurred_at FROM feedback f JOIN message m USING (dispatch_id, contact_id)
          WHERE f.contact_id = $1 AND m.address_hash = $2 AND f.kind = 'bounced' AND f.bounce_class = 'soft'
       ), good AS (
         SELECT max(m.delivery_at) AS at FROM message m
          WHERE m.contact_id = $1 AND m.address_hash = $2 AND m.delivery = 'delivered'
       )
       SELECT count(*) >= $3 AND max(occurred_at) - min(occurred_at) >= make_interval(days => $4) AS worn
         FROM bounces, good WHERE good.at IS NULL OR occurred_at > good.at`,
      [contactId, addressHash, times, days],
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
