import { Inject, Injectable } from '@nestjs/common';
import { type Job, type Worker } from 'bullmq';
import { inLogContext, LOGGER, type LogContext, type Logger } from '#common';
import { CONFIG, type Config } from '#config';
import { checkHandlers, type JobHandler } from './job-handler.js';
import { JobQueue, secondsDue } from './job-queue.js';
import { type JobName, queueNames } from './jobs.js';
import { type QueueBackend } from './queue-backend.js';
import { QueueMetrics } from './queue-metrics.js';
import { QueueListener } from './queue-listener.js';
import { QUEUE_BACKEND } from './queue.tokens.js';
import { SweepLoop } from './sweep-loop.js';
import { timed } from './timed.js';

const SCHEDULER_REFRESH_MS = 60_000;
/** Jobs of one queue that a worker does at the same time. */
const CONCURRENCY = 4;
/** How long a stop waits for a queue to let go, in milliseconds. What it held is done again by another worker. */
const CLOSE_MS = 3000;

/**
 * The worker's side of the queue: hands each job to its one handler, and lets every handler sweep PostgreSQL for work
 * at short intervals whatever the queue says. The queue makes things quick; the sweep makes them certain.
 */
@Injectable()
export class JobRunner {
  #listeners: QueueListener[] = [];
  #refresh: NodeJS.Timeout | undefined;
  #sweeps: SweepLoop[] = [];

  constructor(
    @Inject(QUEUE_BACKEND) private readonly backend: QueueBackend,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(CONFIG) private readonly config: Config,
    private readonly queue: JobQueue,
    private readonly metrics: QueueMetrics,
  ) {}

  /** @throws Error when a job has no handler, or two. */
  async start(handlers: readonly JobHandler[]): Promise<void> {
    checkHandlers(handlers);
    const byName = new Map<string, JobHandler>(handlers.map(handler => [handler.job, handler]));
    this.#listeners = queueNames.map(name => {
      const make = (): Worker =>
        this.backend.worker(
          name,
          async job => {
            const handler = byName.get(job.name as JobName);
            if (!handler) throw new Error(`A job of an unknown kind is in the queue: "${job.name}".`);
            await this.#run(handler, job);
          },
          CONCURRENCY,
        );
      return new QueueListener(name, make, this.logger);
    });
    for (const listener of this.#listeners) listener.start();
    this.#sweeps = handlers.map(
      handler => new SweepLoop(handler, this.config.SENDING_POLL_MS, this.logger, this.metrics.sweepDuration),
    );
    for (const loop of this.#sweeps) loop.start();
    await this.queue.ensureRepeatingJobs();
    this.#refresh = setInterval(() => void this.queue.ensureRepeatingJobs(), SCHEDULER_REFRESH_MS);
    this.#refresh.unref();
  }

  async #run(handler: JobHandler, job: Job): Promise<void> {
    // A try after the first waited on purpose.
    if (job.attemptsMade === 0) this.metrics.wait.observe({ job: handler.job }, Math.max(0, secondsDue(job)));
    const { trace, ...payload } = job.data as { trace?: string };
    const context: LogContext = {
      job: handler.job,
      jobId: job.id,
      ...(trace === undefined ? {} : { trace }),
    };
    await timed(this.metrics.duration, handler.job, () =>
      inLogContext(context, async () => {
        await handler.handle(payload as never);
        this.logger.debug('job done');
      }),
    );
  }

  /** Takes no further job and waits for those under way, but not for a queue that is away. */
  async stop(): Promise<void> {
    clearInterval(this.#refresh);
    await Promise.allSettled(this.#sweeps.map(loop => loop.stop()));
    await Promise.allSettled(this.#listeners.map(listener => listener.stop(CLOSE_MS)));
    this.#listeners = [];
  }
}
