import { formatId } from '#common';
import { formatMessageId, type Message, reasonText, type Resendable } from '#sending';
import { type UnknownView } from './unknowns.schemas.js';

export function toUnknownView(message: Message, resend: Resendable): UnknownView {
  const { reason } = message;
  return {
    id: formatMessageId(message),
    contactId: formatId('contact', message.contactId),
    attempt: message.attempt,
    reason,
    words: {
      en: reason === null ? '' : reasonText(reason, 'en'),
      ar: reason === null ? '' : reasonText(reason, 'ar'),
    },
    relay: message.relay,
    reply: message.reply,
    // A transport says "unknown" only then; of a worker that died nothing is known.
    bodyEnded: reason === 'NO_ANSWER' ? true : null,
    allowedAt: message.allowedAt.toISOString(),
    settledAt: message.settledAt?.toISOString() ?? null,
    resend: resend.possible
      ? { possible: true, until: resend.until.toISOString(), code: null, message: null }
      : { possible: false, until: null, code: resend.code, message: resend.message },
  };
}
