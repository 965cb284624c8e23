import { Inject, Injectable } from '@nestjs/common';
import { AuditTrail } from '#access';
import { Clock, formatId, LOGGER, type Logger } from '#common';
import { SendersService } from '#consent';
import { Database } from '#database';
import { OutgoingEvents } from '#webhooks';
import { DispatchRepository } from '../dispatch.repository.js';
import { statesBefore } from '../dispatch-state.js';
import {
  defaultBudget,
  type ErrorBudget,
  overspent,
  type Overspent,
  overspentWords,
} from './error-budget.js';
import { ErrorBudgetRepository, type Watched } from './error-budget.repository.js';

/** The longest window there may be, in minutes: a week. */
export const LONGEST_WINDOW_MINUTES = 7 * 24 * 60;
const WATCH_MS = 5000;
const FORGET_MS = 3_600_000;
/** Who pauses, as the audit trail and the campaign name it. */
export const ERROR_BUDGET = 'error-budget';

/** Pauses what hurts its sender's name: too many refusals, bounces or complaints. A person resumes it. */
@Injectable()
export class ErrorBudgetsService {
  #watchedAt = -Infinity;
  #forgotAt = -Infinity;

  constructor(
    private readonly db: Database,
    private readonly repository: ErrorBudgetRepository,
    private readonly dispatches: DispatchRepository,
    private readonly senders: SendersService,
    private readonly outgoing: OutgoingEvents,
    private readonly audit: AuditTrail,
    private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** @throws DomainError SENDER_NOT_FOUND */
  async get(senderId: number): Promise<ErrorBudget> {
    await this.senders.get(senderId);
    return (await this.repository.find(senderId)) ?? defaultBudget;
  }

  /** @throws DomainError SENDER_NOT_FOUND */
  async set(senderId: number, budget: ErrorBudget, actor: string): Promise<ErrorBudget> {
    await this.db.transaction(async () => {
      await this.senders.get(senderId);
      await this.repository.save(senderId, budget);
      await this.audit.record(actor, 'sender.error-budget-set', formatId('sender', senderId), { ...budget });
    });
    return budget;
  }

  /** Back to the defaults. @throws DomainError SENDER_NOT_FOUND */
  async reset(senderId: number, actor: string): Promise<void> {
    await this.db.transaction(async () => {
      await this.senders.get(senderId);
      await this.repository.delete(senderId);
      await this.audit.record(actor, 'sender.error-budget-reset', formatId('sender', senderId), {});
    });
  }

  /**
   * A message bounced for good, or its reader complained. Call it in the transaction that records that; the campaign is
   * judged at the next look.
   */
  note(dispatchId: number, kind: 'bounced' | 'complained', count = 1): Promise<void> {
    return this.repository.note(dispatchId, kind, count, this.clock.now());
  }

  /** A look every few seconds, however often it is called. */
  async watch(): Promise<void> {
    const at = performance.now();
    if (at - this.#watchedAt < WATCH_MS) return;
    this.#watchedAt = at;
    await this.judgeAll();
    if (at - this.#forgotAt < FORGET_MS) return;
    this.#forgotAt = at;
    await this.repository.forget(
      new Date(this.clock.now().getTime() - (LONGEST_WINDOW_MINUTES + 60) * 60_000),
    );
  }

  /** Pauses every running dispatch whose budget is spent. @returns the ids of those that were paused */
  async judgeAll(): Promise<number[]> {
    const paused = [];
    for (const watched of await this.repository.watched(this.clock.now(), defaultBudget.windowMinutes)) {
      const reason = await this.#judge(watched);
      if (reason && (await this.#pause(watched.dispatchId, reason))) paused.push(watched.dispatchId);
    }
    return paused;
  }

  /** The workers' sums say whether to look closely; the ledger decides. */
  async #judge({ dispatchId, budget, counts, since }: Watched): Promise<Overspent | null> {
    const tolerated = budget ?? defaultBudget;
    if (!overspent(tolerated, counts)) return null;
    return overspent(tolerated, { ...counts, ...(await this.repository.count(dispatchId, since)) });
  }

  #pause(dispatchId: number, spent: Overspent): Promise<boolean> {
    const message = overspentWords(spent);
    return this.db.transaction(async () => {
      const now = this.clock.now();
      const pause = { by: ERROR_BUDGET, message, at: now.toISOString() };
      const moved = await this.dispatches.move(dispatchId, statesBefore('paused'), 'paused', now, pause);
      if (!moved) return false;
      this.logger.warn({ dispatch: dispatchId, ...spent }, 'a dispatch is paused: its error budget is spent');
      await this.outgoing.emit([
        {
          ...{
            kind: 'campaign.paused',
            contactId: null,
            subject: { dispatchId: formatId('dispatch', dispatchId) },
          },
          ...{ payload: { by: ERROR_BUDGET, ...spent }, occurredAt: now },
        },
      ]);
      await this.audit.record(ERROR_BUDGET, 'dispatch.paused', formatId('dispatch', dispatchId), {
        ...spent,
        message,
      });
      return true;
    });
  }
}
