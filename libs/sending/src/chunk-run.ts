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

/** The waits between the tries of a statement that failed, in milliseconds; the last one again and again. */
const RETRY_MS = [50, 200, 500, 1000, 2000, 4000];
/**
 * How long the results in hand are kept for a database that is away, in milliseconds. Given up, what was accepted would
 * be unknown for good; kept, they are settled even when the lease is lost by then.
 */
const PATIENCE_MS = 10 * 60_000;
/** The same when the worker is to stop, or when the statement itself is at fault. */
const SHORT_PATIENCE_MS = 8000;
/** How long a stop waits for messages that have not begun, in milliseconds: a slow relay must not make it a kill. */
const STOP_PATIENCE_MS = 5000;
/** Someone is changing the dispatch this very moment: ask again after this many milliseconds. */
const BUSY_MS = 10;
const BUSY_TRIES = 50;

/**
 * One worker's work on one chunk: step, send, step, send... Each step settles the last batch and allows the next in
 * one commit. Results are held until they are settled; nothing is sent that no step allowed.
 */
export class ChunkRun {
  #results: Settlement[] = [];
  /** When the permissions in hand were asked for, on the clock that does not stand still for a stopped process. */
  #allowedAt = 0;
  #stopping = false;
  #stopAskedAt = Infinity;

  constructor(
    private readonly tools: ChunkRunTools,
    private readonly lease: Lease,
    private readonly job: EmailJob,
  ) {}

  /** Ends after the batch under way: its results are settled and the chunk is given back. */
  stop(): void {
    this.#stopping = true;
    this.#stopAskedAt = performance.now();
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
        this.#results = await this.#sendAll(step.allowed);
      }
    } finally {
      clearInterval(heartbeat);
    }
  }

  async #step(batch: number[]): Promise<Step> {
    const { dispatch } = this.job;
    const scope = {
      channel: dispatch.channel,
      messageClass: dispatch.messageClass,
      productCategories: dispatch.productCategories,
      senderId: dispatch.senderId,
      topicId: dispatch.topicId,
      leaseSeconds: this.tools.leaseSeconds,
    };
    for (let busy = 0; ; busy++) {
      const step = await this.#persist(() => {
        this.#allowedAt = performance.now();
        return this.tools.attempts.step(this.lease, scope, batch, this.#results, this.tools.now());
      });
      if (!step.leased) return step;
      this.#results = [];
      if (!step.busy || busy === BUSY_TRIES) return step;
      await pause(BUSY_MS);
    }
  }

  /** Tries a statement again while PostgreSQL is away: the results in hand must not be lost. */
  async #persist<T>(statement: () => Promise<T>): Promise<T> {
    const since = performance.now();
    for (let tries = 0; ; tries++) {
      try {
        return await statement();
      } catch (error) {
        const wait = RETRY_MS[Math.min(tries, RETRY_MS.length - 1)] as number;
        const patience = this.#stopping || isHopeless(error) ? SHORT_PATIENCE_MS : PATIENCE_MS;
        if (performance.now() - since + wait > patience) throw error;
        // The message alone: the error bears the statement's parameters.
        this.tools.logger.warn(
          { chunk: this.lease.chunkId, reason: messageOf(error) },
          'step failed; trying again',
        );
        await pause(wait);
      }
    }
  }

  async #settleLate(): Promise<void> {
    if (this.#results.length === 0) return;
    await this.#persist(() => this.tools.attempts.settleLate(this.lease, this.#results, this.tools.now()));
  }

  /** Only as many at a time as the transport can carry: what waits here can still be held back. */
  async #sendAll(allowed: Allowed[]): Promise<Settlement[]> {
    const results: Settlement[] = [];
    const waiting = allowed.values();
    const lane = async (): Promise<void> => {
      for (const person of waiting) results.push(await this.#send(person));
    };
    const lanes = Math.min(this.tools.transport.capacity, allowed.length);
    await Promise.all(Array.from({ length: lanes }, lane));
    return results;
  }

  /** Never rejects: one that fails must not take the results of the others with it. */
  async #send(person: Allowed): Promise<Settlement> {
    const { composer, gate, transport, now, leaseSeconds } = this.tools;
    const { contactId, attempt } = person;
    const notSent = (reply: string): Settlement => {
      const outcome = { state: 'deferred', relay: '', reply, code: null, enhanced: null } as const;
      return settle(contactId, attempt, outcome, now(), Math.random());
    };
    // A process that was stopped, or a relay that keeps us waiting: meanwhile the person may have changed their mind.
    if (performance.now() - this.#allowedAt > leaseSeconds * 1000) {
      return notSent('The permission had grown old before the message could leave; it is asked for again.');
    }
    if (performance.now() - this.#stopAskedAt > STOP_PATIENCE_MS) {
      return notSent('The worker was asked to stop before the message could leave.');
    }
    let email;
    try {
      email = composer.compose(this.job, person);
    } catch (error) {
      if (!(error instanceof DomainError)) this.tools.logger.error({ err: error }, 'composing failed');
      return renderFailure(contactId, attempt, messageOf(error));
    }
    const grant = gate.mint(person, this.job.dispatch.channel, this.job.dispatch.messageClass);
    try {
      return settle(contactId, attempt, await transport.send(email, grant), now(), Math.random());
    } catch (error) {
      // A transport throws only before anything is sent, for a fault of the program or of a field of the sender.
      this.tools.logger.error(
        { dispatch: this.job.dispatch.id, err: error },
        'a message could not be written',
      );
      return notSent(messageOf(error));
    }
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, milliseconds));
}

/** Data exception, constraint, syntax (PostgreSQL manual, appendix A): the same statement will fail again. */
function isHopeless(error: unknown): boolean {
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
  return /^(?:22|23|42)/.test(code);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
