import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { type Channel } from '#common';
import { Database, decodeCursor, type PageRequest } from '#database';
import {
  type Basis,
  type ConsentEvent,
  type ConsentState,
  type Evidence,
  type NewConsentEvent,
} from './consent-event.js';
import { type TopicPurpose } from './topic.entity.js';

const EVENT_COLUMNS = `
  id, contact_id AS "contactId", channel, sender_id AS "senderId", topic_id AS "topicId", action, basis,
  text_shown AS "textShown", text_hash AS "textHash", text_version AS "textVersion", locale, method, source, evidence,
  host(ip) AS ip, user_agent AS "userAgent", actor, occurred_at AS "occurredAt", recorded_at AS "recordedAt",
  expires_at AS "expiresAt"`;

/** How a run of events is projected: an import never lifts a withdrawal. */
export type RunKind = 'granted' | 'imported' | 'requested' | 'refused' | 'expired' | 'withdrawn' | 'voided';

/** A grant whose time ran out. */
export interface ExpiredGrant {
  contactId: number;
  channel: Channel;
  topicId: number;
  senderId: number;
  basis: Basis;
  eventId: number;
  expiresAt: Date;
}

const RUN_LENGTH = 5000;

/** The append-only ledger and the state projected from it. The database itself refuses to change an event. */
@Injectable()
export class LedgerRepository {
  constructor(private readonly db: Database) {}

  /** Appends events in one statement; returns their ids in the order given. */
  async append(events: NewConsentEvent[], recordedAt: Date): Promise<number[]> {
    const rows = events.map(event => ({
      contact_id: event.contactId,
      address_hash: event.addressHash?.toString('hex') ?? null,
      channel: event.channel,
      sender_id: event.senderId,
      topic_id: event.topicId,
      action: event.action,
      basis: event.basis,
      text_shown: event.evidence.textShown ?? null,
      text_hash:
        event.evidence.textShown === undefined ? null : sha256(event.evidence.textShown).toString('hex'),
      text_version: event.evidence.textVersion ?? null,
      locale: event.evidence.locale ?? null,
      method: event.evidence.method,
      source: event.evidence.source,
      evidence: furtherEvidence(event.evidence),
      ip: event.evidence.ip ?? null,
      user_agent: event.evidence.userAgent?.slice(0, 500) ?? null,
      actor: event.actor,
      occurred_at: event.occurredAt,
      expires_at: event.expiresAt,
    }));
    const inserted = await this.db.query<{ id: number }>(
      `INSERT INTO consent_event (contact_id, address_hash, channel, sender_id, topic_id, action, basis, text_shown,
              text_hash, text_version, locale, method, source, evidence, ip, user_agent, actor, occurred_at,
              recorded_at, expires_at)
       SELECT contact_id, decode(address_hash, 'hex'), channel, sender_id, topic_id, action, basis, text_shown,
              decode(text_hash, 'hex'), text_version, locale, method, source, evidence, ip, user_agent, actor,
              occurred_at, $2, expires_at
         FROM ROWS FROM (jsonb_to_recordset($1::jsonb) AS (
                contact_id bigint, address_hash text, channel text, sender_id bigint, topic_id bigint, action text,
                basis text, text_shown text, text_hash text, text_version text, locale text, method text, source text,
                evidence jsonb, ip inet, user_agent text, actor text, occurred_at timestamptz, expires_at timestamptz))
              WITH ORDINALITY
        ORDER BY ordinality
       RETURNING id`,
      [JSON.stringify(rows), recordedAt],
    );
    return inserted.map(row => row.id);
  }

