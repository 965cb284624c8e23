import { type Channel, type MessageClass } from '#common';
import { gateSql } from '#consent';
import { HELD } from './settlement.js';

/**
 * Of somebody whom neither channel may reach, the reason that says more: email's, unless they have no email address at all.
 * @param email SQL of the gate's no by email
 * @param sms SQL of its no by SMS
 */
export function bothDenied(email: string, sms: string): string {
  return `CASE WHEN ${email} = 'NO_ADDRESS' THEN ${sms} ELSE ${email} END`;
}

/**
 * Who goes out by the other channel: the parts of the statement that find and place them, what keeps them out of this one,
 * and the reason of whoever goes out by neither.
 */
export function movesSql(
  ledger: string,
  { channel, messageClass }: { channel: Channel; messageClass: MessageClass },
): { parts: string; others: string; reason: string } {
  const other: Channel = channel === 'email' ? 'sms' : 'email';
  const gate = gateSql({
    candidates:
      channel === 'email'
        ? 'SELECT contact_id FROM decided WHERE denial IS NOT NULL'
        : 'SELECT id AS contact_id FROM asked',
    ...{ channel: other, messageClass, categories: '$11::text[]', dispatchId: '$1', senderId: '$7' },
    ...{ topicId: '$8', now: '$6' },
  });
  const both = channel === 'email' ? bothDenied('d.denial', 'o.denial') : bothDenied('o.denial', 'd.denial');
  return {
    // Whoever waited in this chunk waits in the other one from now on; and who was allowed by a step whose answer was lost,
    // was never told to be sent.
    parts: `, other AS MATERIALIZED (
         ${gate}
       ), moved AS MATERIALIZED (
         SELECT contact_id, address FROM other WHERE denial IS NULL
       ), placed AS (
         INSERT INTO chunk (dispatch_id, lane, contact_ids, size, due_at)
         SELECT $1, address_lane('${other}', address), array_agg(contact_id ORDER BY contact_id), count(*), $6
           FROM moved GROUP BY 2
         RETURNING id, contact_ids
       ), rehomed AS (
         UPDATE ${ledger} m
            SET chunk_id = placed.id, state = 'deferred', reason = '${HELD}', retry_at = $6,
                attempt = m.attempt - CASE WHEN m.state = 'attempting' THEN 1 ELSE 0 END
           FROM placed
          WHERE m.dispatch_id = $1 AND m.contact_id = ANY ($5::bigint[]) AND m.contact_id = ANY (placed.contact_ids)
            AND ((m.state = 'deferred' AND m.retry_at <= $6)
              OR (m.state = 'attempting' AND m.chunk_id = $2 AND m.lease_generation = $4 AND m.allowed_at <= $6))
       )`,
    others: `LEFT JOIN other o ON o.contact_id = a.id
          WHERE NOT EXISTS (SELECT FROM moved WHERE moved.contact_id = a.id)`,
    reason: `CASE WHEN d.denial IS NOT NULL THEN ${both} END`,
  };
}
