import { Injectable } from '@nestjs/common';
import { type RateLimit, RateLimits } from '#access';
import { type Channel, Clock, formatId } from '#common';
import { Database } from '#database';
import { ConfirmationLinks } from './confirmation-link.js';
import {
  CONFIRMATION_MS,
  type ConfirmationRequest,
  confirmationStatus,
  type ConfirmationStatus,
  type MailKind,
  type MailOutcome,
  settleMail,
  type Withheld,
} from './confirmation.js';
import { ConfirmationMailRepository, type DueMail } from './confirmation-mail.repository.js';
import { type ConfirmationRecord, ConfirmationRepository } from './confirmation.repository.js';
import { type Evidence } from './consent-event.js';
import { ConsentsService } from './consents.service.js';
import { Grant } from './grant.js';
import { LedgerRetention } from './ledger-retention.service.js';
import { LedgerRepository } from './ledger.repository.js';

/** Mails that ask one address to confirm, reminders included. More would let a stranger fill somebody's mailbox. */
export const CONFIRMATION_MAILS: RateLimit = {
  kind: 'confirmation-mail',
  most: 5,
  windowMs: 24 * 60 * 60 * 1000,
};

/** A worker that was handed a mail this long ago and has not said what became of it is taken for dead. */
const LOST_AFTER_MS = 10 * 60 * 1000;

/** Somebody typed an address into a form and ticked boxes. */
export interface ConfirmationAsk {
  contactId: number;
  /** The contact was made for this request, and may be forgotten with it. */
  createdContact: boolean;
  channel: Channel;
  senderId: number;
  formId: number;
  formVersion: number;
  /** What was ticked, with the wording that stood beside it. */
  topics: { topicId: number; textShown: string }[];
  evidence: Omit<Evidence, 'textShown'>;
  locale: string;
  actor: string;
}

/** A press on the page behind the link, as evidence. */
export interface ConfirmationPress {
  /** The wording of the page for each topic, the button included. */
  textOf(topicId: number): string;
  textVersion: string;
  locale: string;
  privacyNoticeVersion: string | undefined;
  ip: string | undefined;
  userAgent: string | undefined;
}

export interface Confirmation {
  request: ConfirmationRequest;
  status: ConfirmationStatus;
  /** This press is what settled it. */
  fresh: boolean;
}

/** A confirmation mail that may leave now: its intent is committed. */
export interface ConfirmationMail {
  request: ConfirmationRequest;
  kind: MailKind;
  attempt: number;
  token: string;
  grant: Grant;
}

/** Whether a mail of this sender may go now: not (`waitMs`), or it may, and gives back what it took should it not go. */
export type MailPace = (mail: { senderId: number }) => Promise<{ waitMs: number; spare(): Promise<void> }>;

const unpaced: MailPace = () => Promise.resolve({ waitMs: 0, spare: () => Promise.resolve() });

/**
 * Double opt-in: nothing is granted because somebody typed an address; only a press by whoever reads it grants. Also
 * the only place that mints a grant without the gate's yes, for the one mail that asks.
 */
@Injectable()
export class ConfirmationsService {
  constructor(
    private readonly db: Database,
    private readonly repository: ConfirmationRepository,
    private readonly mails: ConfirmationMailRepository,
    private readonly ledger: LedgerRepository,
    private readonly consents: ConsentsService,
    private readonly links: ConfirmationLinks,
    private readonly limits: RateLimits,
    private readonly retention: LedgerRetention,
    private readonly clock: Clock,
  ) {}

  /**
   * Records a request; the mail goes out by itself once the transaction has committed. Topics that the person has
   * agreed to already are left alone. Text messages wait in the ledger until there is a way to ask by one.
   * @returns the request's id; null: there was nothing left to ask.
   * @throws DomainError as ConsentsService.request
   */
  async ask(ask: ConfirmationAsk): Promise<number | null> {
    const { contactId, channel } = ask;
    return this.db.transaction(async () => {
      const addressHash = await this.ledger.addressHashOf(contactId, channel);
      if (!addressHash) return null;
      const now = this.clock.now();
      const ids = ask.topics.map(({ topicId }) => topicId);
      const agreed = await this.repository.agreedTopics(contactId, channel, ids, addressHash, now);
      const topics = ask.topics.filter(({ topicId }) => !agreed.includes(topicId));
      if (topics.length === 0) return null;
      const nonce = this.links.newNonce();
      const id = await this.repository.insert({
        ...{ contactId, channel, addressHash, senderId: ask.senderId },
        ...{ formId: ask.formId, formVersion: ask.formVersion, createdContact: ask.createdContact },
        topicIds: topics.map(({ topicId }) => topicId),
        ...{
          locale: ask.locale,
          nonce,
          requestedAt: now,
          expiresAt: new Date(now.getTime() + CONFIRMATION_MS),
        },
        ...{ ip: ask.evidence.ip, userAgent: ask.evidence.userAgent, source: ask.evidence.source },
      });
      const more = {
        ...ask.evidence.more,
        ...{ request: formatId('confirmationRequest', id), form: formatId('form', ask.formId) },
        ...{ formVersion: ask.formVersion, linkHash: this.links.hashOf(this.links.sign(id, nonce)) },
      };
      for (const { topicId, textShown } of topics) {
        const evidence = { ...ask.evidence, textShown, locale: ask.locale, more };
        await this.consents.request({ contactId, channel, topicId, evidence, actor: ask.actor });
      }
      if (channel === 'email') await this.mails.add(id, 'first', now);
      return id;
    });
  }

  /** What a link speaks of, without changing anything; null for a link that is not ours. */
  async peek(token: string): Promise<Confirmation | null> {
    const link = this.links.read(token);
    const request = link && (await this.repository.find(link.requestId, link.nonce));
    return request && this.#as(request, false);
  }

