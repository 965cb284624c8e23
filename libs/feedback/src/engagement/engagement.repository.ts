import { Injectable } from '@nestjs/common';
import { trackingSql } from '#consent';
import { Database } from '#database';
import { type MessageKey, undecidedMessages } from '#sending';
import { type EngagementEvent } from './engagement-event.js';
import { type JudgedClick, type MachineReason } from './machine.js';

/** Events of one message that are kept; whoever holds a link can ask for it as often as they like. */
export const MOST_EVENTS_OF_A_MESSAGE = 200;

/** What became of events that were to be written. */
export interface Recorded {
  opens: number;
  clicks: number;
  messages: MessageKey[];
}

/** A message's clicks, and when it was taken. */
export interface ClickedMessage extends MessageKey {
  acceptedAt: Date | null;
  clicks: JudgedClick[];
}

/** Opens and clicks in PostgreSQL, always many at a time. */
@Injectable()
export class EngagementRepository {
  constructor(private readonly db: Database) {}

  /**
   * Writes those that may be written, in the statement that asks: the person's word on being measured as it is now,
   * whatever it was when the mail was sent. Nothing is written of somebody who took it back, who is not there any more,
   * whose address is another since (somebody else may read the old one), or whose message had served its time.
   *
   * Senders are gone through one by one inside it, and messages looked up one by one by their whole key: of few events
   * it must not make a plan that reads a table of millions.
   * @returns the messages of whose clicks some were written, now or by an earlier try; and how many events were, now.
   */
  async record(events: readonly EngagementEvent[], now: Date): Promise<Recorded> {
    const tracking = trackingSql({
      candidates: 'SELECT unnest(asked.contact_ids) AS contact_id',
      ...{ channel: 'email', senderId: 'asked.sender_id', now: '$10' },
    });
    const row = await this.db.queryOne<Recorded>(
      `WITH heard AS MATERIALIZED (
         SELECT h.*, d.sender_id,
                row_number() OVER (PARTITION BY h.dispatch_id, h.contact_id ORDER BY h.id) + (
                  SELECT count(*) FROM engagement_event e
                   WHERE e.dispatch_id = h.dispatch_id AND e.contact_id = h.contact_id) AS nth
           FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::smallint[], $6::smallint[],
                       $7::timestamptz[], $8::text[], $9::text[])
                AS h (dispatch_id, contact_id, id, kind, link, link_count, occurred_at, agent, machine)
           JOIN dispatch d ON d.id = h.dispatch_id AND d.channel = 'email'
          CROSS JOIN LATERAL (
                SELECT m.address_hash FROM message m
                 WHERE m.dispatch_id = h.dispatch_id AND m.contact_id = h.contact_id LIMIT 1) m
          CROSS JOIN LATERAL (SELECT c.email_hash FROM contact c WHERE c.id = h.contact_id LIMIT 1) c
          WHERE c.email_hash = m.address_hash
       ), asked AS MATERIALIZED (
         SELECT sender_id, array_agg(DISTINCT contact_id) AS contact_ids FROM heard GROUP BY sender_id
       ), measured AS MATERIALIZED (
         SELECT asked.sender_id, t.* FROM asked CROSS JOIN LATERAL (${tracking}) t
       ), allowed AS MATERIALIZED (
         SELECT h.* FROM heard h JOIN measured t ON t.sender_id = h.sender_id AND t.contact_id = h.contact_id
          WHERE CASE h.kind WHEN 'open' THEN t.opens ELSE t.links END
       ), written AS (
         INSERT INTO engagement_event (dispatch_id, contact_id, id, kind, link, link_count, occurred_at, agent, machine)
         SELECT dispatch_id, contact_id, id, kind, link, link_count, occurred_at, agent, machine
           FROM allowed WHERE nth <= ${MOST_EVENTS_OF_A_MESSAGE}
         ON CONFLICT DO NOTHING RETURNING kind
       )
       SELECT (SELECT count(*) FROM written WHERE kind = 'open') AS opens,
              (SELECT count(*) FROM written WHERE kind = 'click') AS clicks,
              COALESCE((SELECT jsonb_agg(DISTINCT jsonb_build_object('dispatchId', dispatch_id, 'contactId', contact_id))
                          FROM allowed WHERE kind = 'click'), '[]') AS messages`,
      [
        ...[events.map(event => event.dispatchId), events.map(event => event.contactId)],
        ...[events.map(event => event.id), events.map(event => event.kind)],
        ...[events.map(event => event.link), events.map(event => event.linkCount)],
        ...[events.map(event => event.occurredAt.toISOString()), events.map(event => event.agent)],
        ...[events.map(event => event.machine), now],
      ],
    );
    return row ?? { opens: 0, clicks: 0, messages: [] };
  }