  /**
   * Projects grants and confirmations (and unproven imports) onto the state. A grant replaces what is older than it; at the same instant
   * a withdrawal stays. Only what a person said themselves lifts a withdrawal or stands over another such word: a later
   * purchase weakens no express consent. With `neverOverWithdrawal` (imports) a withdrawal stays whatever the dates say, and an
   * unproven record replaces nothing at all. A grant from before the address changed was for the old address; an
   * import names the address it is about.
   * @returns the ids of the events that took effect.
   */
  async projectGrants(eventIds: number[], neverOverWithdrawal: boolean): Promise<number[]> {
    await this.#projectOntoNewTopics(eventIds);
    const effective = new Map<string, number>();
    for (const ids of await this.#inTurn(eventIds)) {
      const rows = await this.#projectGrantsAtOnce(ids, neverOverWithdrawal);
      for (const { place, eventId } of rows) effective.set(place, eventId);
    }
    return [...effective.values()];
  }

  /**
   * Events of the same contact, channel and topic one after another, as they were recorded: which of them stands does
   * not follow from the last one alone. Almost always all are told in one go.
   */
  async #inTurn(eventIds: number[]): Promise<number[][]> {
    if (eventIds.length < 2) return [eventIds];
    const rows = await this.db.query<{ ids: number[] }>(
      `SELECT array_agg(id ORDER BY id) AS ids
         FROM (SELECT id, row_number() OVER (PARTITION BY contact_id, channel, topic_id ORDER BY id) AS turn
                 FROM consent_event WHERE id = ANY($1::bigint[])) told
        GROUP BY turn ORDER BY turn`,
      [eventIds],
    );
    return rows.map(({ ids }) => ids);
  }

  /** @param eventIds at most one of a contact, channel and topic */
  #projectGrantsAtOnce(
    eventIds: number[],
    neverOverWithdrawal: boolean,
  ): Promise<{ place: string; eventId: number }[]> {
    return this.db.query(
      `INSERT INTO consent_state AS s (contact_id, channel, topic_id, status, basis, event_id, since, expires_at, country,
                                       categories)
       SELECT contact_id, channel, topic_id, CASE WHEN action IN ('granted', 'confirmed') THEN 'granted' ELSE 'unknown' END,
              basis, id, occurred_at, expires_at, evidence ->> 'country', ${SOFT_CATEGORIES}
         FROM consent_event e
        WHERE id = ANY($1::bigint[])
          AND ($2::boolean OR NOT EXISTS (SELECT FROM consent_event v
                           WHERE v.contact_id = e.contact_id AND v.action = 'voided' AND v.channel = e.channel
                             AND v.id < e.id AND v.occurred_at > e.occurred_at))
        ORDER BY contact_id, channel, topic_id
       ON CONFLICT (contact_id, channel, topic_id) DO UPDATE
          SET status = excluded.status, basis = excluded.basis, event_id = excluded.event_id,
              since = excluded.since, expires_at = excluded.expires_at, country = excluded.country,
              categories = CASE WHEN s.basis = 'soft_opt_in' AND excluded.basis = 'soft_opt_in'
                                THEN ARRAY(SELECT DISTINCT unnest(s.categories || excluded.categories) ORDER BY 1)
                                ELSE excluded.categories END
        WHERE excluded.status = 'granted'
          AND CASE s.status
                WHEN 'withdrawn' THEN NOT $2::boolean AND s.since < excluded.since AND excluded.basis IN ${AFFIRMATIVE}
                WHEN 'granted' THEN CASE
                  WHEN excluded.basis IN ${AFFIRMATIVE} THEN s.since <= excluded.since OR s.basis NOT IN ${AFFIRMATIVE}
                  WHEN s.basis IN ${AFFIRMATIVE} THEN s.expires_at <= excluded.since
                  ELSE s.since <= excluded.since AND (excluded.basis <> 'soft_opt_in' OR excluded.categories IS NOT NULL) END
                ELSE true END
       RETURNING contact_id || ' ' || channel || ' ' || topic_id AS place, event_id AS "eventId"`,
      [eventIds, neverOverWithdrawal],
    );
  }

  /**
   * A withdrawal of a channel or of everything holds for topics that were made after it too. It is projected onto such
   * a topic here, when somebody first says that the person agreed to it.
   */
  async #projectOntoNewTopics(grantIds: number[]): Promise<void> {
    await this.db.query(
      `INSERT INTO consent_state (contact_id, channel, topic_id, status, event_id, since)
       SELECT DISTINCT ON (e.contact_id, e.channel, e.topic_id)
              e.contact_id, e.channel, e.topic_id, 'withdrawn', w.id, w.occurred_at
         FROM consent_event e
         JOIN consent_event w ON w.contact_id = e.contact_id AND w.id < e.id AND w.action = 'withdrawn'
              AND w.topic_id IS NULL
              AND (w.channel IS NULL OR w.channel = e.channel) AND (w.sender_id IS NULL OR w.sender_id = e.sender_id)
         JOIN topic t ON t.id = e.topic_id AND t.purpose <> 'transactional'
        WHERE e.id = ANY($1::bigint[])
        ORDER BY e.contact_id, e.channel, e.topic_id, w.occurred_at DESC, w.id DESC
       ON CONFLICT DO NOTHING`,
      [grantIds],
    );
  }

  /**
   * Projects one withdrawal onto every channel and topic it covers; receipts and the like (transactional) are covered
   * only when they are named. A grant later than it stands, unless an import
   * brought it: learnt in the other order, the import would have yielded too. In the order of imports, so that the two
   * wait for each other instead of blocking each other.
   */
  async projectWithdrawal(eventId: number): Promise<void> {
    await this.db.query(
      `INSERT INTO consent_state AS s (contact_id, channel, topic_id, status, basis, event_id, since, expires_at)
       SELECT e.contact_id, ch.channel, t.id, 'withdrawn', NULL, e.id, e.occurred_at, NULL
         FROM consent_event e
         JOIN (VALUES ('email'), ('sms')) AS ch (channel) ON e.channel IS NULL OR e.channel = ch.channel
         JOIN topic t ON (e.topic_id IS NULL OR t.id = e.topic_id) AND (e.sender_id IS NULL OR t.sender_id = e.sender_id)
                    AND (t.id = e.topic_id OR (t.created_at <= e.recorded_at AND t.purpose <> 'transactional'))
        WHERE e.id = $1
        ORDER BY ch.channel, t.id
       ON CONFLICT (contact_id, channel, topic_id) DO UPDATE
          SET status = 'withdrawn', basis = NULL, event_id = excluded.event_id, since = excluded.since,
              expires_at = NULL, country = NULL, categories = NULL
        WHERE s.since <= excluded.since OR s.status IN ('unknown', 'requested', 'refused')
           OR (s.status = 'granted'
               AND EXISTS (SELECT FROM consent_event g WHERE g.id = s.event_id AND g.method = 'import'))`,
      [eventId],
    );
  }

  /** Consent given for an address that is gone is void; a withdrawal outlives the change. */
  async projectVoided(eventIds: number[]): Promise<void> {
    await this.db.execute(
      `UPDATE consent_state s SET status = 'unknown', basis = NULL, event_id = e.id, since = e.occurred_at, expires_at = NULL,
                                 country = NULL, categories = NULL
         FROM (SELECT DISTINCT ON (contact_id, channel) id, contact_id, channel, occurred_at
                 FROM consent_event WHERE id = ANY($1::bigint[]) ORDER BY contact_id, channel, id) e
        WHERE s.contact_id = e.contact_id AND s.channel = e.channel AND s.status IN ('granted', 'requested', 'expired')`,
      [eventIds],
    );
  }

  /**
   * Projects requests (somebody typed an address into a form) and refusals ("that was not me"). Neither is proof of who
   * typed, so neither takes anything away from what a person granted or withdrew.
   */
  async projectRequests(eventIds: number[]): Promise<void> {
    await this.db.query(
      `INSERT INTO consent_state AS s (contact_id, channel, topic_id, status, basis, event_id, since)
       SELECT DISTINCT ON (contact_id, channel, topic_id)
              contact_id, channel, topic_id, action, basis, id, occurred_at
         FROM consent_event WHERE id = ANY($1::bigint[])
        ORDER BY contact_id, channel, topic_id, id DESC
       ON CONFLICT (contact_id, channel, topic_id) DO UPDATE
          SET status = excluded.status, basis = excluded.basis, event_id = excluded.event_id, since = excluded.since,
              expires_at = NULL, country = NULL, categories = NULL
        WHERE s.status IN ('unknown', 'expired', 'requested', 'refused')`,
      [eventIds],
    );
  }

  /** Projects expiries onto the grants that had expired by then; one that was renewed meanwhile stays. */
  async projectExpired(eventIds: number[]): Promise<void> {
    await this.db.execute(
      `UPDATE consent_state s SET status = 'expired', event_id = e.id
         FROM consent_event e
        WHERE e.id = ANY($1::bigint[]) AND s.contact_id = e.contact_id AND s.channel = e.channel
          AND s.topic_id = e.topic_id AND s.status = 'granted' AND s.expires_at <= e.occurred_at`,
      [eventIds],
    );
  }

  /** Grants whose time ran out and that no event says so of yet, the longest first; locked, each for one worker. */
  expiring(now: Date, most: number): Promise<ExpiredGrant[]> {
    return this.db.query<ExpiredGrant>(
      `SELECT s.contact_id AS "contactId", s.channel, s.topic_id AS "topicId", t.sender_id AS "senderId", s.basis,
              s.event_id AS "eventId", s.expires_at AS "expiresAt"
         FROM consent_state s JOIN topic t ON t.id = s.topic_id
        WHERE s.status = 'granted' AND s.expires_at <= $1
        ORDER BY s.expires_at LIMIT $2 FOR UPDATE OF s SKIP LOCKED`,
      [now, most],
    );
  }

  /** How many of these events met a withdrawal that they could not lift. */
  async countWithdrawn(eventIds: number[]): Promise<number> {
    const row = await this.db.queryOne<{ count: number }>(
      `SELECT count(*) AS count
         FROM consent_event e
         JOIN consent_state s ON s.contact_id = e.contact_id AND s.channel = e.channel AND s.topic_id = e.topic_id
        WHERE e.id = ANY($1::bigint[]) AND s.status = 'withdrawn'`,
      [eventIds],
    );
    return row?.count ?? 0;
  }

  /** Empties the state, and keeps everybody who would write it waiting until the transaction ends. */
  async clearState(): Promise<void> {
    await this.db.query('LOCK TABLE consent_state IN ACCESS EXCLUSIVE MODE');
    await this.db.query('DELETE FROM consent_state');
  }

  /** The whole ledger in the order it was recorded, as runs of events that one statement projects. */
  async *runs(): AsyncGenerator<{ kind: RunKind; ids: number[] }> {
    let run: { kind: RunKind; ids: number[] } | null = null;
    for (let after = 0; ;) {
      const rows = await this.db.query<{ id: number; kind: RunKind }>(
        `SELECT id, CASE WHEN method = 'import' THEN 'imported' WHEN action = 'confirmed' THEN 'granted' ELSE action END AS kind
           FROM consent_event WHERE id > $1 ORDER BY id LIMIT ${RUN_LENGTH}`,
        [after],
      );
      for (const { id, kind } of rows) {
        if (run && (run.kind !== kind || run.ids.length === RUN_LENGTH)) {
          yield run;
          run = null;
        }
        run ??= { kind, ids: [] };
        run.ids.push(id);
        after = id;
      }
      if (rows.length < RUN_LENGTH) break;
    }
    if (run) yield run;
  }

  statesOf(contactId: number): Promise<ConsentState[]> {
    return this.db.query<ConsentState>(
      `SELECT channel, topic_id AS "topicId", status, basis, event_id AS "eventId", since, expires_at AS "expiresAt"
         FROM consent_state WHERE contact_id = $1 ORDER BY topic_id, channel`,
      [contactId],
    );
  }

  findEvent(id: number): Promise<ConsentEvent | null> {
    return this.db.queryOne<ConsentEvent>(`SELECT ${EVENT_COLUMNS} FROM consent_event WHERE id = $1`, [id]);
  }

  findEvents(ids: readonly number[]): Promise<ConsentEvent[]> {
    return this.db.query<ConsentEvent>(
      `SELECT ${EVENT_COLUMNS} FROM consent_event WHERE id = ANY($1::bigint[]) ORDER BY id`,
      [ids],
    );
  }

  eventsOf(contactId: number, { limit, cursor }: PageRequest): Promise<ConsentEvent[]> {
    return this.db.query<ConsentEvent>(
      `SELECT ${EVENT_COLUMNS} FROM consent_event WHERE contact_id = $1 AND id > $2 ORDER BY id LIMIT $3`,
      [contactId, decodeCursor(cursor) ?? 0, limit + 1],
    );
  }

  /**
   * The hash of a contact's address on a channel; null when there is none, undefined when there is no contact. The
   * contact is held until the transaction ends: what is decided for an address must not meet its change or deletion.
   */
  async addressHashOf(contactId: number, channel: Channel): Promise<Buffer | null | undefined> {
    return (await this.placeOf(contactId, channel))?.addressHash;
  }

  /** The same with the contact's country: the postal one, or else the phone's. */
  async placeOf(
    contactId: number,
    channel: Channel,
  ): Promise<{ addressHash: Buffer | null; country: string | null } | undefined> {
    const row = await this.db.queryOne<{
      email_hash: Buffer | null;
      phone_hash: Buffer | null;
      country: string | null;
    }>(
      'SELECT email_hash, phone_hash, COALESCE(country, phone_country) AS country FROM contact WHERE id = $1 FOR SHARE',
      [contactId],
    );
    if (row === null) return undefined;
    return { addressHash: channel === 'email' ? row.email_hash : row.phone_hash, country: row.country };
  }

  async findTopic(id: number): Promise<{ senderId: number; purpose: TopicPurpose } | null> {
    return this.db.queryOne('SELECT sender_id AS "senderId", purpose FROM topic WHERE id = $1', [id]);
  }

  /** Which of these topics are there, and whose. */
  async sendersOfTopics(topicIds: number[]): Promise<Map<number, number>> {
    const rows = await this.db.query<{ id: number; sender_id: number }>(
      'SELECT id, sender_id FROM topic WHERE id = ANY($1::bigint[])',
      [topicIds],
    );
    return new Map(rows.map(row => [row.id, row.sender_id]));
  }
}

