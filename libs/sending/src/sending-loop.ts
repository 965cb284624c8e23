import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { Clock, inLogContext, LOGGER, type Logger } from '#common';
import { CONFIG, type Config } from '#config';
import { Gate } from '#consent';
import { AttemptRepository } from './attempt.repository.js';
import { BudgetWaitsRepository } from './sms/budget-waits.repository.js';
import { ChunkRun, type ChunkRunTools } from './chunk-run.js';
import { ChunkRepository, type Lease } from './chunk.repository.js';
import { DispatchRepository } from './dispatch.repository.js';
import { DispatchWatch } from './dispatch-watch.js';
import { type ChunkJob, Outlets } from './outlets.js';
import { Pacer } from './pacing/pacer.js';
import { PacingTime } from './pacing/pacing-time.js';

/** How long a dispatch waits that cannot be sent as it stands, in milliseconds. */
const PUT_OFF_MS = 30_000;
/** So much later than a chunk comes due its runner wakes: timers may be early. */
const AFTERWARDS_MS = 10;

/**
 * A worker's sending: a few runners, each with one chunk in hand. `wake()` lets idle runners look for chunks; a runner
 * goes on claiming until there is none. A worker that stops settles what it has and gives its chunks back.
 */
@Injectable()
export class SendingLoop {
  readonly #owner = randomUUID();
  readonly #tools: ChunkRunTools;
  readonly #runs = new Set<ChunkRun>();
  readonly #runners = new Set<Promise<void>>();
  #stopping = false;
  #alarm: { at: number; timer: NodeJS.Timeout } | null = null;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(LOGGER) private readonly logger: Logger,
    private readonly clock: Clock,
    private readonly chunks: ChunkRepository,
    private readonly dispatches: DispatchRepository,
    private readonly outlets: Outlets,
    private readonly pacer: Pacer,
    private readonly pacingTime: PacingTime,
    attempts: AttemptRepository,
    gate: Gate,
    watch: DispatchWatch,
    budgetWaits: BudgetWaitsRepository,
  ) {
    this.#tools = {
      ...{ attempts, chunks, gate, pacer, watch, budgetWaits, logger },
      now: () => clock.now(),
      batchSize: config.SENDING_BATCH,
      leaseSeconds: config.SENDING_LEASE_SECONDS,
    };
  }

  /** Starts as many runners as are allowed and not yet at work; each ends when nothing is left to claim. */
  wake(): void {
    while (!this.#stopping && this.#runners.size < this.config.SENDING_RUNNERS) {
      const runner = this.#run()
        .catch((error: unknown) =>
          this.logger.error({ err: error }, 'a sending runner failed; the next sweep goes on'),
        )
        .finally(() => {
          this.#runners.delete(runner);
          if (this.#runners.size === 0 && !this.#stopping) void this.pacer.rest();
        });
      this.#runners.add(runner);
    }
  }

  /** Claims nothing more, settles what is under way, gives the chunks back. */
  async stop(): Promise<void> {
    this.#stopping = true;
    for (const run of this.#runs) run.stop();
    clearTimeout(this.#alarm?.timer);
    await Promise.all(this.#runners);
    await this.pacer.rest();
  }

  /** Looks for chunks again when one that had to wait comes due; a sweep would find it later. */
  #wakeIn(milliseconds: number): void {
    const at = performance.now() + milliseconds + AFTERWARDS_MS;
    if (this.#stopping || (this.#alarm && this.#alarm.at > performance.now() && this.#alarm.at <= at)) return;
    clearTimeout(this.#alarm?.timer);
    this.#alarm = { at, timer: setTimeout(() => this.wake(), at - performance.now()).unref() };
  }

  async #run(): Promise<void> {
    while (!this.#stopping) {
      const now = this.clock.now();
      const lease = await this.chunks.claim(
        ...([this.#owner, this.config.SENDING_LEASE_SECONDS, now] as const),
        ...([this.pacer.inHand(), this.pacer.relayKeys, this.pacingTime.now()] as const),
      );
      if (!lease) return;
      const job = await this.#load(lease);
      if (!job) continue;
      const run = new ChunkRun(this.#tools, lease, job);
      this.#runs.add(run);
      if (this.#stopping) run.stop();
      try {
        const waitMs = await inLogContext({ dispatch: lease.dispatchId, chunk: lease.chunkId }, async () => {
          const wait = await run.run();
          this.logger.debug('chunk worked on');
          return wait;
        });
        if (waitMs > 0) this.#wakeIn(waitMs);
      } finally {
        this.#runs.delete(run);
      }
      await this.dispatches.finishDone(lease.dispatchId, this.clock.now());
    }
  }

  /** null: this dispatch cannot be sent as it stands. It waits a while, and the runner goes on with others. */
  async #load(lease: Lease): Promise<ChunkJob | null> {
    try {
      return await this.outlets.open(lease);
    } catch (error) {
      this.logger.error(
        { dispatch: lease.dispatchId, err: error },
        'a dispatch cannot be sent as it stands; it waits',
      );
      await this.chunks.putOff(lease, new Date(this.clock.now().getTime() + PUT_OFF_MS));
      return null;
    }
  }
}
