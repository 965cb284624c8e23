import { DomainError, type Logger } from '#common';
import { type Gate } from '#consent';
import { type EmailTransport } from '#transports';
import { type Allowed, type AttemptRepository, type Step } from './attempt.repository.js';
import { type ChunkRepository, type Lease } from './chunk.repository.js';
import { type BatchHold } from './batch-hold.js';
import { type DispatchWatch } from './dispatch-watch.js';
import { type EmailComposer, type EmailJob } from './email-composer.js';
import { type PacedChunk, type Pacer } from './pacing/pacer.js';
import { held, renderFailure, settle, type Settlement } from './settlement.js';

export interface ChunkRunTools {
  attempts: AttemptRepository;
  chunks: ChunkRepository;
  composer: EmailComposer;
  gate: Gate;
  transport: EmailTransport;
  pacer: Pacer;
  watch: DispatchWatch;
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
/** The longest that results wait to be settled because the next messages have to wait, in milliseconds. */
const UNSETTLED_MS = 250;
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
  readonly #pace: PacedChunk;
  #stopAskedAt = Infinity;

  constructor(
    private readonly tools: ChunkRunTools,
    private readonly lease: Lease,
    private readonly job: EmailJob,
  ) {
    const { id, senderId, messageClass } = job.dispatch;
    const urgent = messageClass === 'transactional';
    this.#pace = tools.pacer.join(lease, { id, senderId, urgent, fromEmail: job.sender.fromEmail });
  }

  /** Ends after the batch under way: its results are settled and the chunk is given back. */
  stop(): void {
    this.#stopping = true;
    this.#stopAskedAt = performance.now();
  }

  /** @returns milliseconds after which the chunk comes due again, when it was given back for want of tokens; else 0 */
  async run(): Promise<number> {
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
        const left = this.#stopping ? 0 : Math.min(batchSize, contactIds.length - at);
        const turn = await this.#pace.ask(left);
        // What was just sent is settled with the next, unless that is long.
        if (
          turn.waitMs > 0 &&
          !turn.giveBack &&
          (this.#results.length === 0 || turn.waitMs <= UNSETTLED_MS)
        ) {
          await pause(turn.waitMs);
          continue;
        }
        const batch = contactIds.slice(at, at + turn.count);
        const step = await this.#step(batch);
        this.#pace.spare(batch.length - step.allowed.length);
        if (!step.leased) return await this.#settleLate();
        if (!step.running || left === 0 || turn.giveBack) {
          const dueAt = new Date(now().getTime() + turn.waitMs);
          await chunks.release(this.lease, at < contactIds.length, dueAt);
          return turn.waitMs;
        }
        if (turn.waitMs > 0) await pause(turn.waitMs);
        at += batch.length;
        this.#results = await this.#sendAll(step.allowed);
      }
    } finally {
      clearInterval(heartbeat);
      this.#pace.leave();
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

  async #settleLate(): Promise<number> {
    if (this.#results.length > 0) {
      await this.#persist(() => this.tools.attempts.settleLate(this.lease, this.#results, this.tools.now()));
    }
    return 0;
  }

  /** Only as many at a time as the transport can carry: what waits here can still be held back. */
  async #sendAll(allowed: Allowed[]): Promise<Settlement[]> {
    const results: Settlement[] = [];
    const waiting = allowed.values();
    const hold = this.tools.watch.enter(this.lease, this.job.dispatch);
    const lane = async (): Promise<void> => {
      for (const person of waiting) results.push(await this.#send(person, hold));
    };
    const lanes = Math.min(this.tools.transport.capacity, allowed.length);
    await Promise.all(Array.from({ length: lanes }, lane));
    this.tools.watch.leave(hold);
    return results;
  }

  /** Never rejects: one that fails must not take the results of the others with it. */
  async #send(person: Allowed, hold: BatchHold): Promise<Settlement> {
    const { composer, gate, transport, now, leaseSeconds } = this.tools;
    const { contactId, attempt } = person;
    const notSent = (reply: string): Settlement => {
      const outcome = { state: 'deferred', relay: '', reply, code: null, enhanced: null } as const;
      return settle(contactId, attempt, outcome, now(), Math.random());
    };
    // A process that was stopped, or a relay that keeps us waiting: meanwhile the person may have changed their mind.
    // Nor does a stop wait for what has not begun. No attempt was made of either, so none is counted.
    const isFresh = (): boolean =>
      performance.now() - this.#allowedAt <= leaseSeconds * 1000 &&
      performance.now() - this.#stopAskedAt <= STOP_PATIENCE_MS;
    if (hold.isOver || !isFresh()) return held(contactId, attempt, now());
    let email;
    try {
      email = composer.compose(this.job, person);
    } catch (error) {
      if (!(error instanceof DomainError)) this.tools.logger.error({ err: error }, 'composing failed');
      return renderFailure(contactId, attempt, messageOf(error));
    }
    const grant = gate.mint(person, this.job.dispatch.channel, this.job.dispatch.messageClass);
    const permit = hold.permit(isFresh);
    try {
      const outcome = await transport.send(email, grant, { permit });
      this.#pace.saw(outcome);
      return settle(contactId, attempt, outcome, now(), Math.random());
    } catch (error) {
      // A transport throws only before anything is sent, for a fault of the program or of a field of the sender.
      this.tools.logger.error(
        { dispatch: this.job.dispatch.id, err: error },
        'a message could not be written',
      );
      return notSent(messageOf(error));
    } finally {
      permit.ended();
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
