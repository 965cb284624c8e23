import { Inject, Injectable } from '@nestjs/common';
import { Clock, formatId, LOGGER, type Logger } from '#common';
import { ConsentsService } from '#consent';
import {
  DeliveryRepository,
  ErrorBudgetsService,
  LaneBrake,
  type LaterEvidence,
  type MessageFacts,
  UnknownsService,
} from '#sending';
import { type Feedback, type FeedbackKind, type HeldReason } from './feedback.js';
import { FeedbackEffects } from './feedback-effects.js';
import { FeedbackMetrics } from './feedback-metrics.js';
import { FeedbackRepository } from './feedback.repository.js';
import { NOT_SENT } from './provider-feedback.js';
import { SmsBounces } from './sms/sms-bounces.js';
import { SmsLosses } from './sms/sms-losses.js';
import { SmsRequests } from './sms/sms-requests.js';
import { CARRIER_STOP, UNSUBSCRIBE_MAIL } from './withdrawal-methods.js';

/**
 * Soft bounces of an address, over so many days, that end our patience: a mailbox that is full for good. Servers try for
 * five days (RFC 5321 section 4.5.4.1): of what was accepted and has not come back by then, nothing comes.
 */
const WORN_OUT = { times: 5, days: 10, quietDays: 5 };
/** What each kind says of a message of which nothing was known. */
const evidenceOf: Partial<Record<FeedbackKind, LaterEvidence>> = {
  bounced: 'bounced',
  complained: 'delivered',
  opted_out: 'replied',
  replied: 'replied',
  auto_replied: 'delivered',
};

/**
 * What follows from what is told of a message: for the ledger row, the suppression list, the consents, the campaign's error
 * budget, the lane, and whoever listens.
 */
@Injectable()
export class FeedbackConsequences {
  constructor(
    private readonly repository: FeedbackRepository,
    private readonly messages: DeliveryRepository,
    private readonly effects: FeedbackEffects,
    private readonly consents: ConsentsService,
    private readonly budgets: ErrorBudgetsService,
    private readonly unknowns: UnknownsService,
    private readonly brake: LaneBrake,
    private readonly smsBounces: SmsBounces,
    private readonly smsLosses: SmsLosses,
    private readonly smsRequests: SmsRequests,
    private readonly metrics: FeedbackMetrics,
    private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Call it in the transaction that settles what was told. @returns why nothing could be done, if so */
  async of(feedback: Feedback, actor: string): Promise<HeldReason | null> {
    if (feedback.senderId !== null) return this.smsRequests.actOn(feedback, actor);
    const { dispatchId, contactId, kind } = feedback;
    if (dispatchId === null || contactId === null) return 'UNPROVEN';
    if (this.smsLosses.isLoss(feedback)) await this.smsLosses.lock(dispatchId);
    const message = await this.messages.lock({ dispatchId, contactId });
    if (!message) return 'MESSAGE_UNKNOWN';
    if (this.smsLosses.isOutdated(feedback, message)) return null;
    // Of somebody who was erased we do not get to know what they write.
    if (!message.isKnown) await this.repository.forget([contactId]);
    const isCarrierStop = kind === 'opted_out' && feedback.reason === CARRIER_STOP;
    const evidence = isCarrierStop ? 'bounced' : evidenceOf[kind];
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
    await this.effects.tell(feedback);
    if (kind === 'bounced') await this.#bounced(feedback, message, actor);
    else if (kind === 'complained') await this.#complained(feedback, message, actor);
    else if (isCarrierStop) await this.#stoppedAtCarrier(feedback, message, actor);
    else if (kind === 'opted_out') await this.#withdraw(feedback, message, actor);
    else if (kind === 'auth_failed')
      this.logger.warn({ dispatch: dispatchId }, 'a receiver says our mail fails authentication');
    return null;
  }

  /** What follows when a person decided that nothing is to be done. Call it in the transaction that settles it. */
  async ofDismissal(feedback: Feedback, why: string, actor: string): Promise<void> {
    if (feedback.senderId !== null) await this.smsRequests.dismiss(feedback, why, actor);
  }

  async #bounced(feedback: Feedback, message: MessageFacts, actor: string): Promise<void> {
    const { dispatchId, contactId, bounceClass, reason, source } = feedback;
    if (dispatchId === null || contactId === null) return;
    if (this.smsLosses.isLoss(feedback) && (await this.smsLosses.tryAgain(feedback))) return;
    await this.messages.markBounced({ dispatchId, contactId }, feedback.occurredAt);
    const { addressHash, channel, senderId, lane } = message;
    // A message counts once, however often and by however many it is told: nobody stops a campaign by repeating himself.
    const counts = bounceClass === 'hard' || bounceClass === 'block';
    const isFirst = counts && (await this.repository.isFirst(feedback));
    // What the relay itself refused, the budget has counted as a refusal.
    if (isFirst && source !== 'relay') await this.budgets.note(dispatchId, 'bounced');
    if (bounceClass === 'block') {
      if (channel === 'sms') await this.smsBounces.blocked(feedback, message);
      this.logger.warn(
        { dispatch: dispatchId, channel, reason, status: feedback.status },
        'a message came back blocked: the address is not to blame',
      );
      // What its provider never sent, no receiver has refused.
      if (isFirst && lane !== null && reason !== NOT_SENT)
        await this.brake.press(senderId, lane, reason ?? 'blocked');
      return;
    }
    if (channel === 'sms') return this.smsBounces.act(feedback, message, actor);
    if (addressHash === null || bounceClass === null) return;
    const isDead =
      bounceClass === 'hard' ||
      (await this.repository.isWornOut(feedback, addressHash, WORN_OUT, this.clock.now()));
    if (isDead) await this.effects.suppress(feedback, channel, addressHash, null, 'hard_bounce');
  }

  async #complained(feedback: Feedback, message: MessageFacts, actor: string): Promise<void> {
    const { addressHash, channel, senderId } = message;
    if (feedback.dispatchId !== null && (await this.repository.isFirst(feedback)))
      await this.budgets.note(feedback.dispatchId, 'complained');
    if (addressHash === null) return;
    await this.effects.suppress(feedback, channel, addressHash, senderId, 'complaint');
    await this.#withdraw(feedback, message, actor);
  }

  async #stoppedAtCarrier(feedback: Feedback, message: MessageFacts, actor: string): Promise<void> {
    const { dispatchId, contactId, occurredAt } = feedback;
    if (dispatchId === null || contactId === null) return;
    await this.messages.markBounced({ dispatchId, contactId }, occurredAt);
    await this.smsBounces.stopped(feedback, message, actor);
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
