import { Global, Module } from '@nestjs/common';
import { CONFIG, type Config } from '#config';
import { JobQueue } from './job-queue.js';
import { JobRunner } from './job-runner.js';
import { createQueueBackend } from './queue-backend.js';
import { QueueMetrics } from './queue-metrics.js';
import { QUEUE_BACKEND } from './queue.tokens.js';

@Global()
@Module({
  providers: [
    { provide: QUEUE_BACKEND, inject: [CONFIG], useFactory: (config: Config) => createQueueBackend(config) },
    JobQueue,
    JobRunner,
    QueueMetrics,
  ],
  exports: [JobQueue, JobRunner],
})
export class QueueModule {}