  /**
   * All clicks of these messages. A message that was answered was taken when its answer was settled; of one that was not,
   * or of which evidence told later, it was taken at some time after its first attempt began; one that is being sent this
   * moment was not taken yet.
   */
  async clicksOf(messages: readonly MessageKey[]): Promise<ClickedMessage[]> {
    const rows = await this.db.query<MessageKey & JudgedClick & { acceptedAt: Date | null }>(
      `SELECT k.dispatch_id AS "dispatchId", k.contact_id AS "contactId", m.accepted_at AS "acceptedAt", e.id, e.link,
              e.link_count AS "linkCount", e.occurred_at AS "occurredAt", e.machine
         FROM unnest($1::bigint[], $2::bigint[]) AS k (dispatch_id, contact_id)
        CROSS JOIN LATERAL (
              SELECT CASE WHEN m.key_since IS NULL AND m.state = 'accepted' AND m.reason IS NULL THEN m.settled_at
                          WHEN m.key_since IS NULL AND m.state = 'attempting' THEN NULL
                          ELSE COALESCE(m.key_since, m.allowed_at) END AS accepted_at
                FROM message m WHERE m.dispatch_id = k.dispatch_id AND m.contact_id = k.contact_id LIMIT 1) m
        CROSS JOIN LATERAL (
              SELECT e.* FROM engagement_event e
               WHERE e.dispatch_id = k.dispatch_id AND e.contact_id = k.contact_id AND e.kind = 'click'
               LIMIT ${MOST_EVENTS_OF_A_MESSAGE}) e`,
      [messages.map(key => key.dispatchId), messages.map(key => key.contactId)],
    );
    const byMessage = new Map<string, ClickedMessage>();
    for (const { dispatchId, contactId, acceptedAt, ...click } of rows) {
      const key = `${dispatchId} ${contactId}`;
      const known = byMessage.get(key);
      if (known) known.clicks.push(click);
      else byMessage.set(key, { dispatchId, contactId, acceptedAt, clicks: [click] });
    }
    return [...byMessage.values()];
  }

  /** Flags events that are not flagged yet; what is flagged stays so. */
  async flag(found: readonly (MessageKey & { id: number; machine: MachineReason })[]): Promise<number> {
    return this.db.execute(
      `UPDATE engagement_event e SET machine = f.machine
         FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[]) AS f (dispatch_id, contact_id, id, machine)
        WHERE e.dispatch_id = f.dispatch_id AND e.contact_id = f.contact_id AND e.id = f.id AND e.machine IS NULL`,
      [
        ...[found.map(event => event.dispatchId), found.map(event => event.contactId)],
        ...[found.map(event => event.id), found.map(event => event.machine)],
      ],
    );
  }

  /**
   * People's clicks, from before this moment, on messages of which it is not known whether they arrived: the first of each.
   * Begun with those messages, which are few, and not with the clicks.
   */
  clickedUnknowns(before: Date, limit: number): Promise<(MessageKey & { occurredAt: Date })[]> {
    return this.db.query<MessageKey & { occurredAt: Date }>(
      `SELECT u.dispatch_id AS "dispatchId", u.contact_id AS "contactId", c.occurred_at AS "occurredAt"
         FROM (${undecidedMessages}) u
        CROSS JOIN LATERAL (
              SELECT e.occurred_at FROM engagement_event e
               WHERE e.dispatch_id = u.dispatch_id AND e.contact_id = u.contact_id
                 AND e.kind = 'click' AND e.machine IS NULL AND e.occurred_at < $1
               ORDER BY e.occurred_at LIMIT 1) c
        LIMIT $2`,
      [before, limit],
    );
  }

  /** Takes away what these people did. The figures of their campaigns become smaller by it. */
  forget(contactIds: readonly number[]): Promise<number> {
    return this.db.execute(
      `DELETE FROM engagement_event e USING message m
        WHERE m.contact_id = ANY($1::bigint[]) AND e.dispatch_id = m.dispatch_id AND e.contact_id = m.contact_id`,
      [contactIds],
    );
  }

  /** Everything one person did, oldest first. Found by their messages: the events have no index of their own for it. */
  ofContact(contactId: number): Promise<EngagementEvent[]> {
    return this.db.query<EngagementEvent>(
      `SELECT e.dispatch_id AS "dispatchId", e.contact_id AS "contactId", e.id, e.kind, e.link,
              e.link_count AS "linkCount", e.occurred_at AS "occurredAt", e.agent, e.machine
         FROM message m JOIN engagement_event e ON e.dispatch_id = m.dispatch_id AND e.contact_id = m.contact_id
        WHERE m.contact_id = $1 ORDER BY e.occurred_at, e.id`,
      [contactId],
    );
  }
}
