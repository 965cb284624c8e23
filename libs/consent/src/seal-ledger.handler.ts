import { Injectable } from '@nestjs/common';
import { type JobHandler } from '#queue';
import { LedgerIntegrityService } from './ledger-integrity.service.js';

/** Links new consent events into the ledger's chain. */
@Injectable()
export class SealLedgerHandler implements JobHandler<'seal-ledger'> {
  readonly job = 'seal-ledger';

  constructor(private readonly integrity: LedgerIntegrityService) {}

  async handle(): Promise<void> {
    await this.integrity.seal();
  }

  sweep(): Promise<void> {
    return this.handle();
  }
}
