import { Injectable } from '@nestjs/common';
import { type JobHandler } from '#queue';
import { FeedbackService } from './feedback.service.js';
import { RelayRefusals } from './relay-refusals.js';

/** Acts upon what was told of messages, and judges what relays refused. */
@Injectable()
export class ApplyFeedbackHandler implements JobHandler<'apply-feedback'> {
  readonly job = 'apply-feedback';

  constructor(
    private readonly feedback: FeedbackService,
    private readonly refusals: RelayRefusals,
  ) {}

  handle(): Promise<void> {
    return this.sweep();
  }

  async sweep(stop?: AbortSignal): Promise<void> {
    while (stop?.aborted !== true && (await this.refusals.judgeSome()) > 0);
    while (stop?.aborted !== true && (await this.feedback.applySome(stop)) > 0);
  }
}
