import { Injectable } from '@nestjs/common';
import { type Channel } from '#common';
import { Database } from '#database';
import { type Basis, type ConsentAction } from './consent-event.js';
import { type RightsRule } from './rights-law.js';
import { monthsSql, retentionMap } from './retention.sql.js';

/** The minimal proof of an erased person's act: no contact, no IP, no browser, no page. */
export interface ConsentProof {
  eventId: number;
  channel: Channel;
  senderId: number | null;
  topicId: number | null;
  action: ConsentAction;
  basis: Basis | null;
  textShown: string | null;
  textHash: Buffer | null;
  textVersion: string | null;
  locale: string | null;
  method: string;
  occurredAt: Date;
  recordedAt: Date;
  retainUntil: Date;
  law: string;
}

/** An address that a person has or had on a channel, as its keyed hash. */
export interface HeldAddress {
  channel: Channel;
  hash: Buffer;
}

@Injectable()
export class ConsentProofRepository {
  constructor(private readonly db: Database) {}

  /**
   * Sets apart what may be kept of a person's events: acts of theirs with the wording, until the retention of the law
   * that keeps longest is over. It runs from when the act was overtaken by the next one on the same channel and topic;
   * the last one was relied on until now. Imports without proof and address changes prove nothing and are not kept.
   */
  async keep(
    contactId: number,
    addresses: readonly HeldAddress[],
    rules: readonly RightsRule[],
    now: Date,
  ): Promise<number> {
    const rows = await this.db.query(
      `INSERT INTO consent_proof (event_id, channel, address_hash, sender_id, topic_id, action, basis, text_shown, text_hash,
                                  text_version, locale, method, occurred_at, recorded_at, retain_until, law)
       SELECT e.id, a.channel, COALESCE(CASE WHEN e.channel IS NOT NULL THEN e.address_hash END, a.hash), e.sender_id,
              e.topic_id, e.action, e.basis, e.text_shown, e.text_hash, e.text_version, e.locale, e.method, e.occurred_at,
              e.recorded_at, kept.until, law.label
         FROM (SELECT e.*, COALESCE(lead(e.recorded_at) OVER (PARTITION BY e.channel, e.topic_id ORDER BY e.id), $4) AS ended_at
                 FROM consent_event e WHERE e.contact_id = $1) e
         JOIN (SELECT channel, decode(hash, 'hex') AS hash
                 FROM jsonb_to_recordset($2::jsonb) AS r (channel text, hash text)) a
              ON e.channel IS NULL OR e.channel = a.channel
         LEFT JOIN contact c ON c.id = e.contact_id
         LEFT JOIN sender s ON s.id = e.sender_id
        CROSS JOIN LATERAL (SELECT ${monthsSql('$3::jsonb')} AS months) m
        CROSS JOIN LATERAL (SELECT (LEAST(e.ended_at, $4) AT TIME ZONE 'UTC' + make_interval(months => m.months))
                                   AT TIME ZONE 'UTC' AS until) kept
        CROSS JOIN LATERAL (
              SELECT string_agg(DISTINCT COALESCE($3::jsonb -> country, $3::jsonb -> '') ->> 'law', '+') AS label
                FROM unnest(ARRAY[e.evidence ->> 'country', c.country, c.phone_country, s.country,
                       CASE WHEN COALESCE(e.evidence ->> 'country', c.country, c.phone_country) IS NULL THEN '' END])
                     AS country WHERE country IS NOT NULL) law
        WHERE e.action NOT IN ('voided', 'imported_unknown') AND kept.until > $4
       ON CONFLICT DO NOTHING RETURNING 1`,
      [
        contactId,
        JSON.stringify(addresses.map(({ channel, hash }) => ({ channel, hash: hash.toString('hex') }))),
        retentionMap(rules),
        now,
      ],
    );
    return rows.length;
  }

  /** @param hashes of one address, of every generation of keys: a proof is never rewritten. */
  find(channel: Channel, hashes: readonly Buffer[]): Promise<ConsentProof[]> {
    return this.db.query<ConsentProof>(
      `SELECT event_id AS "eventId", channel, sender_id AS "senderId", topic_id AS "topicId", action, basis,
              text_shown AS "textShown", text_hash AS "textHash", text_version AS "textVersion", locale, method,
              occurred_at AS "occurredAt", recorded_at AS "recordedAt", retain_until AS "retainUntil", law
         FROM consent_proof WHERE channel = $1 AND address_hash = ANY($2::bytea[]) ORDER BY event_id`,
      [channel, hashes],
    );
  }

  /** Deletes proofs whose time is up. @returns how many; as many as `most` when there may be more. */
  forget(now: Date, most: number): Promise<number> {
    return this.db.execute(
      `DELETE FROM consent_proof WHERE (event_id, channel) IN (
         SELECT event_id, channel FROM consent_proof WHERE retain_until <= $1
          ORDER BY retain_until LIMIT $2 FOR UPDATE SKIP LOCKED)`,
      [now, most],
    );
  }
}
