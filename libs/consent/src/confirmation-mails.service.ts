import { Injectable } from '@nestjs/common';
import { type RateLimit, RateLimits } from '#access';
import { type Channel, Clock } from '#common';
import { Database } from '#database';
import { ConfirmationTextCap } from './confirmation-text-cap.js';
import { ConfirmationLinks } from './confirmation-link.js';
import {
  type ConfirmationRequest,
  confirmationStatus,
  type MailKind,
  type MailOutcome,
  settleMail,
  type Withheld,
} from './confirmation.js';
import { ConfirmationMailRepository, type DueMail } from './confirmation-mail.repository.js';
import { ConfirmationRepository } from './confirmation.repository.js';
import { Grant } from './grant.js';

/** Mails that ask one address to confirm, reminders included. More would let a stranger fill somebody's mailbox. */
export const CONFIRMATION_MAILS: RateLimit = {
  kind: 'confirmation-mail',
  most: 5,
  windowMs: 24 * 60 * 60 * 1000,
};

/** A worker that was handed a mail this long ago and has not said what became of it is taken for dead. */
const LOST_AFTER_MS = 10 * 60 * 1000;

/** A confirmation mail, or SMS, that may leave now: its intent is committed. */
export interface ConfirmationMail {
  request: ConfirmationRequest;
  kind: MailKind;
  attempt: number;
  token: string;
  grant: Grant;
}

/** Whether a mail of this sender may go now: not (`waitMs`), or it may, and gives back what it took should it not go. */
export type MailPace = (mail: {
  senderId: number;
  channel: Channel;
  /** null: it is nobody's any more. */
  address: string | null;
}) => Promise<{ waitMs: number; spare(): Promise<void> }>;

const unpaced: MailPace = () => Promise.resolve({ waitMs: 0, spare: () => Promise.resolve() });

/**
 * The mails that ask to confirm: which may leave, and what became of them. The only place that mints a grant without the
 * gate's yes, for the one mail that asks.
 */
@Injectable()
export class ConfirmationMailsService {
  constructor(
    private readonly db: Database,
    private readonly mails: ConfirmationMailRepository,
    private readonly requests: ConfirmationRepository,
    private readonly links: ConfirmationLinks,
    private readonly limits: RateLimits,
    private readonly textCap: ConfirmationTextCap,
    private readonly clock: Clock,
  ) {}

  /**
   * The next mail that is due, its intent committed: only what comes back here may touch the wire, and only once. The
   * grant is for this one mail, to an address whose request is open, that is not barred and not written to too often.
   * Somebody who unsubscribed or was erased is asked when they (or a stranger) ask; pressing is theirs alone.
   * @param pace asked inside the transaction; a mail that has to wait stays due, with all others of its sender and channel.
   * @returns null when none is due.
   */
  async next(pace: MailPace = unpaced): Promise<ConfirmationMail | null> {
    for (;;) {
      const mail = await this.db.transaction(async () => {
        const now = this.clock.now();
        const due = await this.mails.lockDue(now);
        if (!due) return null;
        const { waitMs, spare } = await pace(due);
        if (waitMs > 0) {
          await this.mails.putOff(due.senderId, due.channel, new Date(now.getTime() + waitMs), now);
          return 'not now';
        }
        const withheld = await this.#whyNot(due, now);
        if (withheld) {
          await spare();
          await this.mails.withhold(due, withheld, now);
          return 'not now';
        }
        await this.mails.intend(due, now);
        return toMail(due, this.links.sign(due.id, due.nonce));
      });
      if (mail !== 'not now') return mail;
    }
  }

  async #whyNot(due: DueMail, now: Date): Promise<Withheld | null> {
    const { contactId, channel, topicIds, addressHash, senderId } = due;
    const status = confirmationStatus(due, now);
    if (status === 'expired') return 'EXPIRED';
    if (status !== 'pending' && status !== 'gone') return 'ANSWERED';
    if (status === 'gone' || addressHash === null) return 'ADDRESS_CHANGED';
    if (due.kind === 'reminder' && due.superseded) return 'SUPERSEDED';
    const agreed = await this.requests.agreedTopics(contactId, channel, topicIds, addressHash, now);
    if (agreed.length === topicIds.length) return 'ALREADY_CONFIRMED';
    if (await this.requests.isBarred(addressHash, channel, senderId)) return 'SUPPRESSED';
    // A further try of the same mail is the same mail.
    if (due.attempt > 0) return null;
    if (!(await this.limits.take(CONFIRMATION_MAILS, addressHash.toString('hex')))) return 'ADDRESS_LIMIT';
    return channel === 'sms' && !(await this.textCap.take(senderId)) ? 'SENDER_LIMIT' : null;
  }

  /** Records what became of a mail; where the form wants it, a reminder will follow one that was accepted. */
  async settle({ request, kind, attempt }: ConfirmationMail, outcome: MailOutcome): Promise<void> {
    const now = this.clock.now();
    await this.db.transaction(async () => {
      const to = settleMail(outcome, attempt, now);
      await this.mails.settle({ id: request.id, kind, attempt }, outcome, to, now);
      // An SMS asks once: whoever did not answer is not written to a second time.
      const isReminded = kind === 'first' && request.channel === 'email';
      if (to.state === 'accepted' && isReminded) await this.mails.addReminder(request.id);
    });
  }

  /** Ends the waiting for workers that died; their mails are `unknown` and are not sent again. */
  async reap(): Promise<void> {
    const now = this.clock.now();
    await this.mails.reap(new Date(now.getTime() - LOST_AFTER_MS), now);
  }
}

function toMail(due: DueMail, token: string): ConfirmationMail {
  const { nonce: _, superseded: __, kind, attempt, ...request } = due;
  const address = request.address ?? '';
  const grant = new Grant(
    request.contactId,
    request.channel,
    address,
    'transactional',
    0,
    'confirmation_request',
    'none',
  );
  return { request, kind, attempt: attempt + 1, token, grant };
}
