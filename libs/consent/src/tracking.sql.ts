import { type Channel } from '#common';
import { type Tracking, type TrackingPurpose } from './tracking.js';

/** SQL of each thing the decision needs, usually placeholders like `$3`. */
export interface TrackingInputs {
  /** A query that yields the column contact_id, each contact once. */
  candidates: string;
  channel: Channel;
  senderId: string;
  now: string;
}

const purposes: Record<keyof Tracking, TrackingPurpose> = { opens: 'open_tracking', links: 'link_tracking' };

/**
 * Who may be measured in this sender's messages on this channel, now: contact_id, opens, links, a row a contact that
 * exists. The one definition; the pipeline wraps it around the people it may write to.
 *
 * Their own word comes first: agreed is yes, taken back, refused, run out or merely noted is no. Of whom there is no word
 * at all it is yes only where every law that applies lets one measure without asking, and no for whoever took back
 * everything, even before there was anything to take back. An address on the suppression list is never measured. The
 * laws are those of the gate: the postal country's, the phone's, those of the countries at the time of the consents,
 * the sender's, and the strict default for a person of whose countries none has a law here.
 *
 * What only few rows need is a sub-select inside a CASE, which runs for those rows alone.
 */
export function trackingSql(inputs: TrackingInputs): string {
  const { candidates, channel, senderId, now } = inputs;
  const rule = (alias: string, country: string): string => `LEFT JOIN tracking_rule ${alias}
           ON ${alias}.country = ${country} AND ${alias}.effective_from <= ${now}::timestamptz
          AND ${alias}.effective_to > ${now}::timestamptz`;
  return `
  SELECT c.id AS contact_id,
         ${channel === 'email' ? decisionSql('opens', inputs) : 'FALSE'} AS opens,
         ${decisionSql('links', inputs)} AS links
    FROM (${candidates}) candidate
    JOIN contact c ON c.id = candidate.contact_id
    LEFT JOIN consent_state said_opens ON said_opens.contact_id = c.id AND said_opens.channel = '${channel}'
          AND said_opens.topic_id = ${topicSql('opens', senderId)}
    LEFT JOIN consent_state said_links ON said_links.contact_id = c.id AND said_links.channel = '${channel}'
          AND said_links.topic_id = ${topicSql('links', senderId)}
    ${rule('l_post', 'c.country')}
    ${rule('l_phone', 'NULLIF(c.phone_country, c.country)')}
    ${rule('l_sender', `(SELECT country FROM sender WHERE id = ${senderId}::bigint)`)}
    ${rule('l_strict', `''`)}`;
}

function decisionSql(kind: keyof Tracking, { channel, senderId, now }: TrackingInputs): string {
  const said = `said_${kind}`;
  const hash = channel === 'email' ? 'c.email_hash' : 'c.phone_hash';
  const then = `(SELECT bool_and(l.${kind}) FROM consent_state st JOIN topic t ON t.id = st.topic_id
                   JOIN tracking_rule l ON l.country = st.country AND l.effective_from <= ${now}::timestamptz
                    AND l.effective_to > ${now}::timestamptz
                  WHERE st.contact_id = c.id AND t.sender_id = ${senderId}::bigint)`;
  return `(CASE WHEN ${said}.status IS NOT NULL
              THEN ${said}.status = 'granted' AND (${said}.expires_at IS NULL OR ${said}.expires_at > ${now}::timestamptz)
              WHEN l_post.${kind} = FALSE OR l_phone.${kind} = FALSE OR l_sender.${kind} = FALSE THEN FALSE
              WHEN COALESCE(${then}, l_post.${kind}, l_phone.${kind}, l_strict.${kind}, FALSE) = FALSE THEN FALSE
              ELSE NOT EXISTS (SELECT FROM consent_event w WHERE w.contact_id = c.id AND w.action = 'withdrawn'
                                   AND w.topic_id IS NULL AND (w.channel IS NULL OR w.channel = '${channel}')
                                   AND (w.sender_id IS NULL OR w.sender_id = ${senderId}::bigint)) END)
         AND NOT EXISTS (SELECT FROM suppressed_address k JOIN suppression s USING (address_hash, channel)
                          WHERE k.address_hash = ${hash} AND k.channel = '${channel}'
                            AND ((s.sender_id = 0 AND s.topic_id = 0) OR (s.sender_id = ${senderId}::bigint
                                 AND s.topic_id IN (0, ${topicSql(kind, senderId)}))))`;
}

/** The sender's topic for it; NULL until somebody first agrees. Asked once a statement. */
function topicSql(kind: keyof Tracking, senderId: string): string {
  return `(SELECT id FROM topic WHERE sender_id = ${senderId}::bigint AND purpose = '${purposes[kind]}')`;
}
