import { type Channel } from '#common';
import { type Condition, type Parameters } from './condition.js';
import { type ConsentStatus } from './fields.js';

/**
 * Whether the ledger says one of these of a contact, a channel and a topic.
 *
 * It says what `consentStatusSql` of libs/consent says (a test holds them together), but as a set: PostgreSQL makes one
 * hash join of an EXISTS, while a status per contact is a look-up per contact (0.6 s against 1.7 s over a million).
 * It describes people; whether a message may go to them is the gate's word alone.
 */
export function consentCondition(
  field: { channel: Channel; topicId: number },
  statuses: readonly ConsentStatus[],
  now: Date,
  parameters: Parameters,
): Condition {
  // "None" is the absence of a row, so a set with it is everybody but those who have another status.
  const hasNone = statuses.includes('none');
  const recorded = (['granted', 'expired', 'withdrawn', 'unknown'] as const).filter(
    status => statuses.includes(status) !== hasNone,
  );
  if (recorded.length === 0) return { sql: hasNone ? 'TRUE' : 'FALSE', total: true };
  const isRecorded = recorded.map(status => statusSql[status]);
  const clock = recorded.some(status => status === 'granted' || status === 'expired')
    ? parameters.add(now.toISOString())
    : '';
  const exists = `EXISTS (SELECT FROM consent_state s WHERE s.contact_id = c.id
    AND s.channel = ${parameters.add(field.channel)}::text AND s.topic_id = ${parameters.add(field.topicId)}::bigint
    AND (${isRecorded.map(sql => sql(clock)).join(' OR ')}))`;
  return { sql: hasNone ? `NOT ${exists}` : exists, total: true };
}

const statusSql: Record<Exclude<ConsentStatus, 'none'>, (now: string) => string> = {
  granted: now => `s.status = 'granted' AND (s.expires_at IS NULL OR s.expires_at > ${now}::timestamptz)`,
  expired: now => `s.status = 'granted' AND s.expires_at <= ${now}::timestamptz`,
  withdrawn: () => `s.status = 'withdrawn'`,
  unknown: () => `s.status = 'unknown'`,
};
