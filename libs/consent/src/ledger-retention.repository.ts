import { Injectable } from '@nestjs/common';
import { AddressHasher, type Channel } from '#common';
import { Database } from '#database';
import { type HeldAddress } from './consent-proof.repository.js';
import { type PurgeReason } from './ledger-seal.repository.js';
import { monthsSql, retentionMap } from './retention.sql.js';
import { type RightsRule } from './rights-law.js';

/** What of the ledger has served its time. */
export interface Overdue {
  eventIds: number[];
  /** States of consent that ended as long ago; each goes with all its events. */
  states: { contactId: number; channel: Channel; topicId: number; eventId: number }[];
  /** Contacts that still exist, and whose events are among these. */
  contactIds: number[];
}

/** Takes events out of the ledger, by the one way there is. */
@Injectable()
export class LedgerRetentionRepository {
  constructor(
    private readonly db: Database,
    private readonly hasher: AddressHasher,
  ) {}

  /** Inside the caller's transaction. Nothing may rest on these events any more. @returns how many there were. */
  async purge(eventIds: readonly number[], reason: PurgeReason, now: Date): Promise<number> {
    if (eventIds.length === 0) return 0;
    const row = await this.db.queryOne<{ purged: number }>(
      'SELECT purge_consent_events($1::bigint[], $2, $3) AS purged',
      [eventIds, reason, now],
    );
    return row?.purged ?? 0;
  }

  /** When and why an event left the ledger; null for one that did not. */
  purgeOf(eventId: number): Promise<{ reason: PurgeReason; purgedAt: Date } | null> {
    return this.db.queryOne('SELECT reason, purged_at AS "purgedAt" FROM consent_purge WHERE event_id = $1', [
      eventId,
    ]);
  }

  async eventIdsOf(contactId: number): Promise<number[]> {
    const rows = await this.db.query<{ id: number }>(
      'SELECT id FROM consent_event WHERE contact_id = $1 ORDER BY id',
      [contactId],
    );
    return rows.map(row => row.id);
  }

  /**
   * The addresses of a contact by channel: those it has, or else the last one the ledger knows; and earlier ones that
   * nobody else has by now (a phone number may have been given to somebody new).
   */
  async addressesOf(contactId: number): Promise<(HeldAddress & { isLast: boolean })[]> {
    const held = await this.db.query<HeldAddress>(
      `SELECT 'email' AS channel, email_hash AS hash FROM contact WHERE id = $1 AND email_hash IS NOT NULL
       UNION ALL SELECT 'sms', phone_hash FROM contact WHERE id = $1 AND phone_hash IS NOT NULL`,
      [contactId],
    );
    const told = await this.db.query<HeldAddress & { generation: number }>(
      `SELECT channel, hash, generation
         FROM (SELECT channel, address_hash AS hash, address_generation_of(id) AS generation, id, action
                 FROM consent_event WHERE contact_id = $1 AND channel IS NOT NULL AND address_hash IS NOT NULL) e
        GROUP BY channel, hash, generation ORDER BY max(id) FILTER (WHERE action <> 'voided') DESC NULLS LAST`,
      [contactId],
    );
    // The ledger has the fingerprints of its time; everything else those of the newest address key.
    const candidates = told.map(({ channel, hash, generation }) => ({
      channel,
      hash: this.hasher.upgrade(hash, generation),
    }));
    const addresses = held.map(address => ({ ...address, isLast: true }));
    for (const candidate of await this.#heldByNobodyElse(contactId, candidates)) {
      const isKnown = addresses.some(
        ({ channel, hash }) => channel === candidate.channel && hash.equals(candidate.hash),
      );
      const isLast = !addresses.some(({ channel }) => channel === candidate.channel);
      if (!isKnown) addresses.push({ ...candidate, isLast });
    }
    return addresses;
  }

