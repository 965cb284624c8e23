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
  /** A forecast for many: laws and hours that cannot change the answer are not looked up. Nothing is sent on it. */
  forecast?: boolean;
  /** An attempt: of two that ask for the same person in the same moment, one is told to ask again (gate_take_turn). */
  attempt?: boolean;
  /** Also `closes_at`: until when hours and days allow it; null: for ten hours and more. And `phone_country`. */
  closing?: boolean;
}

export interface ForecastInputs extends Omit<GateInputs, 'candidates' | 'forecast'> {
  /** Who is meant, as a condition over `c`, the table contact. */
  segment: string;
  /** Whether ids are wanted; counting costs less without. */
  withIds: boolean;
}

/**
 * THE GATE: who may be written to on this channel about this topic, now. The one definition of permission; audience
 * preview, freezing, every attempt and the "why" answer wrap this text around their own candidates.
 *
 * Yields one row a candidate that exists as a contact: contact_id, address, address_hash, denial (null: allowed),
 * defer_until (null: now), defer_reason, consent_event_id, basis, consent_since, law. The order of the WHENs is the
 * order of the law: suppression before withdrawal before missing, unproven, insufficient and expired consent, then what
 * a soft opt-in covers, then the person's own pause, then hours and frequency (the person's wish, the sender's cap),
 * which only put off. No record means no; no rule means no: while law_rule is empty nobody is let through.
 *
 * The laws that apply are those of the postal country, the phone's, the country at the time of consent and the
 * sender's; the strict default too for a person of whom no country is known. All must be content: the basis must suffice
 * under each, and the hours are those that each allows, in every time zone the person may be in (gate_zones, migration 21).
 *
 * Hours and laws are the same for all who share a place (countries, zone, area of the phone): of each place of a batch they are
 * worked out once (gate_place in migration 23). Asked per person they were 85 % of what an attempt by SMS cost PostgreSQL:
 * 0.59 ms a message, 0.22 since. A forecast, which asks about one of each class, asks each (gate_open_at).
 *
 * Written to be cheap for a million as for fifty (measured by `npm run bench -- gate`). Tables are joined by their whole
 * keys, so that the planner may probe an index or hash; NULLIF, and in a forecast CASE, makes the key of a look-up that
 * is not needed NULL, which costs next to nothing. What few rows need is
 * a function (gate_... in migrations 8 and 21, called from here alone) inside a CASE, which runs for those rows only: PostgreSQL
 * does not let a plan with a correlated sub-select or an InitPlan run in parallel.
 */
