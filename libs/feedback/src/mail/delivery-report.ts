import { explanationsIn, recipientsInText, splitBounceText } from './bounce-text.js';
import { type DeliveryFields, readDeliveryFields } from './delivery-fields.js';
import { dateOf, fieldOf, withoutType } from './header-fields.js';
import { type DeliveryReport, type ReportedRecipient } from './inbound-mail.js';
import { addressesIn } from './mail-addresses.js';
import { type MimeMail } from './mime-mail.js';

type OwnFields = Pick<
  DeliveryReport,
  'source' | 'reportingMta' | 'originalEnvelopeId' | 'arrivalDate' | 'recipients'
>;

/** From whom only machines write. */
const machine =
  /^"?[^<@]{0,100}<?(?:mailer-?daemon|mail-?daemon|mdaemon|post-?master|postmast|double-bounce|mailer|bounces?|mail-?system|mailsystem|maildelivery|mail\.?delivery\S{0,20}|microsoftexchange\S{0,60}|exchange\S{0,20})(?:[@>\s(]|$)|mail delivery (?:sub)?system|mail administrator|system administrator|delivery (?:sub)?system/i;
const subjects =
  /undeliver|undelivered|non.?deliver|nondeliver|delivery (?:status|failure|failed|problem|error|report|incomplete|delayed|notification)|returned (?:mail|to sender)|failure notice|mail (?:delivery|system error|could not)|delivery to .{1,80} failed|could not (?:be )?deliver|couldn['’]t be delivered|message (?:delivery|undeliver|not delivered)|unzustellbar|nicht zugestellt|zustellung|non remis|échec de (?:la )?(?:remise|distribution)|no (?:se ha podido |se pudo )?entrega|no entregado|não entreg|falha na entrega|mancat[oa] (?:recapito|consegna)|недостав|не доставлен|退信|退件|配信|送信できません|لم يتم (?:ال)?تسليم|تعذر (?:ال)?تسليم|فشل (?:ال)?تسليم|teslim edilemedi|onbestelbaar|niet bezorgd/i;
/** How the texts of servers without reports begin. */
const dialects =
  /qmail-send program|message was created automatically by (?:the )?(?:mail|the)|mail (?:delivery )?(?:system|software|program) at|couldn['’]?t be delivered|could not be delivered|was(?:n['’]t| not) delivered|unable to deliver|delivery (?:to the following|has failed|failed|failure)|undeliverable|permanent (?:fatal )?error|did not reach the following|the following (?:address|recipient|message|organi)|transcript of session|address not found|письмо создано автоматически|nicht zugestellt|n['’]a pas pu être|no se pudo entregar|não (?:pôde|foi) (?:ser )?entregue|以下(?:的)?收件人|无法(?:投递|送达|发送)|لم (?:يتم|نتمكن|تصل)|تعذر (?:تسليم|توصيل)/i;

/** Whether a mail comes from a machine that tells what became of another. Not proof: a hint which way to read it. */
export function looksLikeBounce(mail: MimeMail): boolean {
  const header = (name: string): string => mail.headers.get(name)?.[0]?.slice(0, 1_000) ?? '';
  if (header('x-failed-recipients') !== '') return true;
  if (/report-type\s{0,5}=\s{0,5}"?(?:global-)?delivery-status/i.test(header('content-type'))) return true;
  const subject = subjects.test(header('subject'));
  const text =
    dialects.test((mail.text ?? '').slice(0, 3_000)) || dialects.test((mail.html ?? '').slice(0, 20_000));
  if (
    machine.test(header('from')) ||
    ['', '<>'].includes((mail.headers.get('return-path')?.[0] ?? 'none').replace(/\s/g, ''))
  )
    return subject || text;
  return subject && text && !/^\s{0,5}(?:re|fwd?|aw|wg|tr|رد|ردّ)\s{0,5}:/i.test(header('subject'));
}

/** Reads what became of a mail, by fields where there are some and by the text where not; null when it is no such mail. */
export function readDeliveryReport(mail: MimeMail, text: string): OwnFields | null {
  const fields = fieldsOf(mail, text);
  if (!fields && !looksLikeBounce(mail)) return null;
  const { own } = splitBounceText(text);
  const failed = addressesIn((mail.headers.get('x-failed-recipients') ?? []).join(' '));
  // The bounce is addressed to us; where our own address stands in its text, it does not mean us.
  const ours = addressesIn((mail.headers.get('to') ?? []).join(' '));
  if (!fields) {
    const recipients = recipientsInText(own, failed, ours);
    return { source: 'text', reportingMta: null, originalEnvelopeId: null, arrivalDate: null, recipients };
  }
  return {
    source: 'fields',
    reportingMta: withoutType(fieldOf(fields.message, 'reporting-mta')),
    originalEnvelopeId: fieldOf(fields.message, 'original-envelope-id')?.slice(0, 200) ?? null,
    arrivalDate: dateOf(fieldOf(fields.message, 'arrival-date')),
    recipients: fields.recipients.map(recipient => explained(recipient, own, fields.recipients.length)),
  };
}

/** The part that should hold the fields; else any part that does; else the text, of a machine. */
function fieldsOf(mail: MimeMail, text: string): DeliveryFields | null {
  const right = mail.parts.filter(({ type }) => /^message\/(?:global-)?delivery-status$/.test(type));
  const wrong = mail.parts.filter(
    ({ type }) => !/^(?:message\/(?:rfc822|global|disposition)|text\/rfc822|image\/)/.test(type),
  );
  for (const part of [...right, ...wrong]) {
    const fields = /^[ \t]{0,20}(?:(?:final|original)-recipient|(?:status|action)[ \t]{0,20}:)/im.test(
      part.text.slice(0, 50_000),
    )
      ? readDeliveryFields(part.text)
      : null;
    if (fields && (right.includes(part) || fields.recipients.some(({ finalRecipient }) => finalRecipient)))
      return fields;
  }
  if (!/(?:^|[\r\n])final-recipient[ \t]{0,20}:/i.test(text) || !looksLikeBounce(mail)) return null;
  return readDeliveryFields(
    text.slice(
      Math.max(0, text.search(/(?:^|[\r\n])(?:reporting-mta|(?:original|final)-recipient)[ \t]{0,20}:/i)),
    ),
  );
}

/** Many servers put the reason into the text for people only, or say it better there. */
function explained(recipient: ReportedRecipient, own: string, recipients: number): ReportedRecipient {
  const addresses = [recipient.finalRecipient, recipient.originalRecipient];
  const text = explanationsIn(own).find(({ address }) => addresses.includes(address))?.text;
  const explanation = (text ?? (recipients === 1 ? own.slice(0, 2_000) : '')).trim();
  return { ...recipient, explanation: explanation === '' ? null : explanation };
}
