import { Injectable } from '@nestjs/common';
import { type Channel, Clock, DomainError, formatId, notFound, type Page } from '#common';
import { Database, type PageRequest, toPage } from '#database';
import { OutgoingEvents } from '#webhooks';
import {
  type Basis,
  type ConsentEvent,
  type ConsentState,
  type Evidence,
  type WithdrawalScope,
} from './consent-event.js';
import { ConsentStateRepository } from './consent-state.repository.js';
import { LedgerRepository } from './ledger.repository.js';
import { SendersService } from './senders.service.js';
import { basesOfPurpose, earliest, impliedExpiry, isAffirmative, needsWording } from './bases.js';
import { SuppressionRepository } from './suppression.repository.js';
import { type TopicPurpose } from './topic.entity.js';

/** Clocks of other systems run ahead; more than this is a mistake. */
const CLOCK_SKEW_MS = 5 * 60 * 1000;

/** Expired consents recorded in one transaction. */
const EXPIRED_AT_ONCE = 1000;

export interface GrantRequest {
  contactId: number;
  channel: Channel;
  topicId: number;
  basis: Basis;
  evidence: Evidence;
  actor: string;
  occurredAt: Date | null;
  expiresAt: Date | null;
}

/** Somebody typed an address into a form: nothing is agreed until whoever reads that address confirms. */
export type ConsentRequest = Pick<GrantRequest, 'contactId' | 'channel' | 'topicId' | 'evidence' | 'actor'>;

export interface WithdrawalRequest {
  contactId: number;
  /** Known from the link in a message; keeps the withdrawal working after the contact is gone. */
  addressHash?: { channel: Channel; hash: Buffer } | undefined;
  scope: WithdrawalScope;
  evidence: Evidence;
  actor: string;
  occurredAt?: Date | undefined;
}

/** Records what people agree to and take back. */
@Injectable()
export class ConsentsService {
  constructor(
    private readonly db: Database,
    private readonly ledger: LedgerRepository,
    private readonly projection: ConsentStateRepository,
    private readonly suppressions: SuppressionRepository,
    private readonly senders: SendersService,
    private readonly outgoing: OutgoingEvents,
    private readonly clock: Clock,
  ) {}

  /**
   * Records a consent with its evidence.
   * @returns the event, and whether it took effect (an older consent than the last withdrawal is kept but changes nothing).
   * @throws DomainError CONTACT_NOT_FOUND, TOPIC_NOT_FOUND, ADDRESS_MISSING, EVIDENCE_MISSING, TIME_IN_FUTURE,
   * BASIS_NOT_FOR_TOPIC
   */
  grant(request: GrantRequest): Promise<{ event: ConsentEvent; effective: boolean }> {
    return this.#grant(request, 'granted');
  }

  /** Records that whoever reads the address confirmed a request (double opt-in). Throws as `grant`. */
  confirm(request: ConsentRequest): Promise<{ event: ConsentEvent; effective: boolean }> {
    const confirmed = { ...request, basis: 'double_opt_in', occurredAt: null, expiresAt: null } as const;
    return this.#grant(confirmed, 'confirmed');
  }

  /** Records that somebody asked to be subscribed. Throws as `grant`. */
  request(request: ConsentRequest): Promise<ConsentEvent> {
    return this.#note(request, 'requested');
  }

  /** Records that whoever reads the address said no to a request. It takes away nothing they had granted. */
  refuse(request: ConsentRequest): Promise<ConsentEvent> {
    return this.#note(request, 'refused');
  }

