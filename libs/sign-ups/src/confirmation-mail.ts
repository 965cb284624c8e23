import { type Locale } from '#common';
import { type MailKind, type Sender } from '#consent';
import { type OutgoingEmail } from '#transports';

/** What a confirmation mail speaks of. Nothing that was typed into the form but the address is in it: a stranger may have typed it. */
export interface ConfirmationMailFacts {
  kind: MailKind;
  sender: Sender;
  to: string;
  locale: Locale;
  topics: string[];
  requestedAt: Date;
  expiresAt: Date;
  url: string;
  messageId: string;
  now: Date;
}

const words = {
  en: {
    dir: 'ltr',
    start: 'left',
    subject: (brand: string) => `Is this your address? ${brand} asks you to confirm`,
    reminder: (brand: string) => `Still waiting for your answer: ${brand} asks you to confirm`,
    asked: (brand: string, time: string) =>
      `On ${time}, somebody, we hope it was you, entered this address in a form of ${brand} and asked for messages about:`,
    again: 'We wrote to you about it once before, and will not do so again.',
    ask: 'If it was you, open this page and press the button there:',
    button: 'Look and confirm',
    ignore: 'If it was not you, you need not do anything: without your confirmation nothing is sent to you.',
    expires: (time: string) => `The link works until ${time}.`,
    registration: 'Registration number',
    privacy: 'Privacy notice',
  },
  ar: {
    dir: 'rtl',
    start: 'right',
    subject: (brand: string) => `هل هذا عنوانك؟ ${brand} تطلب منك التأكيد`,
    reminder: (brand: string) => `ما زلنا في انتظار ردّك: ${brand} تطلب منك التأكيد`,
    asked: (brand: string, time: string) =>
      `بتاريخ ${time} أدخل أحدهم، ولعله أنت، هذا العنوان في نموذج لدى ${brand}، وطلب تلقي رسائل عن:`,
    again: 'سبق أن راسلناك في هذا الأمر مرة واحدة، ولن نراسلك فيه بعد الآن.',
    ask: 'إن كنت صاحب الطلب فافتح هذه الصفحة واضغط الزر فيها:',
    button: 'الاطلاع والتأكيد',
    ignore: 'وإن لم يكن الطلب منك فلا يلزمك شيء، فبدون تأكيدك لن يُرسَل إليك شيء.',
    expires: (time: string) => `يعمل الرابط حتى ${time}.`,
    registration: 'رقم السجل',
    privacy: 'سياسة الخصوصية',
  },
} as const;

/**
 * The mail that asks whoever reads an address to confirm. It carries no marketing: no offer, no picture, no link but
 * the one. It names who asks, when, and what happens when it is ignored.
 */
export function confirmationMail(facts: ConfirmationMailFacts): OutgoingEmail {
  const { kind, sender, to, locale, requestedAt, expiresAt, url, now } = facts;
  const say = words[locale];
  const brand = sender.tradingName ?? sender.legalName ?? sender.fromName ?? '';
  const from = sender.fromEmail ?? '';
  const asked = timeInWords(requestedAt, locale, sender.timeZone);
  const expires = say.expires(timeInWords(expiresAt, locale, sender.timeZone));
  const identity = identityOf(sender, say.registration);
  const isReminder = kind === 'reminder';
  return {
    from: { name: sender.fromName, address: from },
    envelopeFrom: from,
    to: { name: null, address: to },
    replyTo: sender.replyTo ?? sender.contactEmail,
    subject: isReminder ? say.reminder(isolated(brand)) : say.subject(isolated(brand)),
    text: [
      ...(isReminder ? [say.again] : []),
      `${say.asked(isolated(brand), isolated(asked))}\n${facts.topics.map(topic => `- ${isolated(topic)}`).join('\n')}`,
      `${say.ask}\n${url}`,
      say.ignore,
      expires,
      [
        ...identity.map(isolated),
        ...(sender.privacyUrl ? [`${say.privacy}: ${sender.privacyUrl}`] : []),
      ].join('\n'),
    ].join('\n\n'),
    html: html(facts, {
      dir: say.dir,
      start: say.start,
      brand: bdi(brand),
      again: isReminder ? `<p style="${PARAGRAPH}">${say.again}</p>` : '',
      asked: say.asked(bdi(brand), bdi(asked)),
      ask: say.ask.replace(/:$/, '.'),
      button: say.button,
      ignore: say.ignore,
      expires,
      identity: identity.map(bdi).join('<br>'),
      privacy: sender.privacyUrl
        ? `<br><a href="${escaped(sender.privacyUrl)}" style="color:#5e544a">${say.privacy}</a>`
        : '',
    }),
    messageId: facts.messageId,
    date: now,
    listUnsubscribe: null,
    listId: null,
    feedbackId: null,
    autoSubmitted: true,
    language: locale,
  };
}

