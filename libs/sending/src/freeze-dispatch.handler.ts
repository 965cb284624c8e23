import { Inject, Injectable } from '@nestjs/common';
import { LOGGER, type Logger } from '#common';
import { type JobHandler } from '#queue';
import { AudienceService } from './audience.service.js';
import { DispatchRepository } from './dispatch.repository.js';
import { SendingLoop } from './sending-loop.js';

/** Freezes the audience of a dispatch, and lets the sending begin. */
@Injectable()
export class FreezeDispatchHandler implements JobHandler<'freeze-dispatch'> {
  readonly job = 'freeze-dispatch';

  constructor(
    private readonly audiences: AudienceService,
    private readonly dispatches: DispatchRepository,
    private readonly loop: SendingLoop,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  async handle({ dispatchId }: { dispatchId: number }): Promise<void> {
    if (await this.audiences.freeze(dispatchId)) this.loop.wake();
  }

  async sweep(): Promise<void> {
    for (const dispatchId of await this.dispatches.idsInState('freezing')) {
      try {
        await this.handle({ dispatchId });
      } catch (error) {
        // One that cannot be frozen must not keep those behind it waiting.
        this.logger.error(
          { dispatch: dispatchId, err: error },
          'an audience could not be frozen; it is tried again',
        );
      }
    }
  }
}