export function gateSql(inputs: GateInputs): string {
  const { candidates, channel, messageClass, topicId, now } = inputs;
  const senderId = `${inputs.senderId}::bigint`;
  const [address, hash] = channel === 'email' ? ['c.email', 'c.email_hash'] : ['c.phone', 'c.phone_hash'];
  const kind = `'${channel}', '${messageClass}', ${senderId}, ${now}::timestamptz`;
  // How often somebody wants to hear, and the sender's cap, are about offers; a receipt does not wait for them.
  const isAttempt = inputs.attempt === true;
  const restedAt =
    messageClass === 'marketing'
      ? `CASE WHEN p.frequency <> 'all' OR k.cap_messages IS NOT NULL
              THEN ${isAttempt ? 'gate_take_turn' : 'gate_heard_enough'}(c.id, p.frequency, k.cap_messages,
                     k.cap_days, ${inputs.dispatchId}::bigint, ${senderId}, ${now}::timestamptz) END`
      : isAttempt
        ? 'NULL::gate_turn'
        : 'NULL::timestamptz';
  const [rested, reason] = isAttempt
    ? ['(turn).rested_at', `CASE WHEN (turn).busy THEN 'BUSY' ELSE 'FREQUENCY' END`]
    : ['rested_at', `'FREQUENCY'`];
  const rule = (
    alias: string,
  ): string => `${alias}.channel = '${channel}' AND ${alias}.message_class = '${messageClass}'
          AND ${alias}.effective_from <= ${now}::timestamptz AND ${alias}.effective_to > ${now}::timestamptz`;
  // Where every law accepts the basis and none has hours, no law needs to be looked up.
  const ifLawMatters = (key: string): string =>
    inputs.forecast === true ? `CASE WHEN k.limited OR st.basis <> ALL (k.always) THEN ${key} END` : key;
  const isForecast = inputs.forecast === true;
  // What a forecast does not tell costs it nothing: of hours it needs to know only who never has any.
  const [more, neverOpen] = isForecast
    ? [
        '',
        `CASE WHEN k.limited AND gate_open_at(c.country, c.phone_country, c.phone, c.time_zone, here.id, phone.id, past.id,
                                            ${kind}) = 'infinity' THEN 'NO_SENDING_HOURS' END`,
      ]
    : [
        `here.id AS here, phone.id AS phone, past.id AS past, c.country, c.phone_country, c.phone AS number, c.time_zone,
         CASE WHEN k.limited AND own.name IS NULL THEN phone_zones(c.phone) END AS digits, k.limited, k.home_pack,
         CASE WHEN here.id IS NULL THEN k.strict_pack ELSE here.pack END AS pack, ${restedAt} AS ${isAttempt ? 'turn' : 'rested_at'},`,
        'NULL',
      ];
  const decided = `
  SELECT c.id AS contact_id, ${address} AS address, ${hash} AS address_hash, st.event_id AS consent_event_id, st.basis,
         st.since AS consent_since, ${more}
         COALESCE(
           CASE WHEN ${address} IS NULL THEN 'NO_ADDRESS' END,
           CASE WHEN listed.address_hash IS NOT NULL
                THEN gate_suppression(${hash}, '${channel}', '${messageClass}', ${senderId}, ${topicId}::bigint) END,
           CASE WHEN st.status IS NULL THEN 'NO_CONSENT'
                WHEN st.status <> 'granted' THEN CASE st.status
                  WHEN 'withdrawn' THEN 'WITHDRAWN' WHEN 'requested' THEN 'NOT_CONFIRMED'
                  WHEN 'refused' THEN 'CONSENT_REFUSED' WHEN 'expired' THEN 'CONSENT_EXPIRED' ELSE 'CONSENT_UNPROVEN' END
                WHEN st.basis = ANY (k.always) AND st.expires_at IS NULL THEN NULL
                WHEN st.basis IS NULL
                  OR st.basis <> ALL (COALESCE(here.bases, phone.bases, past.bases, k.strict, '{}'))
                  OR st.basis <> ALL (phone.bases) OR st.basis <> ALL (past.bases)
                  OR st.basis <> ALL (k.home) THEN 'BASIS_NOT_ACCEPTED'
                WHEN st.expires_at <= ${now}::timestamptz THEN 'CONSENT_EXPIRED'
                WHEN st.basis IN ('express', 'double_opt_in') THEN NULL
                -- Spares the function those it could say nothing new of.
                WHEN st.basis = 'implied_purchase' AND st.since > k.recent_purchase THEN NULL
                WHEN st.basis = 'implied_inquiry' AND st.since > k.recent_inquiry THEN NULL
                WHEN st.basis = 'soft_opt_in' AND cardinality(${inputs.categories}::text[]) = 1 AND st.categories && k.similar
                THEN NULL
                ELSE gate_narrow_basis(st.basis, st.since, st.categories, ${inputs.categories}::text[],
                                       here.id, phone.id, past.id, ${kind}) END,
           ${messageClass === 'marketing' ? `CASE WHEN p.paused_until > ${now}::timestamptz THEN 'PAUSED' END,` : ''}
           ${neverOpen}
         ) AS denial
    FROM (${candidates}) candidate
    JOIN contact c ON c.id = candidate.contact_id
    LEFT JOIN consent_state st ON st.contact_id = c.id AND st.channel = '${channel}' AND st.topic_id = ${topicId}::bigint
    LEFT JOIN suppressed_address listed ON listed.address_hash = ${hash} AND listed.channel = '${channel}'
    LEFT JOIN subscription_preference p ON p.contact_id = c.id AND p.sender_id = ${senderId}
   CROSS JOIN (
     SELECT max(l.bases) FILTER (WHERE l.country = '') AS strict, max(l.bases) FILTER (WHERE l.country = sender.country) AS home,
            max(l.pack) FILTER (WHERE l.country = '') AS strict_pack, max(l.pack) FILTER (WHERE l.country = sender.country) AS home_pack,
            bool_or(l.limited) AS limited, max(alike.similar) AS similar,
            max(cap.messages) AS cap_messages, max(cap.days) AS cap_days,
            array_remove(ARRAY[CASE WHEN bool_and('express' = ANY (l.bases)) THEN 'express' END,
                               CASE WHEN bool_and('double_opt_in' = ANY (l.bases)) THEN 'double_opt_in' END], NULL) AS always,
            ${now}::timestamptz - make_interval(months => min(l.purchase_months), days => -3) AS recent_purchase,
            ${now}::timestamptz - make_interval(months => min(l.inquiry_months), days => -3) AS recent_inquiry
       FROM law_rule l LEFT JOIN sender ON sender.id = ${senderId} CROSS JOIN gate_cap(${senderId}) AS cap
      CROSS JOIN (SELECT array_agg(s.category) || (${inputs.categories}::text[])[1] AS similar FROM similar_category s
                   WHERE s.sender_id = ${senderId} AND s.similar_to = (${inputs.categories}::text[])[1]) alike
      WHERE ${rule('l')}) k
    LEFT JOIN law_rule here ON here.country = ${ifLawMatters('c.country')} AND ${rule('here')}
    LEFT JOIN law_rule phone ON phone.country = ${ifLawMatters('NULLIF(c.phone_country, c.country)')} AND ${rule('phone')}
    LEFT JOIN law_rule past ON past.country = ${ifLawMatters('NULLIF(st.country, c.country)')} AND ${rule('past')}
    ${isForecast ? '' : 'LEFT JOIN time_zone own ON own.name = c.time_zone'}`;
  if (isForecast) return decided;
  return `
  WITH person AS MATERIALIZED (${decided}
  ), place AS MATERIALIZED (
    SELECT ROW(${PLACE}) AS of, worked.*
      FROM (SELECT ${PLACE}, min(number) AS number, bool_and(limited) AS limited
              FROM person WHERE limited OR phone IS NOT NULL OR past IS NOT NULL GROUP BY ${PLACE}) met
     CROSS JOIN LATERAL gate_place(country, phone_country, number, time_zone, here, phone, past, ${kind}, limited,
                                   ${inputs.closing === true}) AS worked
  )
  SELECT contact_id, address, address_hash, consent_event_id, basis, consent_since, law, ${inputs.closing === true ? 'closes_at, phone_country, ' : ''}denial,
         CASE WHEN denial IS NULL AND later > ${now}::timestamptz THEN later END AS defer_until,
         CASE WHEN denial IS NULL AND later > ${now}::timestamptz
              THEN CASE later WHEN ${rested} THEN ${reason} ELSE 'QUIET_HOURS' END END AS defer_reason
    FROM (SELECT p.contact_id, p.address, p.address_hash, p.consent_event_id, p.basis, p.consent_since, w.closes_at, p.phone_country,
                 ${isAttempt ? 'p.turn' : 'p.rested_at'}, GREATEST(w.open_at, ${rested}) AS later,
                 COALESCE(p.denial, CASE w.open_at WHEN 'infinity' THEN 'NO_SENDING_HOURS' END) AS denial,
                 CASE WHEN p.phone IS NULL AND p.past IS NULL
                      THEN NULLIF(concat_ws('+', LEAST(pack, home_pack), NULLIF(GREATEST(pack, home_pack), LEAST(pack, home_pack))), '')
                      ELSE w.law END AS law
            FROM person p LEFT JOIN place w ON w.of = ROW(${PLACE})) decided`;
}

