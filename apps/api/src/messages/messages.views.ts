import { type ConsentEvent } from '#consent';
import { formatId, type Locale } from '#common';
import { formatMessageId, type Message, reasonText, type Why } from '#sending';
import { toEventView } from '../consents/consents.views.js';
import { type MessageView, type WhyView } from './messages.schemas.js';

export function toMessageView(message: Message): MessageView {
  return {
    id: formatMessageId(message),
    contactId: formatId('contact', message.contactId),
    state: message.state,
    reason: message.reason,
    attempt: message.attempt,
    consentEventId: message.consentEventId === null ? null : formatId('consentEvent', message.consentEventId),
    basis: message.basis,
    lawPack: message.lawPack,
    relay: message.relay,
    providerMessageId: message.providerMessageId,
    reply: message.reply,
    allowedAt: message.allowedAt.toISOString(),
    settledAt: message.settledAt?.toISOString() ?? null,
    retryAt: message.retryAt?.toISOString() ?? null,
  };
}

export function toWhyView({ message, consent }: Why): WhyView {
  return {
    message: toMessageView(message),
    allowed: message.state !== 'skipped',
    words: { en: inWords(message, consent, 'en'), ar: inWords(message, consent, 'ar') },
    consent: consent && toEventView(consent),
  };
}

/** The answer to "why did I get this?" and "why did I not?", in a few sentences. */
function inWords(message: Message, consent: ConsentEvent | null, locale: Locale): string {
  const reason = message.reason === null ? '' : reasonText(message.reason, locale);
  const date = (time: Date): string =>
    time.toLocaleString(locale === 'ar' ? 'ar-u-nu-latn' : 'en-GB', {
      dateStyle: 'long',
      timeStyle: 'short',
      timeZone: 'UTC',
    });
  const evidence = consent && date(consent.occurredAt);
  if (message.state === 'skipped') {
    return locale === 'en'
      ? `Not sent. ${reason} Checked on ${date(message.allowedAt)} UTC.`
      : `لم تُرسل. ${reason} تم التحقق في ${date(message.allowedAt)} بالتوقيت العالمي.`;
  }
  return locale === 'en'
    ? `Allowed on ${date(message.allowedAt)} UTC, because the person agreed (${message.basis}) on ${evidence} UTC at ` +
        `${consent?.source}. Rules read: ${message.lawPack}. ${reason}`.trim()
    : `سُمح بها في ${date(message.allowedAt)} بالتوقيت العالمي، لأن الشخص وافق (${message.basis}) في ${evidence} ` +
        `عبر ${consent?.source}. القواعد المطبقة: ${message.lawPack}. ${reason}`.trim();
}
