import { type MessageKey } from '#sending';
import { classifyBounce } from './bounce/classify-bounce.js';
import { type FailureClass, type NewFeedback, withoutAddresses } from './feedback.js';
import { type ProviderEvent } from './providers/index.js';

/** Words of providers for an address that takes no mail, and for one that did not this time; all else is a block. */
const deadWords =
  /permanent\/(?:general|noemail)|hard|invalid|bad ?mailbox|bounced address|undetermined\/no/i;
const softWords = /transient|soft|temporary|deferr|mailbox ?full|expired/i;
const reputationWords = /block|spam|policy|content|suppress|unsubscrib/i;

/**
 * What a provider's event means for a message. Opens and clicks are ours to measure, by consent; "accepted" we know from its
 * answer: those are no feedback.
 * @param key the message that an id of ours in the event proves; null: none
 * @returns null when there is nothing to keep
 */
export function fromProvider(event: ProviderEvent, key: MessageKey | null): NewFeedback | null {
  const told = meaningOf(event);
  if (!told) return null;
  return {
    ...{ source: event.provider, sourceEventId: event.eventId, key, occurredAt: event.occurredAt },
    ...{ status: event.status, detail: event.diagnostic && withoutAddresses(event.diagnostic) },
    heldFor: key ? null : 'UNPROVEN',
    ...told,
  };
}

type Told = Pick<NewFeedback, 'kind'> & Partial<NewFeedback>;

function meaningOf(event: ProviderEvent): Told | null {
  switch (event.kind) {
    case 'delivered':
      return { kind: 'delivered' };
    case 'deferred':
      return { kind: 'delayed' };
    case 'bounced':
    case 'rejected':
      return failure(event);
    case 'complained':
      return event.feedbackType === 'not-spam'
        ? { kind: 'not_spam', reason: 'not-spam' }
        : { kind: 'complained', reason: event.feedbackType ?? 'abuse' };
    case 'unsubscribed':
      return { kind: 'opted_out', reason: 'provider' };
    case 'accepted':
    case 'opened':
    case 'clicked':
    case 'other':
      return null;
  }
}

/** The server's words first; where there are none that say anything, the provider's. */
function failure({ status, code, diagnostic, bounceType, kind }: ProviderEvent): Told {
  const { class: judged, reason } = classifyBounce({ status, code, diagnostic });
  if (judged === 'auto_reply') return { kind: 'auto_replied', reason };
  const isSaid = judged !== 'none' && reason !== 'unknown';
  const bounceClass: FailureClass = isSaid ? judged : classOfWords(bounceType ?? '', kind);
  return { kind: 'bounced', bounceClass, reason: isSaid ? reason : (bounceType ?? reason).slice(0, 100) };
}

function classOfWords(words: string, kind: ProviderEvent['kind']): FailureClass {
  if (deadWords.test(words) && !reputationWords.test(words)) return 'hard';
  if (softWords.test(words)) return 'soft';
  return kind === 'bounced' && words === '' ? 'soft' : 'block';
}
