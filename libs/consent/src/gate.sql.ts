import { type Channel, type MessageClass } from '#common';

/** SQL of each thing the gate needs to know, usually placeholders like `$3`. */
export interface GateInputs {
  /** A query that yields the column contact_id, each contact once. */
  candidates: string;
  channel: Channel;
  messageClass: MessageClass;
  senderId: string;
  topicId: string;
  /** What the message offers, as text[]; `'{}'` says nothing of it, which no soft opt-in covers. */
  categories: string;
  /** The dispatch that asks, whose own messages do not count as earlier ones; `0` when none does. */
  dispatchId: string;
  now: string;
}

/** Minutes of the whole week. */
const ANY_HOUR = `'{[0,10080)}'::int4multirange`;

/**
 * THE GATE: who may be written to on this channel about this topic, now. The one definition of permission; audience
 * preview, freezing, every attempt and the "why" answer wrap this text around their own candidates.
 *
 * Yields one row a candidate that exists as a contact: contact_id, address, address_hash, denial (null: allowed),
 * defer_until (null: now), defer_reason, consent_event_id, basis, consent_since, law. The order of the WHENs is the
 * order of the law: suppression before withdrawal before missing, unproven, insufficient and expired consent, then what
 * a soft opt-in covers, then the person's own pause, then hours and frequency, which only put off. No record means no;
 * no rule means no: while law_rule is empty nobody is let through.
 *
 * The laws that apply are those of the postal country, the phone's, the country at the time of consent and the
 * sender's; the strict default too for a person of whom no country is known. All must be content: the basis must suffice
 * under each, and the hours are those that each allows, in every time zone the person may be in.
 *
 * Written to be cheap for a million as for fifty. Tables are joined by their whole keys, so that the planner is free to
 * probe an index or to hash; NULLIF spares the look-up of a country that was looked up already; what few rows need is a
 * sub-select inside a CASE, which runs for those rows alone.
 */
export function gateSql(inputs: GateInputs): string {
  const { messageClass, senderId, categories, now } = inputs;
  return `
  SELECT contact_id, address, address_hash,
         CASE WHEN denial IS NULL AND open_at = 'infinity' THEN 'NO_SENDING_HOURS' ELSE denial END AS denial,
         CASE WHEN denial IS NULL AND GREATEST(open_at, rested_at) > ${now}::timestamptz
              THEN GREATEST(open_at, rested_at) END AS defer_until,
         CASE WHEN denial IS NULL AND rested_at > ${now}::timestamptz THEN 'FREQUENCY'
              WHEN denial IS NULL AND open_at > ${now}::timestamptz THEN 'QUIET_HOURS' END AS defer_reason,
         consent_event_id, basis, consent_since, law
    FROM (
  SELECT contact_id, address, address_hash, denial, event_id AS consent_event_id, basis, since AS consent_since,
         CASE WHEN denial IS NULL AND has_hours
              THEN next_open(${now}::timestamptz, ${zonesSql(senderId)}, ${hoursSql}, ${daysOffSql}) END AS open_at,
         CASE WHEN denial IS NULL AND frequency <> 'all' THEN ${restedSql(inputs)} END AS rested_at,
         ${lawSql} AS law
    FROM (
  SELECT facts.*,
         CASE WHEN address IS NULL THEN 'NO_ADDRESS'
              WHEN suppressed = 'unsubscribed' THEN 'WITHDRAWN'
              WHEN suppressed IS NOT NULL THEN 'SUPPRESSED'
              WHEN status = 'withdrawn' THEN 'WITHDRAWN'
              WHEN status IS NULL THEN 'NO_CONSENT'
              WHEN status = 'requested' THEN 'NOT_CONFIRMED'
              WHEN status = 'refused' THEN 'CONSENT_REFUSED'
              WHEN status = 'expired' THEN 'CONSENT_EXPIRED'
              WHEN status <> 'granted' THEN 'CONSENT_UNPROVEN'
              WHEN basis IS NULL OR basis <> ALL (COALESCE(post_bases, phone_bases, then_bases, strict_bases, '{}'))
                OR basis <> ALL (post_bases) OR basis <> ALL (phone_bases) OR basis <> ALL (then_bases)
                OR basis <> ALL (sender_bases) THEN 'BASIS_NOT_ACCEPTED'
              WHEN expires_at <= ${now}::timestamptz THEN 'CONSENT_EXPIRED'
              WHEN basis = 'implied_purchase' AND ${monthsAfter('since', 'purchase')} <= ${now}::timestamptz
                THEN 'CONSENT_EXPIRED'
              WHEN basis = 'implied_inquiry' AND ${monthsAfter('since', 'inquiry')} <= ${now}::timestamptz
                THEN 'CONSENT_EXPIRED'
              WHEN basis = 'soft_opt_in' AND bought IS NULL THEN 'SOFT_OPT_IN_INCOMPLETE'
              WHEN basis = 'soft_opt_in' AND NOT ${isSimilarSql(senderId, categories)} THEN 'NOT_SIMILAR'
              ${messageClass === 'marketing' ? `WHEN paused_until > ${now}::timestamptz THEN 'PAUSED'` : ''}
         END AS denial
    FROM (${factsSql(inputs)}) facts) decided) timed`;
}

