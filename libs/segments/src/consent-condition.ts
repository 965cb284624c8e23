import { type Channel } from '#common';
import { consentConditionSql, type ConsentStatus, consentStatuses } from '#consent';
import { type Condition, type Parameters } from './condition.js';

/** Whether the ledger says one of these of a contact, a channel and a topic, in the words of libs/consent. */
export function consentCondition(
  field: { channel: Channel; topicId: number },
  statuses: readonly ConsentStatus[],
  now: Date,
  parameters: Parameters,
): Condition {
  const named = new Set(statuses);
  // All or none of them: no placeholder may be left over, PostgreSQL would not know its type.
  if (named.size === 0 || named.size === consentStatuses.length)
    return { sql: named.size === 0 ? 'FALSE' : 'TRUE', total: true };
  const sql = consentConditionSql(statuses, {
    contact: 'c.id',
    channel: parameters.add(field.channel),
    topic: parameters.add(field.topicId),
    now: () => parameters.add(now.toISOString()),
  });
  return { sql, total: true };
}