  /** In the order given. */
  #heldByNobodyElse(contactId: number, addresses: readonly HeldAddress[]): Promise<HeldAddress[]> {
    return this.db.query<HeldAddress>(
      `SELECT a.channel, a.hash
         FROM unnest($2::text[], $3::bytea[]) WITH ORDINALITY AS a (channel, hash, nth)
        WHERE CASE a.channel
                WHEN 'email' THEN NOT EXISTS (SELECT FROM contact c WHERE c.email_hash = a.hash AND c.id <> $1)
                ELSE NOT EXISTS (SELECT FROM contact c WHERE c.phone_hash = a.hash AND c.id <> $1) END
        ORDER BY a.nth`,
      [contactId, addresses.map(({ channel }) => channel), addresses.map(({ hash }) => hash)],
    );
  }

  async forgetStates(contactId: number): Promise<void> {
    await this.db.execute('DELETE FROM consent_state WHERE contact_id = $1', [contactId]);
  }

  /** States of requests and refusals that rest on these events; anything that somebody agreed to stays and stops a purge. */
  async forgetRequests(eventIds: readonly number[]): Promise<void> {
    await this.db.execute(
      `DELETE FROM consent_state WHERE event_id = ANY($1::bigint[]) AND status IN ('requested', 'refused')`,
      [eventIds],
    );
  }

  async forgetStatesOn(states: Overdue['states']): Promise<void> {
    await this.db.execute(
      `DELETE FROM consent_state s
        USING jsonb_to_recordset($1::jsonb) AS r ("contactId" bigint, channel text, "topicId" bigint, "eventId" bigint)
        WHERE s.contact_id = r."contactId" AND s.channel = r.channel AND s.topic_id = r."topicId"
          AND s.event_id = r."eventId"`,
      [JSON.stringify(states)],
    );
  }

  /** Holds these contacts until the transaction ends; those that somebody else holds are left for another time. */
  async hold(contactIds: readonly number[]): Promise<number[]> {
    const rows = await this.db.query<{ id: number }>(
      'SELECT id FROM contact WHERE id = ANY($1::bigint[]) ORDER BY id FOR UPDATE SKIP LOCKED',
      [contactIds],
    );
    return rows.map(row => row.id);
  }

  /** Where the walk stands; held until the transaction ends. null: somebody else is walking. */
  async position(): Promise<number | null> {
    const row = await this.db.queryOne<{ position: number }>(
      `SELECT position FROM retention_walk WHERE name = 'ledger' FOR UPDATE SKIP LOCKED`,
    );
    return row?.position ?? null;
  }

  async moveTo(position: number): Promise<void> {
    await this.db.execute(`UPDATE retention_walk SET position = $1 WHERE name = 'ledger'`, [position]);
  }

  /** The contact up to which about so many events go; null after the last one. */
  async spanFrom(position: number, events: number): Promise<number | null> {
    const row = await this.db.queryOne<{ end: number | null }>(
      `SELECT max(contact_id) AS end
         FROM (SELECT contact_id FROM consent_event WHERE contact_id > $1 ORDER BY contact_id LIMIT $2) span`,
      [position, events],
    );
    return row?.end ?? null;
  }

  /**
   * What has served its time among contacts of these numbers (`from` exclusive).
   *
   * Of a contact that is gone: everything, once the last event and the last message are older than the retention.
   *
   * Of one that is there, a channel and topic at a time. What no state rests on, or only one that permits nothing
   * (expired, refused, requested, unproven): all of it, once the last event is. What came before the event that the state
   * rests on: once it was overtaken that long ago. The state must then follow from what is left, so that it can still be
   * made anew from the ledger: the event it rests on must be one that takes effect whatever went before, a withdrawal or
   * the person's own later yes. Withdrawals of a whole channel or of everything, and changes of address, are never old:
   * they go on to hold for topics and imports to come. To be called in a transaction.
   */
  async overdue(
    from: number,
    to: number,
    only: readonly number[] | null,
    rules: readonly RightsRule[],
    now: Date,
  ): Promise<Overdue> {
    // Where the tables have no statistics PostgreSQL would hold each event against every other: a minute for a thousand.
    // All that is joined is of these contacts alone, so that a hash of it is small.
    await this.db.query('SET LOCAL enable_nestloop = off');
    const row = await this.db.queryOne<Overdue>(
      `WITH event AS MATERIALIZED (
         SELECT e.id, e.contact_id, e.channel, e.topic_id, e.action, e.method, e.occurred_at,
                GREATEST(e.occurred_at, e.recorded_at) AS at, m.months, c.id IS NULL AS gone,
                e.channel IS NULL OR e.topic_id IS NULL AS wide
           FROM consent_event e
           LEFT JOIN contact c ON c.id = e.contact_id AND c.id > $1 AND c.id <= $2
           LEFT JOIN sender s ON s.id = e.sender_id
          CROSS JOIN LATERAL (SELECT ${monthsSql('$4::jsonb')} AS months) m
          WHERE e.contact_id > $1 AND e.contact_id <= $2
            AND ($3::bigint[] IS NULL OR c.id IS NULL OR e.contact_id = ANY ($3::bigint[]))
       ), state AS (
         SELECT * FROM consent_state WHERE contact_id > $1 AND contact_id <= $2
       ), departed AS (
         SELECT contact_id FROM event WHERE gone GROUP BY contact_id
         HAVING ${isOver(
           `GREATEST(max(at), (SELECT max(allowed_at) FROM message m WHERE m.contact_id = event.contact_id))`,
           'max(months)',
         )}
       ), track AS (
         SELECT contact_id, channel, topic_id, max(at) AS last, max(months) AS months
           FROM event WHERE NOT gone AND NOT wide GROUP BY contact_id, channel, topic_id
       ), ended AS (
         SELECT t.contact_id, t.channel, t.topic_id, s.event_id
           FROM track t
           LEFT JOIN state s USING (contact_id, channel, topic_id)
          WHERE COALESCE(s.status, 'none') NOT IN ('granted', 'withdrawn')
            AND ${isOver('GREATEST(t.last, s.since)', 't.months')}
            AND NOT EXISTS (SELECT FROM event w WHERE w.contact_id = t.contact_id AND w.wide AND w.action = 'withdrawn'
                               AND (w.channel IS NULL OR w.channel = t.channel))
       ), root AS (
         SELECT r.id, r.at, r.occurred_at, s.contact_id, s.channel, s.topic_id, s.status
           FROM track t
           JOIN state s USING (contact_id, channel, topic_id)
           JOIN event r ON r.id = s.event_id
          WHERE s.status = 'withdrawn'
             OR (s.status = 'granted' AND s.basis IN ('express', 'double_opt_in') AND r.method <> 'import')
       ), firm AS (
         SELECT * FROM root r
          WHERE NOT EXISTS (
                SELECT FROM event b
                 WHERE b.contact_id = r.contact_id AND b.id < r.id
                   AND (b.channel IS NULL OR b.channel = r.channel) AND (b.topic_id IS NULL OR b.topic_id = r.topic_id)
                   AND (b.occurred_at > r.occurred_at OR (b.occurred_at = r.occurred_at AND r.status = 'granted')))
       ), overtaken AS (
         SELECT e.id
           FROM (SELECT e.*, lead(e.id) OVER track AS next_id, lead(e.at) OVER track AS next_at
                   FROM event e WHERE NOT gone AND NOT wide
                 WINDOW track AS (PARTITION BY contact_id, channel, topic_id ORDER BY id)) e
           JOIN firm r ON r.contact_id = e.contact_id AND r.channel = e.channel AND r.topic_id = e.topic_id
          WHERE e.id < r.id AND ${isOver('CASE WHEN e.next_id < r.id THEN e.next_at ELSE r.at END', 'e.months')}
       ), going AS (
         SELECT id FROM event WHERE contact_id IN (SELECT contact_id FROM departed)
         UNION SELECT id FROM overtaken
         UNION SELECT e.id FROM event e JOIN ended x USING (contact_id, channel, topic_id)
       ), leaving AS (
         SELECT contact_id, channel, topic_id, event_id FROM ended WHERE event_id IS NOT NULL
         UNION ALL
         SELECT s.contact_id, s.channel, s.topic_id, s.event_id FROM state s
          WHERE s.contact_id IN (SELECT contact_id FROM departed)
       )
       SELECT ARRAY(SELECT id FROM going ORDER BY id) AS "eventIds",
              ARRAY(SELECT DISTINCT e.contact_id FROM event e JOIN going USING (id) WHERE NOT e.gone) AS "contactIds",
              COALESCE((SELECT jsonb_agg(jsonb_build_object('contactId', contact_id, 'channel', channel,
                                'topicId', topic_id, 'eventId', event_id)) FROM leaving), '[]') AS states`,
      [from, to, only, retentionMap(rules), now],
    );
    await this.db.query('SET LOCAL enable_nestloop TO DEFAULT');
    return row as Overdue;
  }
}

/** Calendar months in UTC: no session's time zone may move the end of a retention. */
function isOver(since: string, months: string): string {
  return `(${since} AT TIME ZONE 'UTC' + make_interval(months => ${months})) AT TIME ZONE 'UTC' <= $5`;
}
