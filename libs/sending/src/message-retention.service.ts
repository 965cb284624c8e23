import { Inject, Injectable } from '@nestjs/common';
import { Clock, LOGGER, type Logger } from '#common';
import { CONFIG, type Config } from '#config';
import { RightsLaw } from '#consent';
import { isLockUnavailable } from '#database';
import { type MessageRange, MessageRangeRepository } from './message-range.repository.js';

/** Keeps the ledger of messages in ranges: one made ahead, a new one each month, the old ones dropped in time. */
@Injectable()
export class MessageRetention {
  constructor(
    private readonly ranges: MessageRangeRepository,
    private readonly law: RightsLaw,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Makes, begins, drops, whatever is due; called about once an hour. Returns the ranges that were dropped. */
  async run(): Promise<MessageRange[]> {
    const now = this.clock.now();
    await this.ranges.begin(now);
    const months = await this.months();
    if (months === null) return [];
    const before = monthsBefore(now, months);
    const dropped: MessageRange[] = [];
    try {
      for (;;) {
        const range = await this.ranges.overdue(before);
        if (!range || !(await this.ranges.drop(range, before, now))) break;
        this.logger.info({ ...range, months }, 'messages of a range of dispatches had served their time');
        dropped.push(range);
      }
    } catch (error) {
      // Somebody reads the ledger this moment, an export perhaps. There is time.
      if (!isLockUnavailable(error)) throw error;
    }
    return dropped;
  }

  /**
   * For how many months after their dispatch's end messages are kept, or null: for good. Never shorter than the longest time
   * that a law in force wants proofs kept after the last message: a message's row says which consent it went by, and when
   * the last one was.
   */
  async months(): Promise<number | null> {
    const wanted = this.config.MESSAGE_RETENTION_MONTHS;
    if (wanted === undefined) return null;
    const rules = await this.law.rules();
    return Math.max(wanted, ...rules.map(rule => rule.proofMonths));
  }
}

/** Calendar months in UTC, as the retention of the consent ledger counts them. */
export function monthsBefore(at: Date, months: number): Date {
  const day = new Date(at);
  day.setUTCDate(1);
  day.setUTCMonth(day.getUTCMonth() - months);
  const last = new Date(Date.UTC(day.getUTCFullYear(), day.getUTCMonth() + 1, 0)).getUTCDate();
  day.setUTCDate(Math.min(at.getUTCDate(), last));
  return day;
}
