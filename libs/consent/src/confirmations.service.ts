import { Injectable } from '@nestjs/common';
import { type Channel, Clock, formatId } from '#common';
import { Database } from '#database';
import { ConfirmationLinks } from './confirmation-link.js';
import {
  CONFIRMATION_MS,
  type ConfirmationRequest,
  confirmationStatus,
  type ConfirmationStatus,
} from './confirmation.js';
import { ConfirmationMailRepository } from './confirmation-mail.repository.js';
import { type ConfirmationRecord, ConfirmationRepository } from './confirmation.repository.js';
import { type Evidence } from './consent-event.js';
import { ConsentsService } from './consents.service.js';
import { LedgerRetention } from './ledger-retention.service.js';
import { LedgerRepository } from './ledger.repository.js';

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

/** Double opt-in: nothing is granted because somebody typed an address; only a press by whoever reads it grants. */
@Injectable()
export class ConfirmationsService {
  constructor(
    private readonly db: Database,
    private readonly repository: ConfirmationRepository,
    private readonly mails: ConfirmationMailRepository,
    private readonly ledger: LedgerRepository,
    private readonly consents: ConsentsService,
    private readonly links: ConfirmationLinks,
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
      await this.mails.add(id, 'first', now);
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
