import { inLogContext, type Logger } from '#common';
import { type JobHandler } from './job-handler.js';
import { timed, type Durations } from './timed.js';

/** Runs one handler's sweep again and again, never two at once, with jitter so that workers do not march in step. */
export class SweepLoop {
  readonly #stop = new AbortController();
  #wakeUp: () => void = () => undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(
    private readonly handler: JobHandler,
    private readonly everyMs: number,
    private readonly logger: Logger,
    private readonly durations: Durations,
  ) {}

  start(): void {
    this.#running = this.#loop();
  }

  /** Ends after the sweep under way, which is told. */
  async stop(): Promise<void> {
    this.#stop.abort();
    this.#wakeUp();
    await this.#running;
  }

  async #loop(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      try {
        const { job } = this.handler;
        await inLogContext({ job }, () =>
          timed(this.durations, job, () => this.handler.sweep(this.#stop.signal)),
        );
      } catch (error) {
        this.logger.error({ job: this.handler.job, err: error }, 'sweep failed; it is tried again');
      }
      await this.#pause(this.everyMs * (0.75 + Math.random() / 2));
    }
  }

  #pause(milliseconds: number): Promise<void> {
    if (this.#stop.signal.aborted) return Promise.resolve();
    return new Promise(resolve => {
      const timer = setTimeout(resolve, milliseconds);
      this.#wakeUp = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