/** Everything the rules speak of, a row a candidate. */
function factsSql({ candidates, channel, messageClass, senderId, topicId, now }: GateInputs): string {
  const [address, hash] = channel === 'email' ? ['c.email', 'c.email_hash'] : ['c.phone', 'c.phone_hash'];
  const rule = (
    alias: string,
  ): string => `${alias}.channel = '${channel}' AND ${alias}.message_class = '${messageClass}'
          AND ${alias}.effective_from <= ${now}::timestamptz AND ${alias}.effective_to > ${now}::timestamptz`;
  const column = (alias: string): string =>
    `l_${alias}.bases AS ${alias}_bases, l_${alias}.purchase_months AS ${alias}_purchase,
         l_${alias}.inquiry_months AS ${alias}_inquiry, l_${alias}.hours AS ${alias}_hours,
         l_${alias}.days_off AS ${alias}_days, l_${alias}.pack AS ${alias}_pack`;
  return `
  SELECT c.id AS contact_id, ${address} AS address, ${hash} AS address_hash, c.country, c.phone_country, c.time_zone,
         CASE WHEN listed.address_hash IS NOT NULL THEN (
           SELECT s.reason FROM suppression s
            WHERE s.address_hash = ${hash} AND s.channel = '${channel}'
              AND ((s.sender_id = 0 AND s.topic_id = 0) OR (s.sender_id = ${senderId}::bigint AND s.topic_id IN (0, ${topicId}::bigint)))
              ${messageClass === 'transactional' ? `AND s.reason NOT IN ('unsubscribed', 'complaint')` : ''}
            ORDER BY s.sender_id, s.topic_id LIMIT 1) END AS suppressed,
         st.status, st.basis, st.event_id, st.since, st.expires_at, st.categories AS bought,
         p.frequency, p.paused_until,
         ${['post', 'phone', 'then', 'sender'].map(column).join(', ')},
         CASE WHEN COALESCE(l_post.pack, l_phone.pack, l_then.pack) IS NULL THEN l_strict.bases END AS strict_bases,
         CASE WHEN COALESCE(l_post.pack, l_phone.pack, l_then.pack) IS NULL THEN l_strict.purchase_months END AS strict_purchase,
         CASE WHEN COALESCE(l_post.pack, l_phone.pack, l_then.pack) IS NULL THEN l_strict.inquiry_months END AS strict_inquiry,
         CASE WHEN COALESCE(l_post.pack, l_phone.pack, l_then.pack) IS NULL THEN l_strict.hours END AS strict_hours,
         CASE WHEN COALESCE(l_post.pack, l_phone.pack, l_then.pack) IS NULL THEN l_strict.days_off END AS strict_days,
         CASE WHEN COALESCE(l_post.pack, l_phone.pack, l_then.pack) IS NULL THEN l_strict.pack END AS strict_pack,
         COALESCE(l_post.limited, FALSE) OR COALESCE(l_phone.limited, FALSE) OR COALESCE(l_then.limited, FALSE)
           OR COALESCE(l_sender.limited, FALSE)
           OR (COALESCE(l_post.pack, l_phone.pack, l_then.pack) IS NULL AND l_strict.limited) AS has_hours
    FROM (${candidates}) candidate
    JOIN contact c ON c.id = candidate.contact_id
    LEFT JOIN consent_state st ON st.contact_id = c.id AND st.channel = '${channel}' AND st.topic_id = ${topicId}::bigint
    LEFT JOIN suppressed_address listed ON listed.address_hash = ${hash} AND listed.channel = '${channel}'
    LEFT JOIN subscription_preference p ON p.contact_id = c.id AND p.sender_id = ${senderId}::bigint
    LEFT JOIN law_rule l_post ON l_post.country = c.country AND ${rule('l_post')}
    LEFT JOIN law_rule l_phone ON l_phone.country = NULLIF(c.phone_country, c.country) AND ${rule('l_phone')}
    LEFT JOIN law_rule l_then ON l_then.country = NULLIF(st.country, c.country) AND ${rule('l_then')}
    LEFT JOIN law_rule l_sender ON l_sender.country = (SELECT country FROM sender WHERE id = ${senderId}::bigint)
          AND ${rule('l_sender')}
    LEFT JOIN law_rule l_strict ON l_strict.country = '' AND ${rule('l_strict')}`;
}