/** What two people have to share for hours and laws to be the same for both. */
const PLACE = 'here, phone, past, country, phone_country, time_zone, digits';

/** Below this a class says nothing of its members, and each is asked about alone. */
const FIRST_CLASS = 2;

/**
 * The gate's answers for as many as there are, in groups: denial, lane, size and (with ids) ids. People of one class are
 * alike in all that the gate reads (consent_forecast, docs/adr/0011), so it is asked about one of each class that the
 * segment meets, and about everybody who is of none. It is the gate itself that is asked, in the same statement: what it
 * says, law and hour included, is what it would say of each of them.
 *
 * The one pass over the contacts shall group where it scans, in parallel, and send on a row a class. The planner does that
 * only when it expects few groups, and it expects as many as there are ids when it sees that a class is found by one. It
 * does not look behind a UNION ALL, of which the second half is nothing. This serves up to 60 million contacts
 * (Forecasts.isWorthwhile).
 */
export function forecastSql(inputs: ForecastInputs): string {
  const { channel, topicId, senderId, segment, withIds } = inputs;
  const classOf = `(SELECT consent_forecast('${channel}', ${senderId}::bigint, ${topicId}::bigint)
                   )[((c.id >> 9) + 1)::int][((c.id & 511) + 1)::int]`;
  const isAlone = `class < ${FIRST_CLASS}`;
  return `
  WITH met AS MATERIALIZED (
    SELECT class, min(id) AS one, count(*) AS size, array_agg(id) ${withIds ? '' : `FILTER (WHERE ${isAlone})`} AS ids
      FROM (SELECT c.id, COALESCE(${classOf}, 0::smallint) AS class FROM contact c WHERE ${segment}
             UNION ALL SELECT id, 0::smallint FROM contact WHERE false) person GROUP BY class
  ), asked AS MATERIALIZED (
    SELECT contact_id, denial, address FROM (${gateSql({
      ...inputs,
      candidates: `SELECT one AS contact_id FROM met WHERE NOT ${isAlone}
                   UNION ALL SELECT unnest(ids) FROM met WHERE ${isAlone}`,
    })}) gate
  )
  SELECT asked.denial, known.lane, size, ids
    FROM met JOIN asked ON asked.contact_id = met.one
    JOIN consent_class known ON known.channel = '${channel}' AND known.topic_id = ${topicId}::bigint AND known.class = met.class
   UNION ALL
  SELECT asked.denial, address_lane('${channel}', asked.address), count(*), array_agg(asked.contact_id)
    FROM asked JOIN (SELECT unnest(ids) AS id FROM met WHERE ${isAlone}) alone ON alone.id = asked.contact_id GROUP BY 1, 2`;
}
