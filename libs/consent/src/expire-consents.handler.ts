import { Injectable } from '@nestjs/common';
import { type JobHandler } from '#queue';
import { ConsentsService } from './consents.service.js';

/** Writes into the ledger which consents ran out. The gate denies them the second they do, with or without the event. */
@Injectable()
export class ExpireConsentsHandler implements JobHandler<'expire-consents'> {
  readonly job = 'expire-consents';

  constructor(private readonly consents: ConsentsService) {}

  async handle(): Promise<void> {
    await this.consents.noteExpired();
  }

  sweep(): Promise<void> {
    return this.handle();
  }
}
