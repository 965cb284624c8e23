import { type Channel } from '#common';

const HOUR_MS = 60 * 60 * 1000;

/** How long the link of a confirmation mail works: within the 24 to 72 hours that are usual. */
export const CONFIRMATION_MS = 48 * HOUR_MS;
/** When somebody who has not confirmed is reminded, once. */
export const REMINDER_MS = 24 * HOUR_MS;

/** A request as its link shows it. */
export interface ConfirmationRequest {
  id: number;
  contactId: number;
  channel: Channel;
  senderId: number;
  formId: number;
  formVersion: number;
  topicIds: number[];
  locale: string;
  requestedAt: Date;
  expiresAt: Date;
  confirmedAt: Date | null;
  refusedAt: Date | null;
  /** The contact's present address, if it is the one the link was sent to. */
  address: string | null;
  addressHash: Buffer | null;
}

/** `gone`: whoever reads this mailbox no longer speaks for the contact. */
export type ConfirmationStatus = 'pending' | 'confirmed' | 'refused' | 'expired' | 'gone';

/** A request is answered once. Expired the moment it expires. */
export function confirmationStatus(
  request: Pick<ConfirmationRequest, 'confirmedAt' | 'refusedAt' | 'expiresAt' | 'address'>,
  now: Date,
): ConfirmationStatus {
  if (request.confirmedAt) return 'confirmed';
  if (request.refusedAt) return 'refused';
  if (request.expiresAt <= now) return 'expired';
  return request.address === null ? 'gone' : 'pending';
}

export type MailKind = 'first' | 'reminder';

/** Why a mail that was due is not sent after all. */
export type Withheld =
  | 'ANSWERED'
  | 'EXPIRED'
  | 'ADDRESS_CHANGED'
  | 'SUPERSEDED'
  | 'ALREADY_CONFIRMED'
  | 'SUPPRESSED'
  | 'ADDRESS_LIMIT'
  | 'SENDER_LIMIT';

/** What became of handing a mail over, as a transport says it. */
export interface MailOutcome {
  state: 'accepted' | 'rejected' | 'deferred' | 'unknown';
  relay: string;
  reply: string;
}

/** Waits before the second, third... try of what provably was not sent, in seconds. */
const RETRY_WAITS = [30, 120, 600, 1800, 7200];

/** What an outcome means for a mail: where it stands now and, if it is tried again, when. */
export function settleMail(
  outcome: MailOutcome,
  attempt: number,
  now: Date,
): { state: 'accepted' | 'rejected' | 'unknown' | 'due'; reason: string | null; dueAt: Date | null } {
  switch (outcome.state) {
    case 'accepted':
      return { state: 'accepted', reason: null, dueAt: null };
    case 'rejected':
      return { state: 'rejected', reason: 'REFUSED', dueAt: null };
    case 'unknown':
      return { state: 'unknown', reason: 'NO_ANSWER', dueAt: null };
    case 'deferred': {
      const wait = RETRY_WAITS[attempt - 1];
      if (wait === undefined) return { state: 'rejected', reason: 'RETRIES_EXHAUSTED', dueAt: null };
      return { state: 'due', reason: 'TRY_LATER', dueAt: new Date(now.getTime() + wait * 1000) };
    }
  }
}