const laws = ['post', 'phone', 'then', 'sender', 'strict'] as const;

const hoursSql = laws.map(law => `COALESCE(${law}_hours, ${ANY_HOUR})`).join(' * ');
const daysOffSql = laws.map(law => `COALESCE(${law}_days, '{}'::date[])`).join(' || ');
/** Which packs were read, e.g. `GB@2+SA@1`. */
const lawSql = `(SELECT string_agg(DISTINCT pack, '+' ORDER BY pack)
            FROM unnest(ARRAY[${laws.map(law => `${law}_pack`).join(', ')}]) AS pack)`;

/** Calendar months in UTC: no session's time zone may move the end of a consent. */
function monthsAfter(since: string, kind: 'purchase' | 'inquiry'): string {
  const months = laws.map(law => `${law}_${kind}`).join(', ');
  return `(${since} AT TIME ZONE 'UTC' + make_interval(months => LEAST(${months}))) AT TIME ZONE 'UTC'`;
}

/** The person's own zone; else every zone of their countries; else the sender's. One this server does not know is none. */
function zonesSql(senderId: string): string {
  return `COALESCE((SELECT ARRAY[z.name] FROM time_zone z WHERE z.name = decided.time_zone),
           (SELECT array_agg(DISTINCT zone) FROM country_zone k CROSS JOIN unnest(k.zones) AS zone
             WHERE k.country IN (decided.country, decided.phone_country)),
           (SELECT ARRAY[z.name] FROM sender s JOIN time_zone z ON z.name = s.time_zone WHERE s.id = ${senderId}::bigint),
           '{UTC}')`;
}

/** When somebody who wants to hear weekly or monthly may hear of this sender again. */
function restedSql({ senderId, dispatchId, now }: GateInputs): string {
  return `(SELECT max(m.allowed_at) + CASE decided.frequency WHEN 'weekly' THEN interval '7 days' ELSE interval '30 days' END
             FROM message m JOIN dispatch d ON d.id = m.dispatch_id
            WHERE m.contact_id = decided.contact_id AND m.dispatch_id <> ${dispatchId}::bigint
              AND d.sender_id = ${senderId}::bigint AND d.message_class = 'marketing'
              AND m.state IN ('attempting', 'accepted', 'unknown')
              AND m.allowed_at > ${now}::timestamptz - interval '30 days')`;
}

/** Whether everything the message offers is similar to something that was bought. */
function isSimilarSql(senderId: string, categories: string): string {
  return `(cardinality(${categories}::text[]) > 0 AND NOT EXISTS (
                SELECT FROM unnest(${categories}::text[]) AS offered
                 WHERE offered <> ALL (bought) AND NOT EXISTS (
                   SELECT FROM similar_category k WHERE k.sender_id = ${senderId}::bigint AND k.category = ANY (bought)
                      AND k.similar_to = offered)))`;
}
