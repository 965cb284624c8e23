import { type Locale } from '#common';
import { escapeHtml, programmeName, spokenLocale, type SenderIdentity } from '#templates';

/** What is answered to whom asked for something. */
export type AnsweredCommand = 'stop' | 'start' | 'help';

/**
 * One confirmation and no marketing (47 CFR 64.1200(a)(12)); who we are, how to get help and how to stop (CTIA Messaging
 * Principles 5.2.1).
 */
const words: Record<Locale, Record<AnsweredCommand, (contact: string) => string>> = {
  en: {
    stop: () => 'You are unsubscribed and will get no more messages.',
    start: () => 'You will get our messages again. Reply STOP to opt out.',
    help: contact => `${contact === '' ? '' : `For help: ${contact}. `}Reply STOP to opt out.`,
  },
  ar: {
    stop: () => 'تم إلغاء اشتراكك ولن تصلك رسائل أخرى.',
    start: () => 'ستصلك رسائلنا من جديد. للإيقاف أرسل إيقاف.',
    help: contact => `${contact === '' ? '' : `للمساعدة: ${contact}\n`}للإيقاف أرسل إيقاف.`,
  },
};

/** The text that confirms what was asked for. */
export function answerText(command: AnsweredCommand, sender: SenderIdentity, locale: Locale): string {
  const name = programmeName(sender);
  const contact = [sender.contactEmail, sender.phone, sender.website]
    .filter(part => part !== null && part.trim() !== '')
    .slice(0, 2)
    .join(locale === 'ar' ? '، ' : ', ');
  return `${name === '' ? '' : `${name}: `}${words[locale][command](contact)}`;
}

/** The person's own language, else that of what they wrote, else the sender's. */
export function answerLocale(person: string | null, written: string, sender: Locale): Locale {
  const spoken = spokenLocale(person);
  if (spoken) return spoken;
  if (/\p{Script=Arabic}/u.test(written)) return 'ar';
  return /\p{Script=Latin}/u.test(written) ? 'en' : sender;
}

/** What Twilio does by itself: the whole message is one of its words (twilio.com/docs/messaging/features/opt-out). */
const answeredByProvider =
  /^\s*(?:stop|stopall|unsubscribe|cancel|end|quit|optout|revoke|start|yes|unstop|help|info)\s*$/i;

export function isAnsweredByProvider(text: string): boolean {
  return answeredByProvider.test(text);
}

/** What a call about a message that came is answered with (TwiML); null: no message back. */
export function twiml(text: string | null): string {
  const inner = text === null ? '' : `<Message>${escapeHtml(text)}</Message>`;
  return `<?xml version="1.0" encoding="UTF-8"?>${inner === '' ? '<Response/>' : `<Response>${inner}</Response>`}`;
}
