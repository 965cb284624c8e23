import { signOfAutomaticReply } from './automatic-reply.js';
import { readComplaintReport } from './complaint-report.js';
import { readDeliveryReport } from './delivery-report.js';
import { dateOf } from './header-fields.js';
import { textOfHtml } from './html-text.js';
import { type InboundMail, type MailHead } from './inbound-mail.js';
import { addressesIn } from './mail-addresses.js';
import { type MimeMail, parseMime, type ReadingLimits, readingLimits } from './mime-mail.js';
import { newTextOf } from './new-text.js';
import { looksWrittenByPerson } from './person.js';
import { messageIdsIn, TraceCollector } from './returned-message.js';

/**
 * Reads a mail that came back to us: a delivery report, a complaint, a machine's answer or a person's reply. Never
 * throws for what is in the mail; reads no more of it than `limits`. Nothing it returns is proof (see InboundMail).
 */
export async function readInboundMail(
  raw: Uint8Array,
  limits: Partial<ReadingLimits> = {},
): Promise<InboundMail> {
  const within = { ...readingLimits, ...limits };
  let mail: MimeMail;
  try {
    mail = await parseMime(raw, within);
  } catch (error) {
    return {
      kind: 'unreadable',
      reason: error instanceof Error ? error.message.slice(0, 200) : 'unknown',
      ...emptyHead(raw, within),
    };
  }
  const text = readableText(mail, within);
  const fromPerson = looksWrittenByPerson(mail, text);
  const complaint = readComplaintReport(mail, text, fromPerson);
  if (complaint) return { kind: 'complaint_report', ...headOf(mail, text, true), ...complaint };
  const report = fromPerson ? null : readDeliveryReport(mail, text);
  if (report) return { kind: 'delivery_report', ...headOf(mail, text, true), ...report };

  const newText = newTextOf(text);
  const sign = signOfAutomaticReply(mail, newText);
  const head = headOf(mail, text, false);
  return sign
    ? { kind: 'automatic_reply', ...head, sign, text: newText }
    : { kind: 'reply', ...head, newText };
}

/** The text part, or the HTML as text where there is none that says anything. */
function readableText(mail: MimeMail, limits: ReadingLimits): string {
  if (mail.text !== null && mail.text.trim() !== '') return mail.text;
  return mail.html === null ? '' : textOfHtml(mail.html, limits.textLength);
}

function headOf(mail: MimeMail, text: string, report: boolean): MailHead {
  const all = (name: string): string => (mail.headers.get(name) ?? []).slice(0, 20).join(' ');
  const traces = new TraceCollector();
  traces.addIds(`${all('in-reply-to')} ${all('references')}`);
  for (const name of [
    'x-original-message-id',
    'original-message-id',
    'x-ms-exchange-parent-message-id',
    'x-google-original-message-id',
  ])
    traces.addIds(all(name));
  for (const part of mail.parts) {
    if (/^(?:message\/(?:rfc822|global)(?:-headers)?|text\/rfc822-headers?)$/.test(part.type))
      traces.addReturned(part.text);
    else if (report || part.type.endsWith('disposition-notification')) traces.addQuoting(part.text);
  }
  // What a server returned in its text; a person's reply quotes no headers that would be worth anything.
  if (report) traces.addQuoting(text);
  return {
    from: mail.from,
    to: addressesIn(`${all('to')} ${all('cc')}`),
    subject: (mail.headers.get('subject')?.[0] ?? '').trim().slice(0, 1_000),
    date: dateOf(mail.headers.get('date')?.[0]),
    messageId: messageIdsIn(all('message-id'), 1)[0] ?? null,
    ...traces.traces(),
    truncated: mail.truncated,
  };
}

function emptyHead(raw: Uint8Array, limits: ReadingLimits): MailHead {
  return {
    ...{ from: null, to: [], subject: '', date: null, messageId: null, truncated: raw.length > limits.bytes },
    ...{ references: [], returnedRecipients: [], returnedUnsubscribeUrls: [] },
  };
}
