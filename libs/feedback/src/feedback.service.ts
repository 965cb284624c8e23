import { Inject, Injectable } from '@nestjs/common';
import { AuditTrail } from '#access';
import { Clock, DomainError, formatId, LOGGER, type Logger, notFound, type Page } from '#common';
import { Database, type PageRequest, toPage } from '#database';
import { OutgoingEvents } from '#webhooks';
import { JobQueue } from '#queue';
import { DeliveryRepository, UnknownsService } from '#sending';
import { type Feedback, type FeedbackKind, type FeedbackState, type NewFeedback } from './feedback.js';
import { FeedbackConsequences } from './feedback-consequences.js';
import { type FeedbackCount, FeedbackRepository } from './feedback.repository.js';

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

/** Keeps what is told of messages, and sees to it that each is acted upon once, held for a person, or decided by one. */
@Injectable()
export class FeedbackService {
  constructor(
    private readonly db: Database,
    private readonly repository: FeedbackRepository,
    private readonly messages: DeliveryRepository,
    private readonly unknowns: UnknownsService,
    private readonly consequences: FeedbackConsequences,
    private readonly outgoing: OutgoingEvents,
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
  async keep(events: readonly NewFeedback[]): Promise<number> {
    return (await this.repository.insert(events, this.clock.now())).length;
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
      if (act && (await this.consequences.of(meant, actor)) !== null) throw namesNoMessage(id);
      if (!act) await this.consequences.ofDismissal(held, why, actor);
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
      const { taken, news: told } = await this.repository.takeDeliveries(DELIVERIES_AT_ONCE);
      if (taken === 0) return 0;
      const news = told.flatMap(({ isOutdated, ...one }) => (isOutdated ? [] : [one]));
      const places = news.flatMap(({ kind, ...one }) => (kind === 'taken' ? [] : { ...one, delivery: kind }));
      if (places.length > 0) await this.messages.note(places);
      const proofs = news.flatMap(({ kind, ...one }) => (kind === 'delayed' ? [] : { ...one, kind }));
      if (proofs.length > 0) await this.unknowns.resolveAll(proofs);
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
        const heldFor = await this.consequences.of(taken, `feedback:${taken.source}`);
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
