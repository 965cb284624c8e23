import { Inject, Injectable } from '@nestjs/common';
import { AuditTrail } from '#access';
import {
  type Channel,
  Clock,
  DomainError,
  formatId,
  LOGGER,
  type Logger,
  notFound,
  type Page,
} from '#common';
import { ConsentsService, type SuppressionReason, SuppressionsService } from '#consent';
import { Database, type PageRequest, toPage } from '#database';
import { type OutgoingEventKind, OutgoingEvents } from '#webhooks';
import { JobQueue } from '#queue';
import {
  DeliveryRepository,
  ErrorBudgetsService,
  formatMessageId,
  LaneBrake,
  type LaterEvidence,
  type MessageFacts,
  type MessageKey,
  UnknownsService,
} from '#sending';
import {
  type Feedback,
  type FeedbackKind,
  type FeedbackState,
  type HeldReason,
  type NewFeedback,
} from './feedback.js';
import { type FeedbackCount, FeedbackRepository } from './feedback.repository.js';
import { NOT_SENT } from './provider-feedback.js';
import { FeedbackMetrics } from './feedback-metrics.js';
import { UNSUBSCRIBE_MAIL } from './withdrawal-methods.js';

/**
 * Soft bounces of an address, over so many days, that end our patience: a mailbox that is full for good. Servers try for
 * five days (RFC 5321 section 4.5.4.1): of what was accepted and has not come back by then, nothing comes.
 */
const WORN_OUT = { times: 5, days: 10, quietDays: 5 };
/** Waits in seconds before something is acted upon again that failed; after the last one it is held. */
const WAITS = [1, 10, 60, 600, 3600];
/** What nobody can prove is kept so long for a person to look at. */
const UNPROVEN_DAYS = 90;
const DAY_MS = 24 * 3_600_000;
const FORGET_ROWS = 1000;
/** Deliveries taken up in one statement. */
const DELIVERIES_AT_ONCE = 500;
/** What is acted upon in one go, so that a worker that stops is not kept by a long queue. */
const MOST = 200;

/** What each kind says of a message of which nothing was known. */
const evidenceOf: Partial<Record<FeedbackKind, LaterEvidence>> = {
  bounced: 'bounced',
  complained: 'delivered',
  opted_out: 'replied',
  replied: 'replied',
  auto_replied: 'delivered',
};

/** As what it is told to webhooks. */
const toldOf: Partial<Record<FeedbackKind, OutgoingEventKind>> = {
  bounced: 'message.bounced',
  complained: 'message.complained',
  opted_out: 'message.replied',
  replied: 'message.replied',
};

/**
 * Acts upon what is told of messages. It is kept first and acted upon then, in one transaction with what it changes: the
 * ledger row, the suppression list, the consents, the campaign's error budget.
 */
