import { Injectable } from '@nestjs/common';
import { Database, decodeCursor, type PageRequest } from '#database';
import { type OutgoingEventKind } from './event-kinds.js';
import { type CallResult } from './webhook-client.js';
import { type Health, type Verdict } from './verdict.js';

export const deliveryStates = ['waiting', 'due', 'sending', 'delivered', 'given_up'] as const;
export type DeliveryState = (typeof deliveryStates)[number];

export interface Delivery {
  /** Its place in the webhook's order. */
  id: number;
  eventId: number;
  kind: OutgoingEventKind;
  contactId: number | null;
  state: DeliveryState;
  attempts: number;
  dueAt: Date;
  lastStatus: number | null;
  lastError: string | null;
  lastAttemptAt: Date | null;
  finishedAt: Date | null;
}

/** A delivery in a worker's hands. */
export interface ClaimedDelivery {
  webhookId: number;
  eventId: number;
  contactId: number | null;
  attempts: number;
  kind: string;
  subject: Record<string, string>;
  payload: Record<string, unknown>;
  occurredAt: Date;
}

export interface ServedWebhook extends Health {
  id: number;
  url: string;
  secret: Buffer;
  oldSecret: Buffer | null;
  oldUntil: Date | null;
}

/** Where a replay begins: with this event, or with the first that was recorded then. */
export type ReplayFrom = { eventId: number } | { since: Date };

@Injectable()
export class DeliveryRepository {
  constructor(private readonly db: Database) {}

  /**
   * The active webhook that has waited longest of those with something due, held until the transaction ends. One that
   * somebody else holds is left to them.
   */
  nextWebhook(now: Date, not: readonly number[]): Promise<ServedWebhook | null> {
    return this.db.queryOne<ServedWebhook>(
      `SELECT w.id, w.url, w.secret, w.old_secret AS "oldSecret", w.old_until AS "oldUntil", w.failures,
              w.failing_since AS "failingSince"
         FROM webhook w
        WHERE w.state = 'active' AND w.deleted_at IS NULL AND COALESCE(w.rests_until <= $1, true)
          AND w.id <> ALL ($2::bigint[])
          AND EXISTS (SELECT FROM webhook_delivery d WHERE d.webhook_id = w.id AND d.state = 'due' AND d.due_at <= $1)
        ORDER BY w.served_at NULLS FIRST, w.id LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED`,
      [now, not],
    );
  }

  /**
   * Takes what is due of a webhook that the caller holds: at most so many, and no more than leave `atOnce` in the hands of
   * all workers together.
   */
  claim(
    webhookId: number,
    { most, atOnce }: { most: number; atOnce: number },
    { lease, until }: { lease: string; until: Date },
    now: Date,
  ): Promise<ClaimedDelivery[]> {
    return this.db.query<ClaimedDelivery>(
      `WITH due AS (
         SELECT event_id FROM webhook_delivery
          WHERE webhook_id = $1 AND state = 'due' AND due_at <= $6 ORDER BY due_at, place
          LIMIT GREATEST(0, LEAST($2::bigint, $3::bigint - (
            SELECT count(*) FROM webhook_delivery WHERE webhook_id = $1 AND state = 'sending')))),
       served AS (UPDATE webhook SET served_at = $6 WHERE id = $1)
       UPDATE webhook_delivery d
          SET state = 'sending', attempts = d.attempts + 1, lease = $4, leased_until = $5, last_attempt_at = $6
         FROM due JOIN outgoing_event e ON e.id = due.event_id
        WHERE d.webhook_id = $1 AND d.event_id = due.event_id
       RETURNING d.webhook_id AS "webhookId", d.event_id AS "eventId", d.contact_id AS "contactId", d.attempts,
                 e.kind, e.subject, e.payload, e.occurred_at AS "occurredAt"`,
      [webhookId, most, atOnce, lease, until, now],
    );
  }

  /** How a webhook fares, held until the transaction ends. */
  lockHealth(webhookId: number): Promise<Health | null> {
    return this.db.queryOne<Health>(
      'SELECT failing_since AS "failingSince", failures FROM webhook WHERE id = $1 FOR NO KEY UPDATE',
      [webhookId],
    );
  }

