import { Inject, Injectable } from '@nestjs/common';
import { IdempotencyService } from '#access';
import { Clock, LOGGER, type Logger, NowAndThen } from '#common';
import { LedgerRetention } from '#consent';
import { ImportsService } from '#contacts';
import { isLockUnavailable } from '#database';
import { type JobHandler } from '#queue';
import { EngagementRecords, FeedbackService } from '#feedback';
import { OrdersService } from '#orders';
import { MessageRetention, MessagesService } from '#sending';
import { SubjectRequestsService } from './subject-requests.service.js';

/** How often a worker looks by itself, whatever the queue says. */
const EVERY_MS = 60 * 60 * 1000;
/** An attempt that was under way while its person was erased may have written its row a moment later. */
const AFTERMATH_MS = 7 * 24 * 60 * 60 * 1000;
const CONTACTS_AT_ONCE = 200;

/** Forgets what has served its time, as the law packs say. */
@Injectable()
export class ApplyRetentionHandler implements JobHandler<'apply-retention'> {
  readonly job = 'apply-retention';
  readonly #hourly = new NowAndThen(EVERY_MS);

  constructor(
    private readonly ledger: LedgerRetention,
    private readonly imports: ImportsService,
    private readonly messages: MessagesService,
    private readonly engagement: EngagementRecords,
    private readonly feedback: FeedbackService,
    private readonly messageRetention: MessageRetention,
    private readonly orders: OrdersService,
    private readonly requests: SubjectRequestsService,
    private readonly answers: IdempotencyService,
    private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  handle(): Promise<void> {
    return this.#run();
  }

  /** Nothing here is urgent: once an hour, however often it is asked. */
  async sweep(stop?: AbortSignal): Promise<void> {
    if (this.#hourly.isDue(this.clock.now())) await this.#run(stop);
  }

  async #run(stop?: AbortSignal): Promise<void> {
    const now = this.clock.now();
    this.#hourly.mark(now);
    await this.ledger.run(stop);
    if (stop?.aborted === true) return;
    const rejections = await this.imports.forgetOldRejections();
    if (rejections > 0) this.logger.info({ rejections }, 'refused rows of old imports were forgotten');
    await this.answers.forgetOld();
    await this.orders.forgetTaken();
    await this.messageRetention.run();
    await this.#finishErasures(new Date(now.getTime() - AFTERMATH_MS));
  }

  async #finishErasures(since: Date): Promise<void> {
    const erased = await this.requests.erasedSince(since);
    for (let at = 0; at < erased.length; at += CONTACTS_AT_ONCE) {
      try {
        const some = erased.slice(at, at + CONTACTS_AT_ONCE);
        await this.messages.forget(some);
        await this.engagement.forget(some);
        await this.feedback.forget(some);
      } catch (error) {
        // Being written this moment; an hour from now it is not.
        if (!isLockUnavailable(error)) throw error;
      }
    }
  }
}