@Injectable()
export class FeedbackService {
  constructor(
    private readonly db: Database,
    private readonly repository: FeedbackRepository,
    private readonly messages: DeliveryRepository,
    private readonly suppressions: SuppressionsService,
    private readonly consents: ConsentsService,
    private readonly budgets: ErrorBudgetsService,
    private readonly unknowns: UnknownsService,
    private readonly brake: LaneBrake,
    private readonly outgoing: OutgoingEvents,
    private readonly metrics: FeedbackMetrics,
    private readonly queue: JobQueue,
    private readonly audit: AuditTrail,
    private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Keeps what was told, each event once, and wakes a worker to act upon it. @returns how many were new */
  async record(events: readonly NewFeedback[]): Promise<number> {
    const kept = await this.keep(events);
    if (kept > 0) await this.announce();
    return kept;
  }

  /** The same within a transaction of the caller's, who calls `announce()` after its commit: no worker sees it before. */
  keep(events: readonly NewFeedback[]): Promise<number> {
    return this.repository.insert(events, this.clock.now());
  }

  announce(): Promise<void> {
    return this.queue.wake('apply-feedback', {});
  }

  /** Acts upon what waits. @returns how many; there may be more */
  async applySome(stop?: AbortSignal): Promise<number> {
    let applied = await this.#applyDeliveries();
    while (applied < MOST && stop?.aborted !== true && (await this.#applyOne())) applied++;
    return applied;
  }

  /** @throws DomainError FEEDBACK_NOT_FOUND */
  async get(id: number): Promise<Feedback> {
    const feedback = await this.repository.find(id);
    if (!feedback) throw notFound('feedback', formatId('feedback', id));
    return feedback;
  }

  async list(state: FeedbackState | null, request: PageRequest): Promise<Page<Feedback>> {
    return toPage(await this.repository.list(state, request), request.limit, feedback => feedback);
  }

  counts(dispatchId: number): Promise<FeedbackCount[]> {
    return this.repository.counts(dispatchId);
  }

  /**
   * What a person decides about something that was held: to act upon it all the same, or not.
   * @throws DomainError FEEDBACK_NOT_FOUND, FEEDBACK_NOT_HELD, FEEDBACK_NAMES_NO_MESSAGE
   */
  async decide(id: number, act: boolean, why: string, actor: string): Promise<Feedback> {
    return this.db.transaction(async () => {
      await this.get(id);
      const held = await this.repository.lockHeld(id);
      if (!held) throw notHeld(id);
      const meant = { ...held, kind: act ? meantBy(held) : held.kind };
      if (meant.kind !== held.kind) await this.repository.rename(id, meant.kind);
      // Nothing may be called applied that could not be.
      if (act && (await this.#act(meant, actor)) !== null) throw namesNoMessage(id);
      await this.repository.settle(id, act ? 'applied' : 'dismissed', held.heldFor, this.clock.now());
      const subject = formatId('feedback', id);
      await this.audit.record(actor, act ? 'feedback.applied' : 'feedback.dismissed', subject, { why });
      return this.get(id);
    });
  }

  /** Forgets what nobody could prove and nobody looked at for long. */
  async forgetOld(stop?: AbortSignal): Promise<void> {
    const before = new Date(this.clock.now().getTime() - UNPROVEN_DAYS * DAY_MS);
    while (!stop?.aborted && (await this.repository.forgetUnproven(before, FORGET_ROWS)) === FORGET_ROWS);
  }

  /** Takes from what was told of people, and is told of them to others, what could lead back to them. */
  async forget(contactIds: readonly number[]): Promise<number> {
    return (await this.repository.forget(contactIds)) + (await this.outgoing.forget(contactIds));
  }

  #applyDeliveries(): Promise<number> {
    return this.db.transaction(async () => {
      const { taken, news } = await this.repository.takeDeliveries(DELIVERIES_AT_ONCE);
      if (taken > 0) await this.messages.note(news);
      return taken;
    });
  }

  /** What cannot be acted upon steps aside: everything behind it would wait for it. */
  async #applyOne(): Promise<boolean> {
    let taken: Feedback | null = null;
    try {
      return await this.db.transaction(async () => {
        taken = await this.repository.next(this.clock.now());
        if (!taken) return false;
        const heldFor = await this.#act(taken, `feedback:${taken.source}`);
        await this.repository.settle(taken.id, heldFor ? 'held' : 'applied', heldFor, this.clock.now());
        return true;
      });
    } catch (error) {
      const failed = taken as Feedback | null;
      if (!failed) throw error;
      this.logger.error({ feedback: failed.id, err: error }, 'what was told could not be acted upon');
      await this.repository.postpone(failed.id, WAITS, this.clock.now());
      return true;
    }
  }

  /** @returns why nothing could be done, if so */
  async #act(feedback: Feedback, actor: string): Promise<HeldReason | null> {
    const { dispatchId, contactId, kind } = feedback;
    if (dispatchId === null || contactId === null) return 'UNPROVEN';
    const key = { dispatchId, contactId };
    const message = await this.messages.lock(key);
    if (!message) return 'MESSAGE_UNKNOWN';
    // Of somebody who was erased we do not get to know what they write.
    if (!message.isKnown) await this.repository.forget([contactId]);
    const evidence = evidenceOf[kind];
    if (evidence) {
      const { occurredAt, source, reason } = feedback;
      await this.unknowns.resolve(dispatchId, contactId, {
        kind: evidence,
        occurredAt,
        source,
        detail: reason,
      });
    }
    this.metrics.told(feedback);
    await this.#tell(feedback, key);
    if (kind === 'bounced') await this.#bounced(feedback, message);
    else if (kind === 'complained') await this.#complained(feedback, message, actor);
    else if (kind === 'opted_out') await this.#withdraw(feedback, message, actor);
    else if (kind === 'auth_failed')
      this.logger.warn({ dispatch: dispatchId }, 'a receiver says our mail fails authentication');
    return null;
  }

  /** Lets whoever listens by webhook know, if and only if this transaction commits. */
  async #tell(
    { kind, bounceClass, reason, status, id, occurredAt }: Feedback,
    key: MessageKey,
  ): Promise<void> {
    const told = toldOf[kind];
    if (!told) return;
    const payload = { bounceClass, reason: kind === 'replied' ? null : reason, status };
    const subject = { messageId: formatMessageId(key), feedbackId: formatId('feedback', id) };
    await this.outgoing.emit([{ kind: told, contactId: key.contactId, subject, payload, occurredAt }]);
  }

  async #bounced(feedback: Feedback, message: MessageFacts): Promise<void> {
    const { dispatchId, contactId, bounceClass, reason, source } = feedback;
    if (dispatchId === null || contactId === null) return;
    await this.messages.markBounced({ dispatchId, contactId }, feedback.occurredAt);
    const { addressHash, channel, senderId, lane } = message;
    // A message counts once, however often and by however many it is told: nobody stops a campaign by repeating himself.
    const isFirst = bounceClass !== 'soft' && (await this.repository.isFirst(feedback));
    // What the relay itself refused, the budget has counted as a refusal.
    if (isFirst && bounceClass !== null && source !== 'relay') await this.budgets.note(dispatchId, 'bounced');
    if (bounceClass === 'block') {
      this.logger.warn(
        { dispatch: dispatchId, reason },
        'mail came back blocked: the address is not to blame',
      );
      // What its provider never sent, no receiver has refused.
      if (isFirst && lane !== null && reason !== NOT_SENT)
        await this.brake.press(senderId, lane, reason ?? 'blocked');
      return;
    }
    if (addressHash === null || bounceClass === null) return;
    const isDead =
      bounceClass === 'hard' ||
      (await this.repository.isWornOut(feedback, addressHash, WORN_OUT, this.clock.now()));
    if (isDead) await this.#suppress(feedback, channel, addressHash, null, 'hard_bounce');
  }

