import { Injectable } from '@nestjs/common';
import { Database, storable } from '#database';
import { type NewEvent } from './new-event.js';

/** Longest text within an event; a receiver that wants more asks the API. */
const LONGEST_TEXT = 1000;
/** Held by whoever hands out events: two at a time could give a contact's events places out of order. */
const HANDING_OUT = 'outgoing events are handed out';

@Injectable()
export class OutgoingEventRepository {
  constructor(private readonly db: Database) {}

  /** Events with numbers in the order in which they are given. */
  async insert(events: readonly NewEvent[], now: Date): Promise<number[]> {
    const rows = await this.db.query<{ id: number }>(
      `WITH made AS (
         INSERT INTO outgoing_event (kind, contact_id, subject, payload, occurred_at, recorded_at)
         SELECT e ->> 'kind', (e ->> 'contactId')::bigint, e -> 'subject', e -> 'payload', (e ->> 'occurredAt')::timestamptz, $2
           FROM jsonb_array_elements($1::jsonb) WITH ORDINALITY AS given (e, at) ORDER BY at
         RETURNING id)
       INSERT INTO outgoing_event_new (event_id) SELECT id FROM made ORDER BY id RETURNING event_id AS id`,
      [JSON.stringify(events, storableText), now],
    );
    return rows.map(({ id }) => id);
  }

  /**
   * Makes a delivery of each new event for each active webhook that wants its kind. A contact's first open one is due, the
   * others wait for it. Serial: the lock is taken before the statement that looks, whose snapshot then shows what the
   * previous holder wrote; the webhooks are locked so that nobody ends a delivery meanwhile and finds no successor.
   * @returns how many events were handed out
   */
  handOut(most: number, now: Date): Promise<number> {
    return this.db.transaction(async () => {
      const [lock] = await this.db.query<{ mine: boolean }>(
        'SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0)) AS mine',
        [HANDING_OUT],
      );
      if (!lock?.mine) return 0;
      if (!(await this.db.queryOne('SELECT 1 FROM outgoing_event_new LIMIT 1'))) return 0;
      const webhooks = await this.db.query<{ id: number }>(
        `SELECT id FROM webhook WHERE state = 'active' AND deleted_at IS NULL ORDER BY id FOR NO KEY UPDATE`,
      );
      const [row] = await this.db.query<{ taken: number }>(
        `WITH taken AS (
           DELETE FROM outgoing_event_new
            WHERE event_id IN (SELECT event_id FROM outgoing_event_new ORDER BY event_id LIMIT $2) RETURNING event_id),
         wanted AS (
           SELECT w.id AS webhook_id, e.id AS event_id, e.contact_id,
                  row_number() OVER (PARTITION BY w.id, e.contact_id ORDER BY e.id) AS turn
             FROM taken t
             JOIN outgoing_event e ON e.id = t.event_id
             JOIN webhook w ON w.id = ANY ($1::bigint[]) AND (w.kinds IS NULL OR e.kind = ANY (w.kinds))
            -- A replay may have been quicker.
            WHERE NOT EXISTS (SELECT FROM webhook_delivery d WHERE d.webhook_id = w.id AND d.event_id = e.id)),
         made AS (
           INSERT INTO webhook_delivery (webhook_id, event_id, contact_id, state, due_at)
           SELECT n.webhook_id, n.event_id, n.contact_id,
                  CASE WHEN n.contact_id IS NOT NULL AND (n.turn > 1 OR EXISTS (
                         SELECT FROM webhook_delivery d
                          WHERE d.webhook_id = n.webhook_id AND d.contact_id = n.contact_id
                            AND d.state IN ('waiting', 'due', 'sending')))
                       THEN 'waiting' ELSE 'due' END, $3
             FROM wanted n ORDER BY n.event_id)
         SELECT count(*)::integer AS taken FROM taken`,
        [webhooks.map(({ id }) => id), most, now],
      );
      return row?.taken ?? 0;
    });
  }

  /** What they tell of these people goes; that there was something stays. */
  async forget(contactIds: readonly number[]): Promise<number> {
    return this.db.execute(
      `UPDATE outgoing_event SET payload = '{}' WHERE contact_id = ANY ($1::bigint[]) AND payload <> '{}'`,
      [contactIds],
    );
  }

  /** Deletes events recorded before this, with their deliveries, but for those that somebody still waits for. */
  async purge(before: Date, most: number): Promise<number> {
    return this.db.execute(
      `DELETE FROM outgoing_event WHERE id IN (
         SELECT e.id FROM outgoing_event e
          WHERE e.recorded_at < $1
            AND NOT EXISTS (SELECT FROM outgoing_event_new n WHERE n.event_id = e.id)
            AND NOT EXISTS (SELECT FROM webhook_delivery d JOIN webhook w ON w.id = d.webhook_id
                             WHERE d.event_id = e.id AND d.state IN ('waiting', 'due', 'sending') AND w.state = 'active')
          ORDER BY e.recorded_at, e.id LIMIT $2)`,
      [before, most],
    );
  }
}

/** An event must not sink the transaction that it is part of: PostgreSQL keeps neither NUL nor half a surrogate pair. */
function storableText(_name: string, value: unknown): unknown {
  return typeof value === 'string' ? storable(value.slice(0, LONGEST_TEXT)) : value;
}