const PARAGRAPH = 'margin:0 0 18px';

type Parts = Record<
  | 'again'
  | 'ask'
  | 'asked'
  | 'brand'
  | 'button'
  | 'dir'
  | 'expires'
  | 'identity'
  | 'ignore'
  | 'privacy'
  | 'start',
  string
>;

function html({ locale, topics, url }: ConfirmationMailFacts, parts: Parts): string {
  const items = topics.map(topic => `<li style="margin:0 0 6px">${bdi(topic)}</li>`).join('');
  return `<!doctype html>
<html lang="${locale}" dir="${parts.dir}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light"></head>
<body style="margin:0;padding:0;background:#f5f0e7">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="background:#f5f0e7"><tr><td align="center" style="padding:32px 16px">
<p style="margin:0 0 16px;font:600 16px/1.5 'Segoe UI',Tahoma,Arial,sans-serif;color:#2b2520">${parts.brand}</p>
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" dir="${parts.dir}" style="max-width:560px;background:#fffdf8;border:1px solid #e2d8c8;border-radius:16px"><tr>
<td align="${parts.start}" style="padding:32px 28px;font:16px/1.7 'Segoe UI',Tahoma,Arial,sans-serif;color:#2b2520;text-align:${parts.start}">
${parts.again}
<p style="${PARAGRAPH}">${parts.asked}</p>
<ul style="margin:0 0 18px;padding:0 22px;font-weight:600">${items}</ul>
<p style="${PARAGRAPH}">${parts.ask}</p>
<p style="margin:0 0 24px"><a href="${escaped(url)}" style="display:inline-block;padding:14px 28px;background:#1d5b4c;color:#ffffff;border-radius:12px;font-weight:600;text-decoration:none">${parts.button}</a></p>
<p style="${PARAGRAPH}">${parts.ignore}</p>
<p style="margin:0;color:#5e544a">${parts.expires}</p>
</td></tr></table>
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" dir="${parts.dir}" style="max-width:560px"><tr>
<td align="${parts.start}" style="padding:20px 28px 0;font:14px/1.7 'Segoe UI',Tahoma,Arial,sans-serif;color:#5e544a;text-align:${parts.start}">${parts.identity}${parts.privacy}</td></tr></table>
</td></tr></table>
</body></html>`;
}

function identityOf(sender: Sender, registration: string): string[] {
  const { legalName, registrationNumber, registrationPlace, registeredAddress, contactEmail } = sender;
  return [
    legalName,
    registrationNumber && `${registration} ${registrationNumber}`,
    registrationPlace,
    registeredAddress,
    contactEmail,
  ].filter((part): part is string => typeof part === 'string' && part.trim() !== '');
}

/** With the name of the time zone: the reader may be in another than the sender. */
function timeInWords(time: Date, locale: Locale, timeZone: string): string {
  const tag = locale === 'ar' ? 'ar-u-ca-gregory-nu-latn' : 'en-GB';
  const options: Intl.DateTimeFormatOptions = {
    ...({ day: 'numeric', month: 'long', year: 'numeric' } as const),
    ...({ hour: '2-digit', minute: '2-digit', timeZoneName: 'short' } as const),
  };
  try {
    return new Intl.DateTimeFormat(tag, { ...options, timeZone }).format(time);
  } catch {
    return new Intl.DateTimeFormat(tag, { ...options, timeZone: 'UTC' }).format(time);
  }
}

/** First-strong isolate (UAX #9), so that a Latin name does not reorder an Arabic line, nor the other way round. */
function isolated(text: string): string {
  return `\u2068${text.replace(/[\u202a-\u202e\u2066-\u2069]/g, '')}\u2069`;
}

function bdi(text: string): string {
  return `<bdi>${escaped(text)}</bdi>`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, character => `&#${character.charCodeAt(0)};`);
}