/** Evidence that has no column of its own; what the product itself reads wins over what a caller added. */
function furtherEvidence(evidence: Evidence): Record<string, unknown> {
  const { country, privacyNoticeVersion, evidenceUrl, softOptIn, more } = evidence;
  const known = { country, privacyNoticeVersion, url: evidenceUrl, softOptIn };
  return {
    ...more,
    ...Object.fromEntries(Object.entries(known).filter(([, value]) => value !== undefined)),
  };
}

/** Bases that are the person's own clear act (`isAffirmative`). */
const AFFIRMATIVE = `('express', 'double_opt_in')`;

/** What was bought, of a soft opt-in whose evidence is whole; else null, and it is worth nothing. */
const SOFT_CATEGORIES = `
              CASE WHEN basis = 'soft_opt_in' AND evidence -> 'softOptIn' ->> 'orderId' <> ''
                    AND evidence -> 'softOptIn' ->> 'collectedBy' = 'self'
                    AND evidence -> 'softOptIn' ->> 'refusalText' <> ''
                    AND evidence -> 'softOptIn' ->> 'refusalOfferedAt' IS NOT NULL
                    AND jsonb_typeof(evidence -> 'softOptIn' -> 'productCategories') = 'array'
                    AND evidence -> 'softOptIn' -> 'productCategories' <> '[]'
                   THEN ARRAY(SELECT jsonb_array_elements_text(evidence -> 'softOptIn' -> 'productCategories')) END`;

export function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