  /** Grants what was asked for, once; afterwards, or too late, it only tells how things stand. */
  confirm(token: string, press: ConfirmationPress): Promise<Confirmation | null> {
    return this.#answer(token, 'confirmed', press);
  }

  /** Whoever reads the address says that it was not them. The link is closed; what they had granted before stays. */
  refuse(token: string, press: ConfirmationPress): Promise<Confirmation | null> {
    return this.#answer(token, 'refused', press);
  }

  async #answer(
    token: string,
    as: 'confirmed' | 'refused',
    press: ConfirmationPress,
  ): Promise<Confirmation | null> {
    const link = this.links.read(token);
    if (!link) return null;
    return this.db.transaction(async () => {
      const request = await this.repository.lock(link.requestId, link.nonce);
      if (!request) return null;
      const now = this.clock.now();
      if (confirmationStatus(request, now) !== 'pending') return this.#as(request, false);
      for (const topicId of request.topicIds) await this.#record(request, topicId, as, token, press);
      await this.repository.answer(request.id, as, now);
      return this.#as({ ...request, [`${as}At`]: now }, true);
    });
  }

  async #record(
    { id, contactId, channel, formId, formVersion }: ConfirmationRequest,
    topicId: number,
    as: 'confirmed' | 'refused',
    token: string,
    press: ConfirmationPress,
  ): Promise<void> {
    const { textOf, ...seen } = press;
    const more = {
      ...{ request: formatId('confirmationRequest', id), form: formatId('form', formId), formVersion },
      linkHash: this.links.hashOf(token),
    };
    const evidence: Evidence = {
      ...{ ...seen, textShown: textOf(topicId), more },
      ...{ method: 'confirmation_page', source: formatId('form', formId) },
    };
    const event = { contactId, channel, topicId, evidence, actor: formatId('contact', contactId) };
    if (as === 'confirmed') await this.consents.confirm(event);
    else await this.consents.refuse(event);
  }

  /**
   * The next mail that is due, its intent committed: only what comes back here may touch the wire, and only once. The
   * grant is for this one mail, to an address whose request is open, that is not barred and not written to too often.
   * Somebody who unsubscribed or was erased is asked when they (or a stranger) ask; pressing is theirs alone.
   * @param pace asked inside the transaction; a mail that has to wait stays due, with all others of its sender.
   * @returns null when none is due.
   */
  async nextMail(pace: MailPace = unpaced): Promise<ConfirmationMail | null> {
    for (;;) {
      const mail = await this.db.transaction(async () => {
        const now = this.clock.now();
        const due = await this.mails.lockDue(now);
        if (!due) return null;
        const { waitMs, spare } = await pace(due);
        if (waitMs > 0) {
          await this.mails.putOff(due.senderId, new Date(now.getTime() + waitMs), now);
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
    const agreed = await this.repository.agreedTopics(contactId, channel, topicIds, addressHash, now);
    if (agreed.length === topicIds.length) return 'ALREADY_CONFIRMED';
    if (await this.repository.isBarred(addressHash, channel, senderId)) return 'SUPPRESSED';
    // A further try of the same mail is the same mail.
    if (due.attempt > 0 || (await this.limits.take(CONFIRMATION_MAILS, addressHash.toString('hex'))))
      return null;
    return 'ADDRESS_LIMIT';
  }

  /** Records what became of a mail; where the form wants it, a reminder will follow one that was accepted. */
  async settle({ request, kind, attempt }: ConfirmationMail, outcome: MailOutcome): Promise<void> {
    const now = this.clock.now();
    await this.db.transaction(async () => {
      const to = settleMail(outcome, attempt, now);
      await this.mails.settle({ id: request.id, kind, attempt }, outcome, to, now);
      if (to.state === 'accepted' && kind === 'first') await this.mails.addReminder(request.id);
    });
  }

  /** Ends the waiting for workers that died; their mails are `unknown` and are not sent again. */
  async reap(): Promise<void> {
    const now = this.clock.now();
    await this.mails.reap(new Date(now.getTime() - LOST_AFTER_MS), now);
  }

  /** Contacts that exist only because of requests from before this moment; locked until the transaction ends. */
  lockForgettable(before: Date, most: number): Promise<number[]> {
    return this.repository.lockForgettable(before, most);
  }

  /** Takes their requests and refusals out of the ledger, which keeps the digests. Inside the transaction that deletes them. */
  async purgeEventsOf(contactIds: number[]): Promise<void> {
    await this.retention.purge(await this.repository.eventIdsOf(contactIds), 'unconfirmed');
  }

  /** Blanks what names or finds a person in some requests from before this moment. The ledger keeps the evidence. */
  blank(before: Date, most: number): Promise<number> {
    return this.repository.blank(before, most);
  }

  /** Whether the person confirmed this form before, by another request. */
  hasConfirmedAnother(request: ConfirmationRequest): Promise<boolean> {
    return this.repository.hasConfirmedAnother(request);
  }

  /** Everything held of a contact's requests, for the person themselves. */
  ofContact(contactId: number): Promise<ConfirmationRecord[]> {
    return this.repository.ofContact(contactId);
  }

  #as(request: ConfirmationRequest, fresh: boolean): Confirmation {
    return { request, status: confirmationStatus(request, this.clock.now()), fresh };
  }
}

function toMail(due: DueMail, token: string): ConfirmationMail {
  const { nonce: _, superseded: __, kind, attempt, ...request } = due;
  const address = request.address ?? '';
  const grant = new Grant(
    request.contactId,
    'email',
    address,
    'transactional',
    0,
    'confirmation_request',
    'none',
  );
  return { request, kind, attempt: attempt + 1, token, grant };
}
