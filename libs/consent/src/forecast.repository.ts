import { Injectable } from '@nestjs/common';
import { type Channel } from '#common';
import { Database } from '#database';

/** One process folds at a time: what it read last must be what it writes last. */
const FOLD_LOCK = 4_862_013;
/** Notes taken in one transaction, each of up to 512 contacts; fewer when each of them concerns many topics. */
const NOTES_AT_ONCE = 8000;
const SUSPECTS_AT_ONCE = 20_000;
/** Classes are numbers of two bytes. Whoever would be of a further one is asked about alone. */
const LAST_CLASS = 32_767;

/** From so many notes on a fold does not wait for its turn. */
const MANY_NOTES = 200;

/**
 * Channels and topics that somebody has a consent state of and that have no forecast. The first state at or after them
 * in the index: asked whether there is one, PostgreSQL reads all states when there is none.
 */
const UNBEGUN = `SELECT ch.channel, t.id FROM topic t CROSS JOIN (VALUES ('email'), ('sms')) AS ch (channel)
          WHERE t.purpose IN ('marketing', 'service', 'transactional')
            AND (SELECT (s.topic_id, s.channel) = (t.id, ch.channel) FROM consent_state s
                  WHERE (s.topic_id, s.channel) >= (t.id, ch.channel) ORDER BY s.topic_id, s.channel LIMIT 1)
            AND NOT EXISTS (SELECT FROM consent_forecast_topic f WHERE f.topic_id = t.id AND f.channel = ch.channel)`;

/** How far a forecast may be built on. */
export interface ForecastState {
  /** Contacts in blocks that have been looked at. */
  known: number;
  /** The highest id of a contact. */
  highest: number;
  /** Contacts that will have to be asked about alone. */
  alone: number;
}

/** Whom the gate treats alike, and keeping that true (docs/adr/0011). */
@Injectable()
export class ForecastRepository {
  constructor(private readonly db: Database) {}

  /** Held until the transaction ends. False: another process folds. */
  async lock(): Promise<boolean> {
    const row = await this.db.queryOne<{ held: boolean }>('SELECT pg_try_advisory_xact_lock($1) AS held', [
      FOLD_LOCK,
    ]);
    return row?.held === true;
  }

  /** Whether a good many notes have piled up, or a topic has no forecast yet. */
  async isBehind(): Promise<boolean> {
    const row = await this.db.queryOne<{ behind: boolean }>(
      `SELECT (SELECT count(*) FROM (SELECT FROM consent_forecast_stale LIMIT ${MANY_NOTES}) s) = ${MANY_NOTES}
           OR (SELECT count(*) FROM (SELECT FROM consent_forecast_suspect LIMIT ${MANY_NOTES}) s) = ${MANY_NOTES}
           OR EXISTS (${UNBEGUN}) AS behind`,
    );
    return row?.behind === true;
  }

  /** Whether there is nothing to fold at all. */
  async isCurrent(): Promise<boolean> {
    const row = await this.db.queryOne<{ current: boolean }>(
      `SELECT NOT EXISTS (SELECT FROM consent_forecast_stale) AND NOT EXISTS (SELECT FROM consent_forecast_suspect) AS current`,
    );
    return row?.current === true;
  }

  /** What a question about this channel and topic would meet; null: there is no forecast. */
  async state(channel: Channel, topicId: number): Promise<ForecastState | null> {
    return this.db.queryOne<ForecastState>(
      `SELECT (SELECT COALESCE(count(*) * 512, 0) FROM consent_forecast WHERE channel = $1 AND topic_id = $2) AS known,
              (SELECT COALESCE(max(id), 0) FROM contact) AS highest,
              (SELECT COALESCE(sum(alone), 0) FROM consent_forecast WHERE channel = $1 AND topic_id = $2)
              + (SELECT COALESCE(sum(cardinality(members)), 0) FROM consent_forecast_stale
                  WHERE COALESCE(channel, $1) = $1 AND COALESCE(topic_id, $2) = $2)
              + (SELECT count(*) FROM consent_forecast_suspect) AS alone
         FROM consent_forecast_topic WHERE channel = $1 AND topic_id = $2`,
      [channel, topicId],
    );
  }

