import { domainSql } from './warm-up.sql.js';
import { lanes } from '../lanes.js';

const EMAIL_LANES = lanes.filter(lane => lane !== 'sms').join(',');
const LANE_KEYS = lanes.map(lane => `'lane:' || $d.sender_id || ':${lane}'`).join(', ');

/** One source with no tokens does not keep a dispatch waiting that others serve as well. */
const SOURCE_KEYS = (d: string): string =>
  `ARRAY(SELECT 'source:' || s.value FROM sms_source s WHERE s.sender_id = ${d}.sender_id AND s.retired_at IS NULL)`;

/**
 * SQL of what keeps a dispatch `d` from being sent this moment, as one row: `paced`, whether any limit applies; `dry`,
 * whether one that applies to all of it has no whole token or the warm-up is used up for today; `dry_lanes`, the lanes
 * that have none. What holds mails alone does not hold the SMS of a dispatch that goes out by both. Buckets are looked up by key: where nothing is limited that is a few probes of a small index.
 * @param inHand SQL of keys of which the asking worker holds tokens
 * @param relayKeys SQL of the keys of limits on its relays
 * @param now SQL of a time for tests; null is the database's clock
 */
export function limitsSql(d: string, inHand: string, relayKeys: string, now: string): string {
  const at = `COALESCE(${now}::timestamptz, clock_timestamp())`;
  return `
         SELECT b.paced OR w.paced AS paced, b.dry OR ((b.mail_dry OR w.dry) AND ${d}.sms_version_id IS NULL) AS dry,
                b.dry_lanes || CASE WHEN (b.mail_dry OR w.dry) AND ${d}.sms_version_id IS NOT NULL
                                    THEN '{${EMAIL_LANES}}'::text[] ELSE '{}' END AS dry_lanes
           FROM (SELECT count(*) > 0 AS paced, COALESCE(bool_or(k.scope IN ('dispatch', 'sender') AND k.is_dry), false) AS dry,
                        COALESCE(bool_or(k.scope = 'relay' AND k.is_dry), false) AS mail_dry,
                        COALESCE(array_agg(k.lane) FILTER (WHERE k.scope = 'lane' AND k.is_dry), '{}') AS dry_lanes
                   FROM (SELECT l.scope, l.lane, l.key <> ALL(${inHand}::text[])
                                AND l.tokens + l.rate * GREATEST(0, extract(epoch FROM ${at} - l.refilled_at)) < 1 AS is_dry
                           FROM token_bucket l
                          WHERE l.key = ANY(ARRAY['dispatch:' || ${d}.id, 'sender:' || ${d}.sender_id,
                                                  ${LANE_KEYS.replaceAll('$d', d)}]
                                             || CASE WHEN ${d}.channel = 'email' THEN ${relayKeys}::text[] ELSE ${SOURCE_KEYS(d)} END)) k) b,
                (SELECT count(*) > 0 AS paced,
                        COALESCE(bool_or(y.used >= y.ceiling AND y.ends_at > ${at}), false)
                          AND ${d}.message_class <> 'transactional' AS dry
                   FROM sender s JOIN warm_up u ON u.domain = ${domainSql('s.from_email')}
                   LEFT JOIN LATERAL (SELECT used, ceiling, ends_at FROM warm_up_day
                                       WHERE domain = u.domain ORDER BY day DESC LIMIT 1) y ON true
                  WHERE s.id = ${d}.sender_id AND ${d}.channel = 'email') w`;
}