  /** Writes down what became of a delivery; false when the lease is over and somebody else has it. */
  async settle(
    { webhookId, eventId, contactId }: ClaimedDelivery,
    lease: string,
    result: CallResult,
    { delivery }: Verdict,
    now: Date,
  ): Promise<boolean> {
    const isOver = delivery.state !== 'due';
    const settled = await this.db.execute(
      `UPDATE webhook_delivery
          SET state = $4, due_at = COALESCE($5, due_at), last_status = $6, last_error = $7, finished_at = $8,
              lease = NULL, leased_until = NULL
        WHERE webhook_id = $1 AND event_id = $2 AND state = 'sending' AND lease = $3`,
      [
        ...[webhookId, eventId, lease, delivery.state, delivery.state === 'due' ? delivery.dueAt : null],
        ...[result.status, result.error, isOver ? now : null],
      ],
    );
    if (settled > 0 && isOver && contactId !== null) await this.#promote(webhookId, contactId, now);
    return settled > 0;
  }

  /** The next of a contact's deliveries is due. */
  async #promote(webhookId: number, contactId: number, now: Date): Promise<void> {
    await this.db.execute(
      `UPDATE webhook_delivery SET state = 'due', due_at = $3
        WHERE webhook_id = $1 AND event_id = (
          SELECT event_id FROM webhook_delivery
           WHERE webhook_id = $1 AND contact_id = $2 AND state = 'waiting' ORDER BY place LIMIT 1)`,
      [webhookId, contactId, now],
    );
  }

  /** An active webhook only: one that somebody disabled meanwhile stays so, for their reason. */
  async saveHealth(webhookId: number, { webhook }: Verdict, now: Date): Promise<void> {
    const { failingSince, failures, restsUntil, disabledReason } = webhook;
    await this.db.execute(
      `UPDATE webhook
          SET failing_since = $2, failures = $3, rests_until = $4,
              state = CASE WHEN $5::text IS NULL THEN state ELSE 'disabled' END, disabled_reason = $5,
              updated_at = CASE WHEN $5::text IS NULL THEN updated_at ELSE $6 END
        WHERE id = $1 AND state = 'active'`,
      [webhookId, failingSince, failures, restsUntil, disabledReason, now],
    );
  }

  /** Puts back what a worker had in hand that stops: it was not the receiver's fault, and counts as no attempt. */
  async release({ webhookId, eventId }: ClaimedDelivery, lease: string, now: Date): Promise<void> {
    await this.db.execute(
      `UPDATE webhook_delivery SET state = 'due', due_at = $4, attempts = attempts - 1, lease = NULL, leased_until = NULL
        WHERE webhook_id = $1 AND event_id = $2 AND state = 'sending' AND lease = $3`,
      [webhookId, eventId, lease, now],
    );
  }

  /** Puts back what dead workers had in hand. It may have arrived; at least once is what is promised. */
  async reap(now: Date): Promise<number> {
    return this.db.execute(
      `UPDATE webhook_delivery SET state = 'due', due_at = $1, last_error = 'WORKER_LOST', lease = NULL, leased_until = NULL
        WHERE (webhook_id, event_id) IN (
          SELECT webhook_id, event_id FROM webhook_delivery WHERE state = 'sending' AND leased_until < $1
             FOR UPDATE SKIP LOCKED)`,
      [now],
    );
  }

  /**
   * Lets a webhook that the caller holds hear again of everything from there on that it wants, in the order of the events:
   * each gets a new place, behind what is open of before. What is on its way this moment stays where it is. At most so
   * many. @returns how many, and the event with which to go on
   */
  async replay(
    webhookId: number,
    kinds: readonly string[] | null,
    from: ReplayFrom,
    most: number,
    now: Date,
  ): Promise<{ events: number; nextEventId: number | null }> {
    const rows = await this.db.query<{ id: number }>(
      `SELECT id FROM outgoing_event
        WHERE ${'eventId' in from ? 'id >= $1' : 'recorded_at >= $1'} AND ($2::text[] IS NULL OR kind = ANY ($2))
        ORDER BY id LIMIT $3`,
      ['eventId' in from ? from.eventId : from.since, kinds, most + 1],
    );
    const ids = rows.slice(0, most).map(({ id }) => id);
    await this.db.execute(
      `INSERT INTO webhook_delivery AS d (webhook_id, event_id, contact_id, state, due_at)
       SELECT $1, e.id, e.contact_id, CASE WHEN e.contact_id IS NULL THEN 'due' ELSE 'waiting' END, $3
         FROM outgoing_event e WHERE e.id = ANY ($2::bigint[]) ORDER BY e.id
       ON CONFLICT (webhook_id, event_id) DO UPDATE
          SET state = EXCLUDED.state, place = EXCLUDED.place, due_at = EXCLUDED.due_at, attempts = 0, finished_at = NULL
        WHERE d.state <> 'sending'`,
      [webhookId, ids, now],
    );
    await this.#lineUp(webhookId, now);
    return { events: ids.length, nextEventId: rows[most]?.id ?? null };
  }

  /** Of each contact's open deliveries the first is due, unless one is on its way, and the others wait. */
  async #lineUp(webhookId: number, now: Date): Promise<void> {
    await this.db.execute(
      `WITH open AS (
         SELECT event_id, state,
                row_number() OVER (PARTITION BY contact_id ORDER BY (state = 'sending') DESC, place) AS turn
           FROM webhook_delivery
          WHERE webhook_id = $1 AND contact_id IS NOT NULL AND state IN ('waiting', 'due', 'sending'))
       UPDATE webhook_delivery d
          SET state = CASE WHEN o.turn = 1 THEN 'due' ELSE 'waiting' END,
              due_at = CASE WHEN o.turn = 1 THEN $2 ELSE d.due_at END
         FROM open o
        WHERE d.webhook_id = $1 AND d.event_id = o.event_id AND o.state <> 'sending'
          AND o.state <> CASE WHEN o.turn = 1 THEN 'due' ELSE 'waiting' END`,
      [webhookId, now],
    );
  }

  /** Newest first. */
  list(webhookId: number, { limit, cursor }: PageRequest, state: DeliveryState | null): Promise<Delivery[]> {
    return this.db.query<Delivery>(
      `SELECT d.place AS id, d.event_id AS "eventId", e.kind, d.contact_id AS "contactId", d.state, d.attempts,
              d.due_at AS "dueAt", d.last_status AS "lastStatus", d.last_error AS "lastError",
              d.last_attempt_at AS "lastAttemptAt", d.finished_at AS "finishedAt"
         FROM webhook_delivery d JOIN outgoing_event e ON e.id = d.event_id
        WHERE d.webhook_id = $1 AND ($2::bigint IS NULL OR d.place < $2) AND ($3::text IS NULL OR d.state = $3)
        ORDER BY d.place DESC LIMIT $4`,
      [webhookId, decodeCursor(cursor), state, limit + 1],
    );
  }

  /** For the metrics: active and disabled webhooks, and since when the oldest due delivery that may be tried waits. */
  async figures(now: Date): Promise<{ active: number; disabled: number; oldestSeconds: number }> {
    const row = await this.db.queryOne<{ active: number; disabled: number; oldestSeconds: number }>(
      `SELECT count(*) FILTER (WHERE w.state = 'active')::integer AS active,
              count(*) FILTER (WHERE w.state = 'disabled' AND w.disabled_reason <> 'by_request')::integer AS disabled,
              COALESCE(max(extract(epoch FROM $1::timestamptz - d.due_at)), 0)::float AS "oldestSeconds"
         FROM webhook w
         LEFT JOIN LATERAL (
           SELECT due_at FROM webhook_delivery d
            WHERE d.webhook_id = w.id AND d.state = 'due' AND d.due_at <= $1 AND w.state = 'active'
            ORDER BY d.due_at LIMIT 1) d ON true
        WHERE w.deleted_at IS NULL`,
      [now],
    );
    return row ?? { active: 0, disabled: 0, oldestSeconds: 0 };
  }
}