  /** Begins a forecast for every channel and topic that somebody has a consent state of: everybody is to be looked at. */
  async begin(): Promise<void> {
    await this.db.query(
      `WITH new AS (
         INSERT INTO consent_forecast_topic (channel, topic_id)
         ${UNBEGUN}
         RETURNING channel, topic_id
       )
       INSERT INTO consent_forecast_stale (channel, topic_id, block, members)
       SELECT new.channel, new.topic_id, (c.id >> 9)::int, array_agg((c.id & 511)::int)
         FROM new CROSS JOIN contact c GROUP BY 1, 2, 3`,
    );
  }

  /**
   * Takes notes of changes, looks at these contacts anew, and writes their classes. In one transaction, after `lock`:
   * who reads sees the note or the new class, and what changes after this has looked leaves a note of its own.
   * Whoever makes changes waits for nothing here, because only a fold deletes notes and writes classes.
   * @returns whether there may be more.
   */
  async fold(): Promise<boolean> {
    const taken = await this.#take();
    // The planner must know whether these are ten people or a million.
    await this.db.query('ANALYZE folding');
    await this.#look();
    await this.#nameClasses();
    await this.#write();
    return taken;
  }

  async #take(): Promise<boolean> {
    await this.db.query(
      'CREATE TEMPORARY TABLE folding (channel text, topic_id bigint, contact_id bigint) ON COMMIT DROP',
    );
    const row = await this.db.queryOne<{ more: boolean }>(
      `WITH room AS (
         SELECT GREATEST(1, ${NOTES_AT_ONCE} / GREATEST(1, count(*))) AS notes FROM consent_forecast_topic
       ), notes AS (
         DELETE FROM consent_forecast_stale
          WHERE ctid = ANY(ARRAY(SELECT ctid FROM consent_forecast_stale LIMIT (SELECT notes FROM room)))
         RETURNING channel, topic_id, block, members
       ), suspects AS (
         DELETE FROM consent_forecast_suspect
          WHERE ctid = ANY(ARRAY(SELECT ctid FROM consent_forecast_suspect LIMIT ${SUSPECTS_AT_ONCE}))
         RETURNING channel, address_hash
       ), touched AS (
         SELECT channel, topic_id, block * 512::bigint + unnest(members) AS contact_id FROM notes
          UNION ALL
         SELECT s.channel, NULL, c.id FROM suspects s JOIN contact c ON c.email_hash = s.address_hash
          WHERE s.channel = 'email'
          UNION ALL
         SELECT s.channel, NULL, c.id FROM suspects s JOIN contact c ON c.phone_hash = s.address_hash
          WHERE s.channel = 'sms'
       ), put AS (
         INSERT INTO folding
         SELECT DISTINCT t.channel, t.topic_id, touched.contact_id
           FROM touched JOIN consent_forecast_topic t ON t.channel = COALESCE(touched.channel, t.channel)
            AND t.topic_id = COALESCE(touched.topic_id, t.topic_id)
       )
       SELECT (SELECT count(*) FROM notes) = (SELECT notes FROM room)
           OR (SELECT count(*) FROM suspects) = ${SUSPECTS_AT_ONCE} AS more`,
    );
    return row?.more === true;
  }

  /**
   * Everything about a person that the gate (gate.sql.ts) reads, as a digest: people with the same digest get the same
   * answer, whatever the law and the hour. Who turns with time, in a way of their own, has none. What the gate reads more
   * tomorrow must be added here; forecast.spec.ts compares the two over generated people.
   */
  async #look(): Promise<void> {
    await this.db.query(
      `CREATE TEMPORARY TABLE looked_at ON COMMIT DROP AS
       SELECT f.channel, f.topic_id, f.contact_id, c.id IS NOT NULL AS exists, lane,
              CASE WHEN p.paused_until IS NULL
                    AND (st.status IS NULL OR st.status <> 'granted'
                         OR (st.expires_at IS NULL
                             AND st.basis IN ('express', 'double_opt_in', 'soft_opt_in', 'service', 'transactional')))
                   THEN sha256(convert_to(jsonb_build_array(
                     CASE f.channel WHEN 'email' THEN c.email ELSE c.phone END IS NULL,
                     lane, c.country, c.phone_country, phone_zones(c.phone), c.time_zone, st.status, st.basis, st.country, st.categories,
                     CASE WHEN listed.address_hash IS NOT NULL THEN (
                       SELECT jsonb_agg(jsonb_build_array(s.sender_id, s.topic_id, s.reason) ORDER BY s.sender_id, s.topic_id)
                         FROM suppression s
                        WHERE s.address_hash = listed.address_hash AND s.channel = f.channel
                          AND s.sender_id IN (0, t.sender_id) AND s.topic_id IN (0, f.topic_id)) END)::text, 'UTF8')) END AS facts
         FROM folding f
         JOIN topic t ON t.id = f.topic_id
         LEFT JOIN contact c ON c.id = f.contact_id
        CROSS JOIN LATERAL address_lane(f.channel, CASE f.channel WHEN 'email' THEN c.email ELSE c.phone END) AS lane
         LEFT JOIN consent_state st ON st.contact_id = c.id AND st.channel = f.channel AND st.topic_id = f.topic_id
         LEFT JOIN subscription_preference p ON p.contact_id = c.id AND p.sender_id = t.sender_id
         LEFT JOIN suppressed_address listed ON listed.channel = f.channel
          AND listed.address_hash = CASE f.channel WHEN 'email' THEN c.email_hash ELSE c.phone_hash END`,
    );
  }

  async #nameClasses(): Promise<void> {
    await this.db.query(
      `INSERT INTO consent_class (channel, topic_id, class, facts, lane)
       SELECT channel, topic_id, class, facts, lane
         FROM (SELECT n.channel, n.topic_id, n.facts, n.lane,
                      row_number() OVER (PARTITION BY n.channel, n.topic_id)
                      + COALESCE((SELECT max(class) FROM consent_class k
                                   WHERE k.channel = n.channel AND k.topic_id = n.topic_id), 1) AS class
                 FROM (SELECT DISTINCT channel, topic_id, facts, lane FROM looked_at WHERE exists AND facts IS NOT NULL) n
                WHERE NOT EXISTS (SELECT FROM consent_class k
                                   WHERE k.channel = n.channel AND k.topic_id = n.topic_id AND k.facts = n.facts)) numbered
        WHERE class <= ${LAST_CLASS}`,
    );
  }

  async #write(): Promise<void> {
    await this.db.query(
      `INSERT INTO consent_forecast AS kept (channel, topic_id, block, classes)
       SELECT g.channel, g.topic_id, g.block, forecast_with(f.classes, g.members, g.classes)
         FROM (SELECT l.channel, l.topic_id, (l.contact_id >> 9)::int AS block, array_agg((l.contact_id & 511)::int) AS members,
                      array_agg(CASE WHEN l.exists THEN COALESCE(k.class, 1) ELSE 0 END::smallint) AS classes
                 FROM looked_at l
                 LEFT JOIN consent_class k ON k.channel = l.channel AND k.topic_id = l.topic_id AND k.facts = l.facts
                GROUP BY 1, 2, 3) g
         LEFT JOIN consent_forecast f ON f.channel = g.channel AND f.topic_id = g.topic_id AND f.block = g.block
       ON CONFLICT (channel, topic_id, block) DO UPDATE SET classes = excluded.classes`,
    );
  }
}
