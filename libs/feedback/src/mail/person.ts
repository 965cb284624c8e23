import { type MimeMail } from './mime-mail.js';
import { isSubjectOfAnswer } from './subject.js';

/** Names under which no person writes. */
const machine =
  /(?:^|[<"\s])(?:mailer-?daemon|mail-?daemon|mdaemon|post-?master|double-bounce|bounces?|mailer|mail-?system|mail\.?delivery\S{0,20}|microsoftexchange\S{0,60}|exchange|(?:no-?|do-?not-?)reply|abuse|fbl|feedback(?:loop)?|complaints?|arf|root|admin(?:istrator)?|sysadmin|hostmaster|daemon|smtp|mail-?server|e?mail-?gateway|gateway|nondeliver\S*|undeliver\S*|delivery\S*|notifications?|amavis\S{0,20}|virusalert|mailscanner)\S{0,40}@|mail delivery|delivery (?:sub)?system|(?:mail|system) administrator/i;
const reportPart =
  /^message\/(?:(?:global-)?delivery-status|feedback-report|(?:global-)?disposition-notification)$/;

/** What a server answered, as only servers quote it. */
const answer =
  /\b[45]\d\d[ -]{1,3}#?[45]\.\d{1,3}\.\d{1,3}\b|\b(?:host|server)\b.{0,120}\bsaid:|\bsmtp error\b/i;

/**
 * Whether nothing but words in a mail says that it is a server's report: no report by its type or parts, and no machine's
 * name or mark on it. People write of deliveries that failed, and attach logs.
 */
export function looksWrittenByPerson(mail: MimeMail, text: string): boolean {
  const header = (name: string): string =>
    mail.headers.get(name)?.[0]?.trim().toLowerCase().slice(0, 1_000) ?? '';
  if (/^multipart\/report\b|^message\//.test(header('content-type'))) return false;
  if (mail.parts.some(({ type }) => reportPart.test(type))) return false;
  if (
    header('x-failed-recipients') !== '' ||
    /^<?\s*>?$/.test(mail.headers.get('return-path')?.[0] ?? 'none')
  )
    return false;
  if (!['', 'no'].includes(header('auto-submitted'))) return false;
  if (!header('from').includes('@') || machine.test(header('from'))) return false;
  return isSubjectOfAnswer(header('subject')) || !answer.test(text.slice(0, 5_000));
}
