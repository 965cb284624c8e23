import { Inject, Injectable } from '@nestjs/common';
import { Clock, LOGGER, type Logger } from '#common';
import { AddressKeys } from '#database';
import { type JobHandler } from '#queue';
import { ChunkRepository } from './chunk.repository.js';
import { DispatchRepository } from './dispatch.repository.js';
import { ErrorBudgetsService } from './pacing/error-budgets.service.js';
import { SendingLoop } from './sending-loop.js';
import { UnknownsService } from './unknowns.service.js';

/** Wakes the sender; its sweep also frees what dead workers held and ends what is over. */
@Injectable()
export class SendDispatchHandler implements JobHandler<'send-dispatch'> {
  readonly job = 'send-dispatch';

  constructor(
    private readonly loop: SendingLoop,
    private readonly chunks: ChunkRepository,
    private readonly dispatches: DispatchRepository,
    private readonly unknowns: UnknownsService,
    private readonly addressKeys: AddressKeys,
    private readonly budgets: ErrorBudgetsService,
    private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  async handle(): Promise<void> {
    this.loop.wake();
  }

  async sweep(): Promise<void> {
    const now = this.clock.now();
    await this.chunks.reap(now);
    await this.dispatches.expireLate(now);
    await this.dispatches.finishDone(null, now);
    // The statements that claim and allow ask this too; here it is said in the log.
    if (await this.addressKeys.isCurrent()) this.loop.wake();
    // What is done by the way must keep nobody from sending, nor each other from being done.
    await this.#aside('evidence that came early could not decide', () => this.unknowns.sweep());
    await this.#aside('error budgets could not be watched', () => this.budgets.watch());
  }

  async #aside(failure: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.logger.error({ err: error }, `${failure}; tried again with the next sweep`);
    }
  }
}
