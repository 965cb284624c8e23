import { Injectable } from '@nestjs/common';
import { type Channel } from '#common';
import { Database } from '#database';
import { type Basis, type ConsentState } from './consent-event.js';

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

/** A soft opt-in stands that is newer than the one that is told: it stays, and gets what was bought by the other. */
const IS_OLDER_PURCHASE = `s.status = 'granted' AND s.basis = 'soft_opt_in' AND s.categories IS NOT NULL
                             AND excluded.basis = 'soft_opt_in' AND s.since > excluded.since`;
const keepingNewer = (column: string): string =>
  `${column} = CASE WHEN ${IS_OLDER_PURCHASE} THEN s.${column} ELSE excluded.${column} END`;

/** What the ledger amounts to now, a row a contact, channel and topic: made from events, and from nothing else. */
@Injectable()
export class ConsentStateRepository {
  constructor(private readonly db: Database) {}

  statesOf(contactId: number): Promise<ConsentState[]> {
    return this.db.query<ConsentState>(
      `SELECT channel, topic_id AS "topicId", status, basis, event_id AS "eventId", since, expires_at AS "expiresAt",
              categories
         FROM consent_state WHERE contact_id = $1 ORDER BY topic_id, channel`,
      [contactId],
    );
  }

  /**
   * Projects grants and confirmations (and unproven imports). A grant replaces what is older than it; at the same
   * instant a withdrawal stays. Only what a person said themselves lifts a withdrawal or stands over another such word:
   * a later purchase weakens no express consent. Purchases add up, whichever is told first: of soft opt-ins the newest
   * stands, for the categories of all of them. With `neverOverWithdrawal` (imports) a withdrawal stays whatever the
   * dates say, and an unproven record replaces nothing at all. A grant from before the address changed was for the old address; an
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
          SET status = excluded.status, basis = excluded.basis, ${keepingNewer('event_id')},
              ${keepingNewer('since')}, ${keepingNewer('expires_at')}, ${keepingNewer('country')},
              categories = CASE WHEN s.basis = 'soft_opt_in' AND excluded.basis = 'soft_opt_in'
                                THEN ARRAY(SELECT DISTINCT unnest(s.categories || excluded.categories) ORDER BY 1)
                                ELSE excluded.categories END
        WHERE excluded.status = 'granted'
          AND CASE s.status
                WHEN 'withdrawn' THEN NOT $2::boolean AND s.since < excluded.since AND excluded.basis IN ${AFFIRMATIVE}
                WHEN 'granted' THEN CASE
                  WHEN excluded.basis IN ${AFFIRMATIVE} THEN s.since <= excluded.since OR s.basis NOT IN ${AFFIRMATIVE}
                  WHEN s.basis IN ${AFFIRMATIVE} THEN s.expires_at <= excluded.since
                  ELSE (s.since <= excluded.since OR (s.basis = 'soft_opt_in' AND excluded.basis = 'soft_opt_in'))
                       AND (excluded.basis <> 'soft_opt_in' OR excluded.categories IS NOT NULL) END
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
   * only when they are named. A grant later than it stands, unless an import brought it: learnt in the other order, the
   * import would have yielded too. In the order of imports, so that the two wait for each other instead of blocking each
   * other.
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
}
