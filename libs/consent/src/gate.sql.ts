import { type Channel } from '#common';

/** The law pack in force: the strict default of standards for an unknown jurisdiction. Stored with every attempt. */
export const LAW_PACK = 'strict@1';

/** Bases the strict default accepts: express consent only, confirmed or not. */
const ACCEPTED_BASES = `('express', 'double_opt_in')`;

/** SQL of each thing the gate needs to know, usually placeholders like `$3`. */
export interface GateInputs {
  /** A query that yields the column contact_id, each contact once. */
  candidates: string;
  channel: Channel;
  senderId: string;
  topicId: string;
  now: string;
}

/**
 * THE GATE: who may be written to on this channel about this topic, now. The one definition of permission; audience
 * preview, freezing, every attempt and the "why" answer wrap this text around their own candidates.
 *
 * Yields one row a candidate that exists as a contact: contact_id, address, address_hash, denial (null: allowed),
 * consent_event_id, basis, consent_since. The order of the WHENs is the order of the law: suppression before
 * withdrawal before missing, unproven and expired consent. No record means no.
 *
 * Suppression is looked up by its whole key, once a scope, instead of with EXISTS or IN: each join yields at most one
 * row, so the planner is free to probe the index for fifty ids and to hash the table for a million.
 */
export function gateSql({ candidates, channel, senderId, topicId, now }: GateInputs): string {
  const [address, hash] = channel === 'email' ? ['c.email', 'c.email_hash'] : ['c.phone', 'c.phone_hash'];
  const suppressed = (alias: string, sender: string, topic: string): string => `
    LEFT JOIN suppression ${alias} ON ${alias}.address_hash = ${hash} AND ${alias}.channel = '${channel}'
          AND ${alias}.sender_id = ${sender} AND ${alias}.topic_id = ${topic}`;
  return `
  SELECT c.id AS contact_id, ${address} AS address, ${hash} AS address_hash,
         CASE WHEN ${address} IS NULL THEN 'NO_ADDRESS'
              WHEN COALESCE(s_all.reason, s_sender.reason, s_topic.reason) = 'unsubscribed' THEN 'WITHDRAWN'
              WHEN COALESCE(s_all.reason, s_sender.reason, s_topic.reason) IS NOT NULL THEN 'SUPPRESSED'
              WHEN st.status = 'withdrawn' THEN 'WITHDRAWN'
              WHEN st.status IS NULL THEN 'NO_CONSENT'
              WHEN st.status <> 'granted' THEN 'CONSENT_UNPROVEN'
              WHEN st.basis IS NULL OR st.basis NOT IN ${ACCEPTED_BASES} THEN 'BASIS_NOT_ACCEPTED'
              WHEN st.expires_at <= ${now}::timestamptz THEN 'CONSENT_EXPIRED'
         END AS denial,
         st.event_id AS consent_event_id, st.basis, st.since AS consent_since
    FROM (${candidates}) candidate
    JOIN contact c ON c.id = candidate.contact_id
    LEFT JOIN consent_state st ON st.contact_id = c.id AND st.channel = '${channel}' AND st.topic_id = ${topicId}::bigint
    ${suppressed('s_all', '0', '0')}
    ${suppressed('s_sender', `${senderId}::bigint`, '0')}
    ${suppressed('s_topic', `${senderId}::bigint`, `${topicId}::bigint`)}`;
}
