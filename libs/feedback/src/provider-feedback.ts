import { type MessageKey } from '#sending';
import { classifyBounce } from './bounce/classify-bounce.js';
import { classifyRelayRefusal } from './bounce/relay-verdict.js';
import { type FailureClass, type NewFeedback, withoutAddresses } from './feedback.js';
import { type ProviderEvent } from './providers/index.js';

/** Words of providers for an address that takes no mail, and for one that did not this time; all else is a block. */
const deadWords = /permanent\/(?:general|noemail)|hard|invalid|bad ?mailbox|undetermined\/no/i;
const softWords = /transient|soft|temporary|deferr|mailbox ?full|expired|too ?old|\/old$/i;
const mailWords = /block|spam|policy|content|attachment|too ?large|suppress|unsubscrib/i;
/** Of addresses a provider does not try any more, since it knows them: dead ones, and those of people who left. */
const knownDead =
  /\bbounced address|suppress-bounce|(?:^|\/)invalid(?: e-?mail)?(?: address)?(?:$|\/)|invalid[_ ]e?-?mail|bad ?email ?address/i;
const leftWords =
  /unsubscribed[ -]?(?:address|recipient|user|contact|email)|suppress-unsubscribe|(?:is|was|has|have|are) unsubscribed|opted[- ]?out/i;

/** The reason of what a provider did not send: no server spoke, so that it says nothing of the lane it would have taken. */
export const NOT_SENT = 'not_sent';

/**
 * What a provider's event means for a message. Opens and clicks are ours to measure, by consent; "accepted" we know from its
 * answer: those are no feedback.
 * @param key the message that an id of ours in the event proves; null: none
 * @returns null when there is nothing to keep
 */
export function fromProvider(event: ProviderEvent, key: MessageKey | null): NewFeedback | null {
  const told = meaningOf(event, key);
  if (!told) return null;
  return {
    ...{ source: event.provider, sourceEventId: event.eventId, key, occurredAt: event.occurredAt },
    ...{ status: event.status, detail: event.diagnostic && withoutAddresses(event.diagnostic) },
    heldFor: key ? null : 'UNPROVEN',
    ...told,
  };
}

type Told = Pick<NewFeedback, 'kind'> & Partial<NewFeedback>;

function meaningOf(event: ProviderEvent, key: MessageKey | null): Told | null {
  switch (event.kind) {
    case 'delivered':
      return { kind: 'delivered' };
    case 'deferred':
      return { kind: 'delayed' };
    case 'bounced':
      return failure(event);
    case 'rejected':
      return notSent(event);
    case 'complained':
      return complaint(event.feedbackType ?? 'abuse', key);
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
function failure({ status, code, diagnostic, bounceType }: ProviderEvent): Told {
  // Mailgun says so also under another reason; no server does.
  if (/previously bounced address/i.test(diagnostic ?? '')) return { ...deadAlready };
  const { class: judged, reason } = classifyBounce({ status, code, diagnostic });
  if (judged === 'auto_reply') return { kind: 'auto_replied', reason };
  const isSaid = judged !== 'none' && reason !== 'unknown';
  const bounceClass: FailureClass = isSaid ? judged : classOfWords(bounceType ?? '');
  return { kind: 'bounced', bounceClass, reason: isSaid ? reason : (bounceType ?? reason).slice(0, 100) };
}

function classOfWords(words: string): FailureClass {
  if (mailWords.test(words)) return 'block';
  if (deadWords.test(words)) return 'hard';
  return softWords.test(words) || words === '' ? 'soft' : 'block';
}

const deadAlready: Told = { kind: 'bounced', bounceClass: 'hard', reason: 'no_such_mailbox' };

function isKnownDead({ diagnostic, bounceType }: ProviderEvent): boolean {
  return knownDead.test((diagnostic ?? '').trim()) || knownDead.test(bounceType ?? '');
}

/** What the provider itself refused: for an address it knows, or for the mail, our account, a template of ours. */
function notSent(event: ProviderEvent): Told {
  const { status, code, diagnostic, bounceType } = event;
  if (leftWords.test(`${diagnostic ?? ''} ${bounceType ?? ''}`))
    return { kind: 'opted_out', reason: 'provider' };
  if (isKnownDead(event)) return { ...deadAlready };
  const { class: judged, reason } = classifyRelayRefusal({ status, code, diagnostic });
  if (judged === 'hard') return { kind: 'bounced', bounceClass: 'hard', reason };
  const detail = diagnostic === null ? bounceType : withoutAddresses(diagnostic);
  return { kind: 'bounced', bounceClass: 'block', reason: NOT_SENT, detail };
}

/** By its type (RFC 5965, RFC 6591), as of a report by mail. */
function complaint(reason: string, key: MessageKey | null): Told {
  switch (reason) {
    case 'not-spam':
      return { kind: 'not_spam', reason };
    case 'auth-failure':
      return { kind: 'auth_failed', reason };
    case 'virus':
    case 'other':
      return { kind: 'complained', reason, heldFor: key ? 'AMBIGUOUS' : 'UNPROVEN' };
    default:
      return { kind: 'complained', reason };
  }
}
