import { Inject, Injectable } from '@nestjs/common';
import { AuditTrail } from '#access';
import { Clock, formatAmount, formatId } from '#common';
import { CONFIG, type Config } from '#config';
import { type Sender, SendersService } from '#consent';
import { Database } from '#database';
import { JobQueue } from '#queue';
import { localMonth, monthAt } from '../pacing/local-calendar.js';
import { BudgetWaitsRepository } from './budget-waits.repository.js';
import {
  type MessageCosts,
  type Spend,
  type SpendOf,
  SmsSpendRepository,
  type Taken,
} from './sms-spend.repository.js';

/** A sender's month on its own clock, and what was spent in it. */
export interface MonthSpend extends Spend {
  /** As `2026-11`. */
  month: string;
  timeZone: string;
  /** When the next one begins there. */
  endsAt: Date;
}

/**
 * What SMS cost and may cost, in millionths of `currency`. Money is taken before a message begins and given back when it
 * provably was not sent: what a worker that dies had taken stays spent, so that a limit is never passed.
 */
@Injectable()
export class SmsSpendService {
  constructor(
    private readonly db: Database,
    private readonly repository: SmsSpendRepository,
    private readonly waits: BudgetWaitsRepository,
    private readonly senders: SendersService,
    private readonly queue: JobQueue,
    private readonly audit: AuditTrail,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  get currency(): string {
    return this.config.SMS_CURRENCY;
  }

  /** On whose account a message of the sender goes now; without a dispatch on that of its month alone. */
  account(dispatchId: number | null, sender: Pick<Sender, 'id' | 'timeZone'>): SpendOf {
    return { dispatchId, senderId: sender.id, month: monthAt(this.clock.now(), sender.timeZone) };
  }

  /**
   * Takes, in order, each cost that still fits both limits; a cheaper one may fit after one that did not. Committed when it
   * returns: not to be called in a transaction, which would keep everybody else who spends waiting for its end.
   */
  async take(of: SpendOf, costs: readonly number[]): Promise<Taken> {
    for (const cost of costs) checked(cost);
    if (costs.length === 0) return { taken: [], exhausted: null };
    return this.repository.take(of, costs);
  }

  /** Gives back what was taken for messages that provably were not sent, to the account it was taken from, once. */
  async giveBack(of: SpendOf, amount: number): Promise<void> {
    if (checked(amount) > 0) await this.repository.giveBack(of, amount);
  }

  /** What a dispatch may cost; null: no limit. Then `letGo`, once that is committed. */
  setCampaign(dispatchId: number, most: number | null): Promise<void> {
    return this.repository.setDispatch(dispatchId, most);
  }

  /**
   * What a sender may spend in each month, the one under way included; null: no limit. What waits for money goes on.
   * @throws DomainError SENDER_NOT_FOUND
   */
  async setMonth(senderId: number, most: number | null, actor: string): Promise<MonthSpend> {
    await this.db.transaction(async () => {
      const { timeZone } = await this.senders.get(senderId);
      await this.repository.setMonth(senderId, monthAt(this.clock.now(), timeZone), most);
      const detail = { monthly: most === null ? null : formatAmount(most), currency: this.currency };
      await this.audit.record(actor, 'sender.sms-budget-set', formatId('sender', senderId), detail);
    });
    for (const dispatchId of await this.waits.dispatchesOf(senderId)) await this.letGo(dispatchId);
    return this.monthNow(senderId);
  }

  /** What of a dispatch waits for money asks for it anew, now; a worker is woken. Call it after the commit of a new limit. */
  async letGo(dispatchId: number): Promise<void> {
    await this.waits.letGo(dispatchId, this.clock.now());
    await this.queue.wake('send-dispatch', { dispatchId });
  }

  /** Whether the dispatch or its sender's month has a limit. */
  async isLimited({ dispatchId, senderId, month }: SpendOf): Promise<boolean> {
    const own = dispatchId === null ? [] : [await this.of(dispatchId)];
    const spends = [...own, await this.ofMonth(senderId, month)];
    return spends.some(({ most }) => most !== null);
  }

  of(dispatchId: number): Promise<Spend> {
    return this.repository.ofDispatch(dispatchId);
  }

  ofMonth(senderId: number, month: string): Promise<Spend> {
    return this.repository.ofMonth(senderId, month);
  }

  /** @throws DomainError SENDER_NOT_FOUND */
  async monthNow(senderId: number): Promise<MonthSpend> {
    const { timeZone } = await this.senders.get(senderId);
    const { month, endsAt } = localMonth(this.clock.now(), timeZone);
    return { ...(await this.ofMonth(senderId, month)), month, timeZone, endsAt };
  }

  /** What its messages came to; null when they have served their time. */
  messagesOf(dispatchId: number): Promise<MessageCosts | null> {
    return this.repository.messagesOf(dispatchId);
  }
}

/** Less than nothing would raise what is left. */
function checked(micros: number): number {
  if (!Number.isSafeInteger(micros) || micros < 0)
    throw new RangeError(`${micros} is no amount in millionths.`);
  return micros;
}