  async #grant(
    request: GrantRequest,
    action: 'granted' | 'confirmed',
  ): Promise<{ event: ConsentEvent; effective: boolean }> {
    const now = this.clock.now();
    const occurredAt = notInFuture(request.occurredAt ?? now, now);
    const { basis, channel, topicId } = request;
    return this.db.transaction(async () => {
      const { purpose, ...prepared } = await this.#prepare(request, needsWording(basis));
      if (!basesOfPurpose[purpose].includes(basis)) throw basisNotForTopic(basis, purpose);
      const expiresAt = earliest(request.expiresAt, impliedExpiry(basis, occurredAt));
      const [id] = await this.ledger.append(
        [{ ...request, ...prepared, action, occurredAt, expiresAt }],
        now,
      );
      const effective = (await this.projection.projectGrants([id as number], false)).length > 0;
      if (effective && isAffirmative(basis)) {
        const { addressHash, senderId } = prepared;
        await this.suppressions.liftUnsubscribed(addressHash, channel, senderId, topicId, occurredAt);
      }
      return { event: await this.event(id as number), effective };
    });
  }

  async #note(request: ConsentRequest, action: 'requested' | 'refused'): Promise<ConsentEvent> {
    const now = this.clock.now();
    return this.db.transaction(async () => {
      const { purpose: _, ...prepared } = await this.#prepare(request, true);
      const noted = { action, basis: 'double_opt_in', occurredAt: now, expiresAt: null } as const;
      const [id] = await this.ledger.append([{ ...request, ...prepared, ...noted }], now);
      await this.projection.projectRequests([id as number]);
      return this.event(id as number);
    });
  }

  /** What the ledger knows better than the caller: whose topic it is, which address, and where the person is. */
  async #prepare(
    { contactId, channel, topicId, evidence }: ConsentRequest,
    needsWords: boolean,
  ): Promise<{
    senderId: number;
    purpose: TopicPurpose;
    addressHash: Buffer;
    evidence: Evidence;
  }> {
    if (needsWords && !evidence.textShown?.trim()) {
      throw new DomainError({
        kind: 'unprocessable',
        code: 'EVIDENCE_MISSING',
        message: 'A consent needs the wording the person saw (textShown); without it nothing can be proven.',
      });
    }
    const { senderId, purpose } = await this.senders.getTopic(topicId);
    const place = await this.ledger.placeOf(contactId, channel);
    if (place === undefined) throw notFound('contact', formatId('contact', contactId));
    if (place.addressHash === null) {
      throw new DomainError({
        kind: 'unprocessable',
        code: 'ADDRESS_MISSING',
        message: `The contact has no address for ${channel}; add it before recording consent for it.`,
      });
    }
    const country = evidence.country ?? place.country ?? undefined;
    return { senderId, purpose, addressHash: place.addressHash, evidence: { ...evidence, country } };
  }

  /**
   * Records a withdrawal; it is in force when this returns. Works for a contact that is gone, and again and again.
   * @throws DomainError TOPIC_NOT_FOUND, SENDER_NOT_FOUND, CONTACT_NOT_FOUND (only when neither contact nor address is known)
   */
  async withdraw(request: WithdrawalRequest): Promise<ConsentEvent> {
    const now = this.clock.now();
    const occurredAt = notInFuture(request.occurredAt ?? now, now);
    const { scope, contactId } = request;
    return this.db.transaction(async () => {
      const topicId = scope.kind === 'topic' ? scope.topicId : null;
      const senderId = await this.#senderWithin(scope);
      const channel = scope.kind === 'everything' ? null : scope.channel;
      const known = request.addressHash;
      const current = await this.ledger.addressHashOf(contactId, known?.channel ?? channel ?? 'email');
      if (current === undefined && !known) throw notFound('contact', formatId('contact', contactId));
      const [id] = await this.ledger.append(
        [
          {
            ...{
              contactId,
              channel,
              senderId,
              topicId,
              evidence: current === undefined ? impersonal(request.evidence) : request.evidence,
              actor: request.actor,
              occurredAt,
            },
            ...{
              addressHash: known?.hash ?? current ?? null,
              action: 'withdrawn',
              basis: null,
              expiresAt: null,
            },
          },
        ],
        now,
      );
      await this.projection.projectWithdrawal(id as number);
      // The contact is gone or has another address now: the old address itself must stay unwritten to.
      if (known && !current?.equals(known.hash)) {
        await this.suppressions.keepWithdrawal(
          known.hash,
          id as number,
          formatId('consentEvent', id as number),
        );
      }
      await this.#tellWithdrawn(id as number, contactId, { senderId, topicId, channel }, occurredAt);
      return this.event(id as number);
    });
  }

  /** Lets whoever listens by webhook know, if and only if this transaction commits. */
  async #tellWithdrawn(
    eventId: number,
    contactId: number,
    scope: { senderId: number | null; topicId: number | null; channel: Channel | null },
    occurredAt: Date,
  ): Promise<void> {
    const subject = {
      contactId: formatId('contact', contactId),
      consentEventId: formatId('consentEvent', eventId),
      ...(scope.senderId === null ? {} : { senderId: formatId('sender', scope.senderId) }),
      ...(scope.topicId === null ? {} : { topicId: formatId('topic', scope.topicId) }),
    };
    const payload = { channel: scope.channel };
    await this.outgoing.emit([{ kind: 'consent.withdrawn', contactId, subject, payload, occurredAt }]);
  }

  /**
   * Records of every consent whose time ran out that it did. Safe to run twice at once: each grant is locked by one.
   * @returns how many.
   */
  async noteExpired(): Promise<number> {
    let total = 0;
    for (;;) {
      const noted = await this.db.transaction(() => this.#noteSomeExpired());
      total += noted;
      if (noted < EXPIRED_AT_ONCE) return total;
    }
  }

  async #noteSomeExpired(): Promise<number> {
    const now = this.clock.now();
    const grants = await this.projection.expiring(now, EXPIRED_AT_ONCE);
    if (grants.length === 0) return 0;
    const events = grants.map(({ eventId, expiresAt, ...grant }) => ({
      ...{
        ...grant,
        addressHash: null,
        action: 'expired' as const,
        actor: 'system',
        occurredAt: expiresAt,
        expiresAt,
      },
      evidence: { method: 'expiry', source: formatId('consentEvent', eventId) },
    }));
    await this.projection.projectExpired(await this.ledger.append(events, now));
    return grants.length;
  }

  states(contactId: number): Promise<ConsentState[]> {
    return this.projection.statesOf(contactId);
  }

  async events(contactId: number, request: PageRequest): Promise<Page<ConsentEvent>> {
    return toPage(await this.ledger.eventsOf(contactId, request), request.limit, event => event);
  }

  /** Those of these events that still stand in the ledger. */
  eventsByIds(ids: readonly number[]): Promise<ConsentEvent[]> {
    return this.ledger.findEvents(ids);
  }

  /** @throws DomainError CONSENT_EVENT_NOT_FOUND */
  async event(id: number): Promise<ConsentEvent> {
    const event = await this.ledger.findEvent(id);
    if (!event) throw notFound('consent event', formatId('consentEvent', id));
    return event;
  }

  /** @throws DomainError TOPIC_NOT_FOUND, SENDER_NOT_FOUND */
  async #senderWithin(scope: WithdrawalScope): Promise<number | null> {
    if (scope.kind === 'topic') return (await this.senders.getTopic(scope.topicId)).senderId;
    if (scope.senderId !== null) await this.senders.get(scope.senderId);
    return scope.senderId;
  }
}

/** Of somebody whom we do not know any more, we do not get to know from where and with what they pressed. */
function impersonal({ ip: _ip, userAgent: _userAgent, ...rest }: Evidence): Evidence {
  return rest;
}

function basisNotForTopic(basis: Basis, purpose: TopicPurpose): DomainError {
  return new DomainError({
    kind: 'unprocessable',
    code: 'BASIS_NOT_FOR_TOPIC',
    message: `"${basis}" cannot be the basis of a ${purpose.replace('_', ' ')} topic. There is: ${basesOfPurpose[purpose].join(', ')}.`,
  });
}

function notInFuture(time: Date, now: Date): Date {
  if (time.getTime() <= now.getTime() + CLOCK_SKEW_MS) return time;
  throw new DomainError({
    kind: 'unprocessable',
    code: 'TIME_IN_FUTURE',
    message: 'occurredAt lies in the future. Send the time at which it happened, in UTC.',
  });
}
