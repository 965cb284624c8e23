import { type Channel } from '#common';
import { type MessageKey } from '#sending';
import { type BounceClass } from './bounce/bounce-verdict.js';

/** What can be told of a message after it left. */
export const feedbackKinds = [
  'delivered',
  'delayed',
  'bounced',
  'complained',
  'opted_out',
  'replied',
  'auto_replied',
  'not_spam',
  'auth_failed',
  // Of SMS: their provider took it; the person asks for messages again, or for help.
  'taken',
  'opted_in',
  'asked_help',
] as const;
export type FeedbackKind = (typeof feedbackKinds)[number];

/**
 * What a bounce means. `hard`: the address will never take mail. `soft`: it did not this time. `block`: the mail or its
 * sender was refused, and the address is not to blame.
 */
export const bounceClasses = ['hard', 'soft', 'block'] as const satisfies BounceClass[];
export type FailureClass = (typeof bounceClasses)[number];

/** `waiting` to be acted upon, `applied`, `held` for a person to look at, or `dismissed` by one. */
export const feedbackStates = ['waiting', 'applied', 'held', 'dismissed'] as const;
export type FeedbackState = (typeof feedbackStates)[number];

/** Why nothing was done by itself. */
export const heldReasons = [
  'UNPROVEN',
  'NOT_FROM_A_SERVER',
  'AMBIGUOUS',
  'MESSAGE_UNKNOWN',
  // It was tried several times, and a fault of ours kept it from being acted upon.
  'FAILED',
] as const;
export type HeldReason = (typeof heldReasons)[number];

/** Something that was told, as its source's reader hands it over. */
export interface NewFeedback {
  /** `mail`, `relay`, or a provider's name. */
  source: string;
  /** The same again is the same event. */
  sourceEventId: string;
  kind: FeedbackKind;
  /** The message, if it is proven which one. */
  key: MessageKey | null;
  bounceClass?: FailureClass | null;
  /** In a word: `no_such_mailbox`, `abuse`... */
  reason?: string | null;
  /** Enhanced status code (RFC 3463). */
  status?: string | null;
  detail?: string | null;
  from?: string | null;
  subject?: string | null;
  occurredAt: Date;
  /** Set when it must not be acted upon without a person. */
  heldFor?: HeldReason | null;
  /** Email where it is not said. */
  channel?: Channel;
  /** Of an SMS to a number of ours: whose number it is, and who has the phone it came from. */
  senderId?: number;
  contactId?: number | null;
  /** What has to follow from it follows in the transaction that keeps it. */
  isActedUpon?: boolean;
}

export interface Feedback {
  id: number;
  source: string;
  sourceEventId: string;
  kind: FeedbackKind;
  channel: Channel;
  /** Of an SMS to a number of ours: whose number it is; it proves no message. */
  senderId: number | null;
  dispatchId: number | null;
  contactId: number | null;
  bounceClass: FailureClass | null;
  reason: string | null;
  status: string | null;
  detail: string | null;
  from: string | null;
  subject: string | null;
  occurredAt: Date;
  receivedAt: Date;
  state: FeedbackState;
  heldFor: HeldReason | null;
  forwardedAt: Date | null;
}

/** What somebody writes to be left alone is short; behind more than this there may be an order. */
const LONGEST_BARE_OPT_OUT = 80;

/** Whether the sender is to read it: what people wrote, unless it says no more than that they want out. */
export function isForwarded({ kind, key, detail, senderId }: NewFeedback): boolean {
  if ((!key && senderId === undefined) || !detail) return false;
  return kind === 'replied' || (kind === 'opted_out' && detail.length > LONGEST_BARE_OPT_OUT);
}

const address = /[^\s<>"'(),;:[\]]{1,128}@[^\s<>"'(),;:[\]]{1,255}/g;
const LONGEST_DETAIL = 500;

/** A server's words, fit to be kept and shown: one line, nobody's address, 500 characters. */
export function withoutAddresses(text: string): string {
  return [
    ...text
      .replace(/[\p{Cc}\u2028\u2029\s]+/gu, ' ')
      .replace(address, '<address>')
      .trim(),
  ]
    .slice(0, LONGEST_DETAIL)
    .join('');
}
