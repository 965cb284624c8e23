import { Inject, Injectable } from '@nestjs/common';
import { AuditTrail } from '#access';
import { Clock, formatId } from '#common';
import { CONFIG, type Config } from '#config';
import { SendersService } from '#consent';
import { Database } from '#database';
import { type Dispatch } from '../dispatch.js';
import { isEnded } from '../dispatch-state.js';
import { lanes } from '../lanes.js';
import { BudgetWaitsRepository } from '../sms/budget-waits.repository.js';
import { SmsClosureRepository } from '../sms/sms-closure.repository.js';
import { type SlowLane } from './lane-speed.js';
import { type Rate } from './rate.js';
import { type BucketRow, type BucketSubject, TokenBucketRepository } from './token-bucket.repository.js';
import { type BudgetWaitNow, type Wait, waitsFor } from './waits.js';
import { WaitsRepository } from './waits.repository.js';
import { localMonth } from './local-calendar.js';
import { WarmUpsService } from './warm-ups.service.js';

export type Lane = (typeof lanes)[number];

/** How fast a sender may send, and how fast each of its lanes goes; null: no limit. Speeds are messages per second. */
export interface SenderPacing {
  rate: Rate | null;
  lanes: { lane: Lane; rate: Rate | null; perSecond: number | null; slow: SlowLane | null }[];
}

/** The limits people set, on senders and dispatches; a change holds within about a second, while it runs. */
@Injectable()
export class PacingService {
  constructor(
    private readonly db: Database,
    private readonly buckets: TokenBucketRepository,
    private readonly waits: WaitsRepository,
    private readonly warmUps: WarmUpsService,
    private readonly senders: SendersService,
    private readonly budgets: BudgetWaitsRepository,
    private readonly closures: SmsClosureRepository,
    private readonly audit: AuditTrail,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** @throws DomainError SENDER_NOT_FOUND */
  async ofSender(senderId: number): Promise<SenderPacing> {
    await this.senders.get(senderId);
    const rows = await this.buckets.ofSender(senderId);
    return {
      rate: rateOf(rows.find(row => row.scope === 'sender')),
      lanes: lanes.map(lane => {
        const row = rows.find(one => one.lane === lane);
        return { lane, rate: rateOf(row), perSecond: row?.rate ?? null, slow: row?.slow ?? null };
      }),
    };
  }

  /**
   * Sets a sender's limit and those of its lanes; a lane that is not named has none. What a lane slowed to by itself stays.
   * @throws DomainError SENDER_NOT_FOUND
   */
  async setSender(
    senderId: number,
    rate: Rate | null,
    laneRates: Partial<Record<Lane, Rate | null>>,
    actor: string,
  ): Promise<SenderPacing> {
    await this.db.transaction(async () => {
      await this.senders.get(senderId);
      // In the order of their keys, in which workers lock them too: nobody waits for another in a circle.
      for (const lane of [...lanes].sort()) {
        await this.#set({ scope: 'lane', senderId, lane }, laneRates[lane] ?? null);
      }
      await this.#set({ scope: 'sender', senderId }, rate);
      const detail = { rate, lanes: laneRates };
      await this.audit.record(actor, 'sender.pacing-set', formatId('sender', senderId), detail);
    });
    return this.ofSender(senderId);
  }

  /** Limits a dispatch, or (null) lets it go as fast as it can. */
  setDispatch(dispatchId: number, rate: Rate | null): Promise<void> {
    return this.#set({ scope: 'dispatch', dispatchId }, rate);
  }

  /** What a dispatch waits for or is held to, in words; empty when nothing holds it. */
  async waitsOf(dispatch: Dispatch): Promise<Wait[]> {
    if (dispatch.state === 'freezing' || isEnded(dispatch.state)) return [];
    if (dispatch.state === 'paused') return waitsFor(dispatch, [], null);
    const warmUp = await this.warmUps.find(dispatch.senderId);
    const limits = await this.waits.limitsOn(dispatch);
    const sendsSms = dispatch.channel === 'sms' || dispatch.smsVersionId !== null;
    const closed = sendsSms ? await this.closures.waitedFor(dispatch.id, dispatch.senderId) : [];
    return waitsFor(dispatch, limits, warmUp, sendsSms ? await this.#budgetOn(dispatch) : null, closed);
  }

  async #budgetOn(dispatch: Dispatch): Promise<BudgetWaitNow | null> {
    const now = this.clock.now();
    const { timeZone } = await this.senders.get(dispatch.senderId);
    const monthNow = localMonth(now, timeZone);
    const wait = await this.budgets.find(dispatch, monthNow.month, now);
    return wait && { ...wait, monthNow, currency: this.config.SMS_CURRENCY };
  }

  #set(subject: BucketSubject, rate: Rate | null): Promise<void> {
    return rate ? this.buckets.setRate(subject, rate) : this.buckets.clearRate(subject);
  }
}

function rateOf(row: BucketRow | undefined): Rate | null {
  return row && row.messages !== null && row.per !== null ? { messages: row.messages, per: row.per } : null;
}
