import { DomainError, type Logger } from '#common';
import { type Gate } from '#consent';
import { type EmailTransport } from '#transports';
import { type Allowed, type AttemptRepository, type Step } from './attempt.repository.js';
import { type ChunkRepository, type Lease } from './chunk.repository.js';
import { type EmailComposer, type EmailJob } from './email-composer.js';
import { renderFailure, settle, type Settlement } from './settlement.js';

export interface ChunkRunTools {
  attempts: AttemptRepository;
  chunks: ChunkRepository;
  composer: EmailComposer;
  gate: Gate;
  transport: EmailTransport;
  logger: Logger;
  now: () => Date;
  batchSize: number;
  leaseSeconds: number;
}

/** How often a failed step is tried again while the lease may still hold, and the waits between in milliseconds. */
const STEP_RETRY_MS = [50, 200, 500, 1000, 2000, 4000];
/** Someone is changing the dispatch this very moment: ask again after this many milliseconds. */
const BUSY_MS = 10;
const BUSY_TRIES = 50;

/**
 * One worker's work on one chunk: step, send, step, send... Each step settles the last batch and allows the next in
 * one commit. Results are held until they are settled; nothing is sent that no step allowed.
 */
export class ChunkRun {
  #results: Settlement[] = [];
  #stopping = false;

  constructor(
    private readonly tools: ChunkRunTools,
    private readonly lease: Lease,
    private readonly job: EmailJob,
  ) {}

  /** Ends after the batch under way: its results are settled and the chunk is given back. */
  stop(): void {
    this.#stopping = true;
  }

  async run(): Promise<void> {
    const { chunks, leaseSeconds, batchSize, now, logger } = this.tools;
    const heartbeat = setInterval(
      () => {
        chunks.extend(this.lease, leaseSeconds).catch((error: unknown) => {
          logger.warn({ chunk: this.lease.chunkId, err: error }, 'lease not extended');
        });
      },
      (leaseSeconds * 1000) / 3,
    );
    try {
      const { contactIds } = this.lease;
      let at = 0;
      for (;;) {
        const batch = this.#stopping ? [] : contactIds.slice(at, at + batchSize);
        const step = await this.#step(batch);
        if (!step.leased) return await this.#settleLate();
        if (!step.running || batch.length === 0)
          return await chunks.release(this.lease, at < contactIds.length, now());
        at += batch.length;
        this.#results = await Promise.all(step.allowed.map(person => this.#send(person)));
      }
    } finally {
      clearInterval(heartbeat);
    }
  }

  async #step(batch: number[]): Promise<Step> {
    const { dispatch } = this.job;
    const scope = {
      channel: dispatch.channel,
      senderId: dispatch.senderId,
      topicId: dispatch.topicId,
      leaseSeconds: this.tools.leaseSeconds,
    };
    for (let busy = 0; ; busy++) {
      const step = await this.#persist(() =>
        this.tools.attempts.step(this.lease, scope, batch, this.#results, this.tools.now()),
      );
      this.#results = [];
      if (!step.leased || !step.busy || busy === BUSY_TRIES) return step;
      await pause(BUSY_MS);
    }
  }

  /** Tries a statement again while PostgreSQL is away: the results in hand must not be lost. */
  async #persist<T>(statement: () => Promise<T>): Promise<T> {
    for (const wait of STEP_RETRY_MS) {
      try {
        return await statement();
      } catch (error) {
        this.tools.logger.warn({ chunk: this.lease.chunkId, err: error }, 'step failed; trying again');
        await pause(wait);
      }
    }
    return statement();
  }

  async #settleLate(): Promise<void> {
    if (this.#results.length === 0) return;
    await this.#persist(() => this.tools.attempts.settleLate(this.lease, this.#results, this.tools.now()));
  }

  async #send(person: Allowed): Promise<Settlement> {
    const { composer, gate, transport, now } = this.tools;
    const { contactId, attempt } = person;
    let email;
    try {
      email = composer.compose(this.job, person);
    } catch (error) {
      if (!(error instanceof DomainError)) this.tools.logger.error({ err: error }, 'composing failed');
      return renderFailure(contactId, attempt, error instanceof Error ? error.message : String(error));
    }
    const grant = gate.mint(person, this.job.dispatch.channel, this.job.dispatch.messageClass);
    return settle(contactId, attempt, await transport.send(email, grant), now(), Math.random());
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, milliseconds));
}
