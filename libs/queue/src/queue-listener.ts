import { type Worker } from 'bullmq';
import { type Logger } from '#common';
import { within } from './within.js';

/** This many errors within a second are a storm, not an outage that BullMQ waits out by itself. */
const STORM = 20;
const STORM_MS = 1000;
/** How long a queue is left alone after a storm, and how often an outage is logged at most, in milliseconds. */
const REST_MS = 5000;
const LOG_EVERY_MS = 30_000;

/**
 * One queue's worker, and what becomes of it when the queue is away. BullMQ waits between tries only when a connection
 * is refused; any other error, a connection that broke while it was being made for one, it tries again at once and for
 * ever, which eats a core and fills the log. Then the worker is put down and another is made a little later: the queue
 * is a bell, and meanwhile the sweeps find the work.
 */
export class QueueListener {
  #worker: Worker | null = null;
  #errors = 0;
  #countedFrom = 0;
  #loggedAt = -LOG_EVERY_MS;
  #rest: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(
    private readonly name: string,
    private readonly make: () => Worker,
    private readonly logger: Logger,
  ) {}

  start(): void {
    const worker = this.make();
    this.#worker = worker;
    worker.on('error', error => this.#failed(worker, error));
    worker.on('failed', (job, error) =>
      this.logger.error({ job: job?.name, jobId: job?.id, err: error }, 'job failed'),
    );
  }

  /** Takes no further job and waits for those under way, but not for a queue that is away. */
  async stop(patienceMs: number): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#rest);
    if (this.#worker) await within(patienceMs, this.#worker.close()).catch(() => undefined);
  }

  #failed(worker: Worker, error: Error): void {
    const now = performance.now();
    if (now - this.#loggedAt >= LOG_EVERY_MS) {
      this.#loggedAt = now;
      this.logger.warn(
        { queue: this.name, reason: error.message },
        'queue unreachable; sweeps find the work',
      );
    }
    if (now - this.#countedFrom > STORM_MS) {
      this.#countedFrom = now;
      this.#errors = 0;
    }
    this.#errors += 1;
    if (this.#errors < STORM || this.#worker !== worker || this.#stopped) return;
    this.#worker = null;
    // At once and by force: the loop that storms leaves no room for anything gentler.
    void worker.close(true).catch(() => undefined);
    this.#rest = setTimeout(() => this.start(), REST_MS);
    this.#rest.unref();
  }
}
