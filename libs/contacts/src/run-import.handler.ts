import { Injectable } from '@nestjs/common';
import { type JobHandler, type JobPayloads } from '#queue';
import { ImportRunner } from './import-runner.js';

/** The queue's side of imports. */
@Injectable()
export class RunImportHandler implements JobHandler<'run-import'> {
  readonly job = 'run-import';

  constructor(private readonly runner: ImportRunner) {}

  handle({ importId }: JobPayloads['run-import']): Promise<void> {
    return this.runner.run(importId);
  }

  async sweep(): Promise<void> {
    await this.runner.sweep();
  }
}
