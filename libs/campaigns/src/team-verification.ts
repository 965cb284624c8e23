import { type Locale } from '#common';
import { type Sender } from '#consent';
import { programmeName } from '#templates';
import { type OutgoingEmail } from '#transports';

const words = {
  en: {
    dir: 'ltr',
    subject: 'Confirm this address for test mails',
    why: (brand: string) =>
      `Somebody at ${brand} wants to send test mails to this address before they go to customers.`,
    ask: 'If that is right, open this link and press the button:',
    ignore: 'If it is not, ignore this mail: nothing more will come.',
    button: 'Confirm the address',
  },
  ar: {
    dir: 'rtl',
    subject: 'أكِّد هذا العنوان لتلقي الرسائل التجريبية',
    why: (brand: string) =>
      `يرغب أحد العاملين لدى ${brand} في إرسال رسائل تجريبية إلى هذا العنوان قبل إرسالها إلى العملاء.`,
    ask: 'إن كان ذلك صحيحًا فافتح هذا الرابط واضغط الزر:',
    ignore: 'وإن لم يكن صحيحًا فتجاهل هذه الرسالة، ولن تصلك رسالة أخرى.',
    button: 'تأكيد العنوان',
  },
} as const;

const texts: Record<Locale, (brand: string, url: string) => string> = {
  en: (brand, url) =>
    `${brand}: somebody there wants to send test messages to this number. If that is right, open ${url} and press the button. If not, do nothing: nothing more will come.`,
  ar: (brand, url) =>
    `${brand}: يرغب أحد العاملين هناك في إرسال رسائل تجريبية إلى هذا الرقم. إن كان ذلك صحيحًا فافتح ${url} واضغط الزر، وإلا فلا يلزمك شيء ولن تصلك رسالة أخرى.`,
};

/** The SMS that asks a member of the team to confirm a number. It carries no marketing. */
export function verificationText(sender: Sender, url: string): string {
  return texts[sender.defaultLocale](programmeName(sender), url);
}

/** The mail that asks a member of the team to confirm an address. It carries no marketing. */
export function verificationMail(
  sender: Sender,
  to: string,
  url: string,
  messageId: string,
  now: Date,
): OutgoingEmail {
  const language: Locale = sender.defaultLocale;
  const { dir, subject, why, ask, ignore, button } = words[language];
  const brand = sender.tradingName ?? sender.legalName ?? sender.fromName ?? 'Ithn';
  const fromEmail = sender.fromEmail ?? '';
  return {
    from: { name: sender.fromName, address: fromEmail },
    envelopeFrom: fromEmail,
    to: { name: null, address: to },
    replyTo: sender.replyTo ?? sender.contactEmail,
    subject,
    text: `${why(brand)}\n\n${ask}\n${url}\n\n${ignore}\n`,
    html: `<!doctype html><html lang="${language}" dir="${dir}"><body style="font:16px/1.6 system-ui,sans-serif;margin:24px">
<p>${escapeHtml(why(brand))}</p><p>${ask}</p>
<p><a href="${escapeHtml(url)}" style="display:inline-block;padding:12px 20px;background:#14532d;color:#fff;border-radius:8px;text-decoration:none">${button}</a></p>
<p>${ignore}</p></body></html>`,
    messageId,
    date: now,
    listUnsubscribe: null,
    listId: null,
    feedbackId: null,
    autoSubmitted: true,
    language,
  };
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, character => `&#${character.charCodeAt(0)};`);
}
