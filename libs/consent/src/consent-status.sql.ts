/**
 * SQL for what the ledger says of one contact, channel and topic, as a text: `granted`, `withdrawn`, `expired`,
 * `unknown` (imported without evidence) or `none`. For segments and views; whether a message may go is the gate's word.
 * @param contact SQL of the contact's id, e.g. `c.id`; the others are SQL too, usually placeholders like `$3`.
 */
export function consentStatusSql(contact: string, channel: string, topic: string, now: string): string {
  return `COALESCE((
    SELECT CASE WHEN s.status = 'granted' AND s.expires_at <= ${now}::timestamptz THEN 'expired' ELSE s.status END
      FROM consent_state s
     WHERE s.contact_id = ${contact} AND s.channel = ${channel}::text AND s.topic_id = ${topic}::bigint), 'none')`;
}
