import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { type Job, type Queue } from 'bullmq';
import { LOGGER, logContext, type Logger, messageOf } from '#common';
import { type JobName, jobPolicies, type JobPayloads, queueNames, repeatingJobs } from './jobs.js';
import { type QueueBackend } from './queue-backend.js';
import { QUEUE_BACKEND } from './queue.tokens.js';
import { within } from './within.js';

/** How long anybody waits for the queue, in milliseconds. A server that is there but says nothing counts as away. */
const PATIENCE_MS = 1000;

/** How a queue stands. */
export interface QueueStanding {
  queue: string;
  /** Jobs by state: waiting, active, delayed, failed. */
  counts: Record<string, number>;
  /** How long the job that waits longest has been due, in seconds; 0 when none waits. */
  oldestSeconds: number;
}

/** Places wake-ups. Call it after the commit: a job that arrives first would find nothing. */
@Injectable()
export class JobQueue implements OnApplicationShutdown {
  readonly #queues: Map<string, Queue>;
  /** Told of each wake-up that the queue did not take. */
  onMisplaced: (job: JobName) => void = () => undefined;

  constructor(
    @Inject(QUEUE_BACKEND) backend: QueueBackend,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    this.#queues = new Map(queueNames.map(name => [name, backend.queue(name)]));
    for (const queue of this.#queues.values()) {
      queue.on('error', error =>
        this.logger.warn({ queue: queue.name, reason: error.message }, 'queue unreachable'),
      );
    }
  }

  /** Wakes whoever does this job. Never fails: with the queue away the same work is found by polling. */
  async wake<Name extends JobName>(job: Name, payload: JobPayloads[Name]): Promise<void> {
    const { queue, attempts, backoffMs } = jobPolicies[job];
    try {
      const options = { attempts, backoff: { type: 'exponential', delay: backoffMs } };
      const { trace } = logContext();
      const data = trace === undefined ? payload : { ...payload, trace };
      await within(PATIENCE_MS, this.#queue(queue).add(job, data, options));
    } catch (error) {
      this.onMisplaced(job);
      this.logger.warn({ job, reason: messageOf(error) }, 'wake-up not placed; polling will find the work');
    }
  }

  /** How every queue stands. @throws Error when the queue is away. */
  standings(): Promise<QueueStanding[]> {
    return Promise.all(
      [...this.#queues].map(async ([name, queue]) => {
        const counts = await within(
          PATIENCE_MS,
          queue.getJobCounts('waiting', 'active', 'delayed', 'failed'),
        );
        const [oldest] = await within(PATIENCE_MS, queue.getJobs(['waiting'], 0, 0, true));
        const oldestSeconds = oldest ? Math.max(0, secondsDue(oldest)) : 0;
        return { queue: name, counts, oldestSeconds };
      }),
    );
  }

  /** (Re)creates the repeating jobs: a flushed queue forgets them, so workers call this on boot and every minute. */
  async ensureRepeatingJobs(): Promise<void> {
    // All at once: a queue that says nothing costs its patience once, however many jobs there are.
    await Promise.all(
      (Object.entries(repeatingJobs) as [JobName, number][]).map(job => this.#ensureRepeating(...job)),
    );
  }

  async #ensureRepeating(job: JobName, every: number): Promise<void> {
    try {
      const queue = this.#queue(jobPolicies[job].queue);
      await within(PATIENCE_MS, queue.upsertJobScheduler(job, { every }, { name: job, data: {} }));
    } catch (error) {
      this.logger.warn({ job, reason: messageOf(error) }, 'repeating job not placed; polling covers it');
    }
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.allSettled([...this.#queues.values()].map(queue => within(PATIENCE_MS, queue.close())));
  }

  #queue(name: string): Queue {
    return this.#queues.get(name) as Queue;
  }
}

/** How long ago a job came due, in seconds. `job.delay` is 0 by the time it is due; its options remember the wait. */
export function secondsDue({ timestamp, opts }: Pick<Job, 'timestamp' | 'opts'>): number {
  return (Date.now() - timestamp - (opts.delay ?? 0)) / 1000;
}