  async #suppress(
    { id, contactId, occurredAt }: Feedback,
    channel: Channel,
    addressHash: Buffer,
    senderId: number | null,
    reason: SuppressionReason,
  ): Promise<void> {
    const source = formatId('feedback', id);
    await this.suppressions.addHash(channel, addressHash, senderId, reason, source);
    const subject = {
      feedbackId: source,
      ...(senderId === null ? {} : { senderId: formatId('sender', senderId) }),
    };
    const payload = { channel, reason };
    await this.outgoing.emit([{ kind: 'address.suppressed', contactId, subject, payload, occurredAt }]);
  }

  async #complained(feedback: Feedback, message: MessageFacts, actor: string): Promise<void> {
    const { addressHash, channel, senderId } = message;
    if (feedback.dispatchId !== null && (await this.repository.isFirst(feedback)))
      await this.budgets.note(feedback.dispatchId, 'complained');
    if (addressHash === null) return;
    await this.#suppress(feedback, channel, addressHash, senderId, 'complaint');
    await this.#withdraw(feedback, message, actor);
  }

  /** Everything of the sender: whoever complains, or asks in words, speaks of more than one topic. */
  async #withdraw(feedback: Feedback, message: MessageFacts, actor: string): Promise<void> {
    const { contactId, reason, kind, source, occurredAt } = feedback;
    const { addressHash, channel, senderId, topicId } = message;
    if (contactId === null || addressHash === null) return;
    const isOneTopic = reason === UNSUBSCRIBE_MAIL;
    await this.consents.withdraw({
      contactId,
      addressHash: { channel, hash: addressHash },
      scope: isOneTopic ? { kind: 'topic', topicId, channel } : { kind: 'everything', senderId },
      evidence: {
        method: kind === 'complained' ? 'complaint' : isOneTopic ? 'unsubscribe_mail' : 'reply',
        source: `${formatId('feedback', feedback.id)} (${source})`,
      },
      actor,
      occurredAt,
    });
  }
}

/** A reply that was held, because it may ask to be left alone: whoever says "act" says that it does. */
function meantBy({ kind, heldFor }: Feedback): FeedbackKind {
  return kind === 'replied' && heldFor === 'AMBIGUOUS' ? 'opted_out' : kind;
}

function notHeld(id: number): DomainError {
  return new DomainError({
    kind: 'conflict',
    code: 'FEEDBACK_NOT_HELD',
    message: `${formatId('feedback', id)} is not held: it was acted upon or dismissed already.`,
  });
}

function namesNoMessage(id: number): DomainError {
  return new DomainError({
    kind: 'unprocessable',
    code: 'FEEDBACK_NAMES_NO_MESSAGE',
    message: `Nothing proves which message ${formatId('feedback', id)} is about, or the message is gone. Dismiss it; suppress an address at /v1/suppressions if you know it.`,
  });
}
