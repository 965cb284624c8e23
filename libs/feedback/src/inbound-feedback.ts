import { type MessageKey, type ReturnKind } from '#sending';
import { bounceFacts } from './bounce/bounce-facts.js';
import { classifyBounce } from './bounce/classify-bounce.js';
import { type HeldReason, type NewFeedback, withoutAddresses } from './feedback.js';
import {
  type ComplaintReport,
  type DeliveryReport,
  type InboundMail,
  type Reply,
  type ReportedRecipient,
} from './mail/inbound-mail.js';
import { type OptOut, optOutIn } from './mail/opt-out.js';
import { isSubjectOfAnswer } from './mail/subject.js';
import { UNSUBSCRIBE_MAIL } from './withdrawal-methods.js';

/** How a mail came, and what is proven of it. */
export interface Arrival {
  /** The same mail to the same address has the same one. */
  eventId: string;
  /** Empty: the null reverse-path. */
  envelopeFrom: string;
  /** What the address it came to proves; null: it came to an address of everybody's, such as `abuse@`. */
  address: { kind: ReturnKind; key: MessageKey } | null;
  /** The message that a Message-ID or link of ours in it proves. */
  quoted: MessageKey | null;
  receivedAt: Date;
}

/**
 * What a mail that came back tells, to be acted upon or held. A report acts when a token of ours proves which message it is
 * about; a bounce also has to come from a server, which says so by the null reverse-path (RFC 3464 section 2, RFC 5321
 * section 4.5.5): whoever was forwarded a mail could write the rest.
 */
export function toFeedback(mail: InboundMail, arrival: Arrival): NewFeedback[] {
  const key = arrival.address?.key ?? arrival.quoted;
  const base = {
    ...{ source: 'mail', sourceEventId: arrival.eventId, key, occurredAt: arrival.receivedAt },
    ...{ from: mail.from, subject: mail.subject.slice(0, 500) },
    heldFor: key ? null : ('UNPROVEN' as HeldReason),
  };
  switch (mail.kind) {
    case 'delivery_report': {
      // Our bounces go to the bounce address; the others are shown to whoever reads the mail.
      const isFromServer = arrival.envelopeFrom === '' && isExpected(arrival);
      const heldFor = base.heldFor ?? (isFromServer ? null : 'NOT_FROM_A_SERVER');
      return ofDelivery(mail).map(told => ({ ...base, heldFor, ...told }));
    }
    case 'complaint_report':
      return [{ ...base, ...ofComplaint(mail, base.heldFor) }];
    case 'automatic_reply':
      // Mail programs write these by themselves, and say so: to that address comes nothing else.
      if (arrival.address?.kind === 'unsubscribe') return [{ ...base, ...unsubscribed }];
      return [{ ...base, kind: 'auto_replied', reason: mail.sign, heldFor: null }];
    case 'unreadable':
      if (arrival.address?.kind === 'unsubscribe') return [{ ...base, ...unsubscribed }];
      return [{ ...base, kind: 'replied', reason: 'unreadable', heldFor: base.heldFor ?? 'AMBIGUOUS' }];
    case 'reply':
      return [{ ...base, ...ofReply(mail, arrival, base.heldFor) }];
  }
}

type Told = Pick<NewFeedback, 'kind'> & Partial<NewFeedback>;

/** Somebody wrote to the address of List-Unsubscribe (RFC 2369 section 3.2): what they wrote does not matter. */
const unsubscribed = { kind: 'opted_out', reason: UNSUBSCRIBE_MAIL } as const;

/** A report at an address that is not for reports has to return a mail of ours. */
function isExpected({ address, quoted }: Arrival): boolean {
  if (address === null || address.kind === 'bounce') return true;
  return quoted?.dispatchId === address.key.dispatchId && quoted.contactId === address.key.contactId;
}

/** One message has one recipient; a report of several comes from a server that passed it on to all of them. */
function ofDelivery({ recipients }: DeliveryReport): Told[] {
  const failed = recipients.filter(({ action }) => action === 'failed');
  const isThere = recipients.some(({ action }) => action !== 'failed' && action !== 'delayed');
  if (isThere) return [{ kind: 'delivered' }];
  if (failed.length === 0) return [{ kind: 'delayed' }];
  const bounces = failed.map(ofFailure);
  // Dead for one of those it was passed on to is not dead for all, nor while another is still being tried.
  const mildest = bounces.find(({ bounceClass }) => bounceClass !== 'hard');
  if (!mildest && failed.length < recipients.length) return [{ kind: 'delayed' }];
  return [mildest ?? (bounces[0] as Told)];
}

function ofFailure(recipient: ReportedRecipient): Told {
  const { status, diagnostic } = recipient;
  const text = diagnostic?.text ?? '';
  const verdict = classifyBounce(bounceFacts(recipient));
  const detail = withoutAddresses(text);
  if (verdict.class === 'auto_reply') return { kind: 'auto_replied', reason: verdict.reason, detail };
  if (verdict.class === 'none') return { kind: 'delayed', reason: verdict.reason, status, detail };
  return { kind: 'bounced', bounceClass: verdict.class, reason: verdict.reason, status, detail };
}

function ofComplaint({ feedbackType, incidents }: ComplaintReport, heldFor: HeldReason | null): Told {
  const reason = feedbackType;
  const detail = incidents > 1 ? `${incidents} complaints` : null;
  switch (feedbackType) {
    case 'abuse':
    case 'fraud':
    case 'opt-out':
    case 'opt-out-list':
      return { kind: 'complained', reason, detail };
    case 'not-spam':
      return { kind: 'not_spam', reason, detail };
    case 'auth-failure':
      return { kind: 'auth_failed', reason, detail };
    case 'virus':
    case 'other':
      return { kind: 'complained', reason, detail, heldFor: heldFor ?? 'AMBIGUOUS' };
  }
}

function ofReply(
  { newText, subject }: Reply,
  { address, envelopeFrom }: Arrival,
  heldFor: HeldReason | null,
): Told {
  if (address?.kind === 'unsubscribe') return unsubscribed;
  // A server that writes a report nobody can read.
  if (envelopeFrom === '')
    return { kind: 'bounced', detail: withoutAddresses(newText), heldFor: heldFor ?? 'AMBIGUOUS' };
  const { optOut, said } = optOutOf(newText, subject);
  if (optOut.kind === 'clear') return { kind: 'opted_out', reason: optOut.rule, detail: said };
  const isAmbiguous = optOut.kind === 'ambiguous';
  return {
    ...{ kind: 'replied', reason: optOut.rule, detail: said },
    heldFor: heldFor ?? (isAmbiguous ? 'AMBIGUOUS' : null),
  };
}

/** Who writes nothing says it in the subject, unless that is our own come back. */
function optOutOf(newText: string, subject: string): { optOut: OptOut; said: string } {
  const optOut = optOutIn(newText);
  if (optOut.kind !== 'none') return { optOut, said: newText };
  const own = isSubjectOfAnswer(subject) ? '' : subject.slice(0, 500);
  if (newText.trim() === '') return { optOut: optOutIn(own), said: own };
  // "unsubscribe" above a name, or above quite another matter: somebody looks.
  const above = optOutIn(own);
  return above.kind === 'clear'
    ? { optOut: { kind: 'ambiguous', rule: above.rule }, said: newText }
    : { optOut, said: newText };
}
