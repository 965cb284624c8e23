import { looksLikeBounce } from './delivery-report.js';
import { dateOf, type Field, fieldOf, readFieldBlocks, withoutType } from './header-fields.js';
import { type ComplaintReport, type ComplaintType, complaintTypes, type MailHead } from './inbound-mail.js';
import { isRedacted, reportedAddress } from './mail-addresses.js';
import { type MimeMail } from './mime-mail.js';
import { isSubjectOfAnswer } from './subject.js';

type OwnFields = Omit<ComplaintReport, 'kind' | keyof MailHead>;

const mostValues = 50;

/**
 * Reads a feedback report (RFC 5965). The part may be called anything, its version may be missing or any: what makes it
 * one is a Feedback-Type. Null when there is none. `fromPerson`: nothing marks the mail as a machine's, so that a field
 * alone makes no report of what a person wrote or attached.
 */
export function readComplaintReport(mail: MimeMail, text: string, fromPerson = false): OwnFields | null {
  const fields = fieldsOf(mail, text, fromPerson) ?? fieldsOfMicrosoft(mail);
  if (!fields) return null;
  const all = (name: string): string[] =>
    fields
      .filter(field => field.name === name)
      .map(({ value }) => value)
      .slice(0, mostValues);
  const bare = (name: string): string | null => {
    const value = withoutType(fieldOf(fields, name));
    return value === null || isRedacted(value) ? null : value;
  };
  const recipients = [...all('original-rcpt-to'), ...all('removal-recipient')].flatMap(
    value => reportedAddress(value) ?? [],
  );
  return {
    feedbackType: typeOf(fieldOf(fields, 'feedback-type') ?? ''),
    incidents: incidentsOf(fieldOf(fields, 'incidents')),
    originalMailFrom: reportedAddress(fieldOf(fields, 'original-mail-from')),
    originalRecipients: [...new Set(recipients.filter(address => address.includes('@')))],
    originalEnvelopeId: fieldOf(fields, 'original-envelope-id')?.slice(0, 200) ?? null,
    arrivalDate: dateOf(fieldOf(fields, 'arrival-date') ?? fieldOf(fields, 'received-date')),
    sourceIp: bare('source-ip'),
    reportingMta: bare('reporting-mta'),
    userAgent: fieldOf(fields, 'user-agent')?.slice(0, 500) ?? null,
    reportedDomains: all('reported-domain').map(value => value.toLowerCase().slice(0, 255)),
    authFailure: fieldOf(fields, 'auth-failure')?.toLowerCase().slice(0, 50) ?? null,
  };
}

/** Parts in which a complaint returns the message it is about. */
const returnedPart = /^(?:message\/(?:rfc822|global)(?:-headers)?|text\/rfc822-headers?)$/;
const microsoftSubject = /^\s{0,5}complaint about message from\b/i;
const microsoftField = 'x-hmxmroriginalrecipient';

/**
 * Microsoft's program (JMRP) sends no report: the message alone, as a part, with whom it was for in a header. Mail that
 * people have forwarded from there bears the header too, so that a bounce of it is none.
 */
function fieldsOfMicrosoft(mail: MimeMail): Field[] | null {
  const returned = mail.parts.find(({ type }) => returnedPart.test(type));
  const subject = mail.headers.get('subject')?.[0]?.slice(0, 300) ?? '';
  if (!returned || isSubjectOfAnswer(subject) || looksLikeBounce(mail)) return null;
  const inner = fieldOf(readFieldBlocks(returned.text, 1_000)[0] ?? [], microsoftField);
  const recipient = mail.headers.get(microsoftField)?.[0] ?? inner;
  if (recipient === null && !microsoftSubject.test(subject)) return null;
  const ip = /\bfrom\s{1,5}([0-9a-f.:]{3,45})\s*$/i.exec(subject)?.[1];
  return [
    { name: 'feedback-type', value: 'abuse' },
    ...(recipient ? [{ name: 'original-rcpt-to', value: recipient }] : []),
    ...(ip ? [{ name: 'source-ip', value: ip }] : []),
  ];
}

function fieldsOf(mail: MimeMail, text: string, fromPerson: boolean): Field[] | null {
  const right = mail.parts.filter(({ type }) => type === 'message/feedback-report');
  const wrong = mail.parts.filter(
    ({ type }) => !/^(?:message\/(?:rfc822|global)|text\/rfc822|image\/)/.test(type),
  );
  for (const part of [...right, ...wrong]) {
    const fields = readFieldBlocks(part.text).flat();
    if (fieldOf(fields, 'feedback-type') !== null && (!fromPerson || isWhole(fields, mail))) return fields;
  }
  // A report whose parts were lost: of a mail that calls itself one, or that has the field and what must stand with it.
  const type = mail.headers.get('content-type')?.[0] ?? '';
  const block = readFieldBlocks(text.slice(0, 50_000)).find(
    fields => fieldOf(fields, 'feedback-type') !== null,
  );
  const claimed = /report-type\s{0,5}=\s{0,5}"?feedback-report/i.test(type.slice(0, 1_000));
  if (!block || (fromPerson && !isWhole(block, mail))) return null;
  return claimed || fieldOf(block, 'user-agent') || fieldOf(block, 'version') ? block : null;
}

/** Of a mail that nothing else marks: fields that RFC 5965 requires, of a type it knows, or with what was complained of. */
function isWhole(fields: readonly Field[], mail: MimeMail): boolean {
  if (isSubjectOfAnswer(mail.headers.get('subject')?.[0] ?? '') && mail.headers.has('in-reply-to'))
    return false;
  const known = typeOf(fieldOf(fields, 'feedback-type') ?? '') !== 'other';
  const returned = mail.parts.some(({ type }) => returnedPart.test(type));
  return (
    known && (returned || (fieldOf(fields, 'user-agent') !== null && fieldOf(fields, 'version') !== null))
  );
}

/** In any case, with or without a comment behind; what nobody registered is `other`. */
function typeOf(value: string): ComplaintType {
  const word = /[a-z][a-z-]{0,40}/.exec(value.toLowerCase())?.[0] ?? '';
  if (word === 'optout') return 'opt-out';
  return complaintTypes.find(type => type === word) ?? 'other';
}

function incidentsOf(value: string | null): number {
  const count = Number(/\d{1,9}/.exec((value ?? '').slice(0, 100))?.[0] ?? 1);
  return Math.min(Math.max(count, 1), 1_000_000);
}
