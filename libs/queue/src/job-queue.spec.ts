import { createLogger } from '#common';
import { JobQueue } from './job-queue.js';
import { type QueueBackend } from './queue-backend.js';

describe('a wake-up', () => {
  it('holds nobody up when the queue is there but says nothing: polling will find the work', async () => {
    const never = (): Promise<never> => new Promise(() => undefined);
    const silent = { on: () => undefined, add: never, upsertJobScheduler: never, close: never };
    const backend = { kind: 'redis', queue: () => silent } as unknown as QueueBackend;
    const queue = new JobQueue(backend, createLogger('silent'));
    const began = performance.now();
    await Promise.all([
      queue.wake('send-dispatch', { dispatchId: 1 }),
      queue.ensureRepeatingJobs(),
      queue.onApplicationShutdown(),
    ]);
    expect(performance.now() - began).toBeLessThan(3000);
  });
});
