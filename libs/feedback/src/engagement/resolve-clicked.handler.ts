import { Inject, Injectable } from '@nestjs/common';
import { Clock, HUMAN_AFTER_MS, LOGGER, type Logger, NowAndThen } from '#common';
import { type JobHandler } from '#queue';
import { UnknownsService } from '#sending';
import { EngagementRepository } from './engagement.repository.js';

/** How often a worker looks by itself, whatever the queue says. */
const EVERY_MS = 30_000;
const AT_ONCE = 500;

/**
 * A person who pressed a link in a message has received it: that decides what became of one that was never answered. Only
 * clicks that have stood for a while without anything that speaks for a machine.
 */
@Injectable()
export class ResolveClickedHandler implements JobHandler<'resolve-clicked'> {
  readonly job = 'resolve-clicked';
  readonly #often = new NowAndThen(EVERY_MS);

  constructor(
    private readonly repository: EngagementRepository,
    private readonly unknowns: UnknownsService,
    private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  handle(): Promise<void> {
    return this.#run();
  }

  async sweep(stop?: AbortSignal): Promise<void> {
    if (this.#often.isDue(this.clock.now())) await this.#run(stop);
  }

  async #run(stop?: AbortSignal): Promise<void> {
    const now = this.clock.now();
    this.#often.mark(now);
    const before = new Date(now.getTime() - HUMAN_AFTER_MS);
    for (;;) {
      const clicked = await this.repository.clickedUnknowns(before, AT_ONCE);
      const evidence = clicked.map(({ dispatchId, contactId, occurredAt }) => ({
        ...{ dispatchId, contactId, occurredAt, kind: 'clicked' as const, source: 'link' },
      }));
      const resolved = clicked.length === 0 ? 0 : await this.unknowns.resolveAll(evidence);
      if (resolved > 0) this.logger.info({ resolved }, 'clicks told that messages had arrived');
      // What was found and not resolved would be found again.
      if (clicked.length < AT_ONCE || resolved === 0 || stop?.aborted === true) return;
    }
  }
}
