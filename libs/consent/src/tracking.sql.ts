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
 * at all it is yes only where every law that applies lets one measure without asking (tracking_unasked in migration 12,
 * called from here alone). An address that the suppression list bars for the sender is never measured.
 *
 * Asked with every batch of the pipeline, so it is made to be planned quickly; where the sender's own law forbids it,
 * which is looked up once, nobody's is asked for. OFFSET 0 keeps the planner from asking twice.
 */
export function trackingSql(inputs: TrackingInputs): string {
  const { candidates, channel, senderId, now } = inputs;
  const hash = channel === 'email' ? 'c.email_hash' : 'c.phone_hash';
  const wordless =
    channel === 'email'
      ? '(said_opens.status IS NULL OR said_links.status IS NULL)'
      : 'said_links.status IS NULL';
  return `
  SELECT c.id AS contact_id,
         ${channel === 'email' ? decisionSql('opens', inputs) : 'FALSE'} AS opens,
         ${decisionSql('links', inputs)} AS links
    FROM (${candidates}) candidate
    JOIN contact c ON c.id = candidate.contact_id
    LEFT JOIN suppressed_address listed ON listed.address_hash = ${hash} AND listed.channel = '${channel}'
    LEFT JOIN consent_state said_opens ON said_opens.contact_id = c.id AND said_opens.channel = '${channel}'
          AND said_opens.topic_id = ${topicSql('opens', senderId)}
    LEFT JOIN consent_state said_links ON said_links.contact_id = c.id AND said_links.channel = '${channel}'
          AND said_links.topic_id = ${topicSql('links', senderId)}
   CROSS JOIN LATERAL (
      SELECT CASE WHEN ${wordless}
                   AND (SELECT l.opens OR l.links FROM tracking_rule l JOIN sender s ON s.country = l.country
                         WHERE s.id = ${senderId}::bigint AND l.effective_from <= ${now}::timestamptz
                           AND l.effective_to > ${now}::timestamptz) IS NOT FALSE
                  THEN tracking_unasked(c.id, ARRAY[c.country, c.phone_country],
                                        (SELECT country FROM sender WHERE id = ${senderId}::bigint),
                                        '${channel}', ${senderId}::bigint, ${now}::timestamptz) END AS may
      OFFSET 0) unasked`;
}

function decisionSql(kind: keyof Tracking, { channel, senderId, now }: TrackingInputs): string {
  const said = `said_${kind}`;
  return `CASE WHEN listed.address_hash IS NOT NULL AND EXISTS (
                SELECT FROM suppression s
                 WHERE s.address_hash = listed.address_hash AND s.channel = '${channel}'
                   AND ((s.sender_id = 0 AND s.topic_id = 0) OR (s.sender_id = ${senderId}::bigint
                        AND s.topic_id IN (0, ${topicSql(kind, senderId)})))) THEN FALSE
              WHEN ${said}.status IS NOT NULL
              THEN ${said}.status = 'granted' AND (${said}.expires_at IS NULL OR ${said}.expires_at > ${now}::timestamptz)
              ELSE COALESCE(unasked.may[${kind === 'opens' ? 1 : 2}], FALSE) END`;
}

/** The sender's topic for it; NULL until somebody first agrees. Asked once a statement. */
function topicSql(kind: keyof Tracking, senderId: string): string {
  return `(SELECT id FROM topic WHERE sender_id = ${senderId}::bigint AND purpose = '${purposes[kind]}')`;
}
