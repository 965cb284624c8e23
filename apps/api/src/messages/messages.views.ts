import { formatId } from '#common';
import { lawText, readLaws } from '#consent';
import { formatMessageId, type Message, suppressionText, type Why, whyText } from '#sending';
import { toEventView } from '../consents/consents.views.js';
import { senderName } from '../public/sender-view.js';
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

export function toWhyView(why: Why): WhyView {
  const { message, dispatch, sender, topic, consent, purge, suppression, evidence = [] } = why;
  return {
    message: toMessageView(message),
    allowed: message.state !== 'skipped',
    words: { en: whyText(why, 'en'), ar: whyText(why, 'ar') },
    dispatch: {
      id: formatId('dispatch', dispatch.id),
      name: dispatch.name,
      channel: message.channel ?? dispatch.channel,
      messageClass: dispatch.messageClass,
    },
    sender: { id: formatId('sender', sender.id), name: senderName(sender) },
    topic: { id: formatId('topic', topic.id), name: { ...topic.name } },
    law: readLaws(message.lawPack ?? '').map(law => ({
      ...law,
      words: { en: lawText(law, 'en'), ar: lawText(law, 'ar') },
    })),
    consent: consent && toEventView(consent),
    purged: purge && { reason: purge.reason, at: purge.purgedAt.toISOString() },
    suppression: suppression && {
      reason: suppression.reason,
      since: suppression.createdAt.toISOString(),
      words: { en: suppressionText(suppression.reason, 'en'), ar: suppressionText(suppression.reason, 'ar') },
    },
    evidence: evidence.map(one => ({
      ...one,
      occurredAt: one.occurredAt.toISOString(),
      recordedAt: one.recordedAt.toISOString(),
    })),
  };
}
