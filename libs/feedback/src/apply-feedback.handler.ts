import { Injectable } from '@nestjs/common';
import { Clock, NowAndThen } from '#common';
import { SuppressionsService } from '#consent';
import { type JobHandler } from '#queue';
import { FeedbackService } from './feedback.service.js';
import { RelayRefusals } from './relay-refusals.js';

const FORGET_EVERY_MS = 3_600_000;

/** Acts upon what was told of messages, and judges what relays refused. */
@Injectable()
export class ApplyFeedbackHandler implements JobHandler<'apply-feedback'> {
  readonly job = 'apply-feedback';
  readonly #forgetting = new NowAndThen(FORGET_EVERY_MS);

  constructor(
    private readonly clock: Clock,
    private readonly feedback: FeedbackService,
    private readonly refusals: RelayRefusals,
    private readonly suppressions: SuppressionsService,
  ) {}

  handle(): Promise<void> {
    return this.sweep();
  }

  async sweep(stop?: AbortSignal): Promise<void> {
    while (stop?.aborted !== true && (await this.refusals.judgeSome()) > 0);
    while (stop?.aborted !== true && (await this.feedback.applySome(stop)) > 0);
    const now = this.clock.now();
    if (!this.#forgetting.isDue(now)) return;
    this.#forgetting.mark(now);
    await this.feedback.forgetOld(stop);
    await this.suppressions.endUnreachable();
  }
}
