import { DomainError, type Logger } from '#common';
import { type Gate } from '#consent';
import { type Outcome } from '#transports';
import { type Allowed, type AttemptRepository, type Step } from './attempt.repository.js';
import { type ChunkRepository, type Lease } from './chunk.repository.js';
import { type BatchHold } from './batch-hold.js';
import { type DispatchWatch } from './dispatch-watch.js';
import { type Prepared } from './outlet.js';
import { type ChunkJob } from './outlets.js';
import { type PacedChunk, type Pacer } from './pacing/pacer.js';
import { type BudgetWaitsRepository } from './sms/budget-waits.repository.js';
import { SendQueue } from './send-queue.js';
import { held, renderFailure, settle, type Settlement } from './settlement.js';

export interface ChunkRunTools {
  attempts: AttemptRepository;
  chunks: ChunkRepository;
  gate: Gate;
  pacer: Pacer;
  watch: DispatchWatch;
  budgetWaits: BudgetWaitsRepository;
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
/**
 * Of a batch, what one step asks for: it knows no withdrawal that is committed while it runs, so it shall be short; much
 * shorter, and its commit costs more than its rows.
 */
const ASKED_AT_ONCE = 0.4;
/** Someone is changing the dispatch this very moment: ask again after this many milliseconds. */
const BUSY_MS = 10;
const BUSY_TRIES = 50;
/** What must arrive by a certain time does not begin when less than this is left: the least a provider may be given. */
const LEAST_LEFT_MS = 1000;

/** A person whose attempt is committed, and when it was asked for, on the clock that does not stop with the process. */
interface Ready {
  person: Allowed;
  message: Prepared<unknown>;
  askedAt: number;
  /** It is with the transport, or was: only the transport knows whether anything left. */
  handedOver?: boolean;
}

/**
 * One worker's work on one chunk. Each step settles what was sent and allows more in one commit, while what was allowed
 * before is still going out, so that no connection waits for PostgreSQL. Never more than a batch is allowed and not yet
 * settled: that is what a crash can leave unknown. Nothing is sent that no step allowed.
 */
export class ChunkRun {
  /** Taken out of the queue, not yet settled. */
  #results: Settlement[] = [];
  #stopping = false;
  #stopAskedAt = Infinity;
  /** The budget had no room for a message: when its dispatch goes on. */
  #resumeAt: Date | null = null;
  readonly #pace: PacedChunk;
  readonly #queue: SendQueue<Ready>;
  readonly #hold: BatchHold;
  /** More is asked for when no more than this is outstanding, early enough that the connections do not run dry. */
  readonly #lowWater: number;
  readonly #mostAsked: number;

  constructor(
    private readonly tools: ChunkRunTools,
    private readonly lease: Lease,
    private readonly job: ChunkJob,
  ) {
    const { id, senderId, messageClass } = job.dispatch;
    const urgent = messageClass === 'transactional';
    const { fromEmail, limits, transport } = job.outlet;
    const { capacity } = transport;
    this.#pace = tools.pacer.join(lease, { id, senderId, urgent, fromEmail, limits });
    // Only as many at a time as the transport can carry: what waits here can still be held back.
    this.#queue = new SendQueue(
      capacity,
      ready => this.#send(ready),
      (ready, error) => this.#failed(ready, error),
    );
    this.#hold = tools.watch.enter(lease, job.dispatch);
    this.#mostAsked = Math.ceil(tools.batchSize * ASKED_AT_ONCE);
    this.#lowWater = Math.min(Math.ceil(capacity * 1.5), tools.batchSize - this.#mostAsked);
  }

  /** Ends soon: what was allowed goes out within some seconds, its results are settled and the chunk is given back. */
  stop(): void {
    this.#stopping = true;
    this.#stopAskedAt = performance.now();
  }

  /** @returns milliseconds after which the chunk comes due again, when it was given back for want of tokens; else 0 */
  async run(): Promise<number> {
    const { chunks, leaseSeconds, logger, watch } = this.tools;
    const heartbeat = setInterval(
      () => {
        chunks.extend(this.lease, leaseSeconds).catch((error: unknown) => {
          logger.warn({ chunk: this.lease.chunkId, err: error }, 'lease not extended');
        });
      },
      (leaseSeconds * 1000) / 3,
    );
    try {
      return await this.#work();
    } catch (error) {
      // Nothing more leaves whose outcome could not be written down.
      await this.#queue.holdBack(this.#held);
      this.#take();
      throw error;
    } finally {
      clearInterval(heartbeat);
      watch.leave(this.#hold);
      this.#pace.leave();
    }
  }

  async #work(): Promise<number> {
    const { batchSize } = this.tools;
    const { contactIds } = this.lease;
    let at = 0;
    for (;;) {
      await this.#queue.until(at < contactIds.length && !this.#stopping ? this.#lowWater : 0);
      const isLast = this.#stopping || at === contactIds.length;
      // Asked before the queue was empty: then there is more to wait for.
      if (isLast && this.#queue.outstanding > 0) continue;
      const room = Math.min(this.#mostAsked, batchSize - this.#queue.outstanding);
      const wanted = isLast ? 0 : Math.min(room, contactIds.length - at);
      const turn = await this.#pace.ask(wanted);
      // What was just sent is settled with the next, unless that is long.
      if (turn.waitMs > 0 && !turn.giveBack && (!this.#queue.hasResults || turn.waitMs <= UNSETTLED_MS)) {
        await pause(turn.waitMs);
        continue;
      }
      const batch = contactIds.slice(at, at + turn.count);
      const step = await this.#step(batch);
      this.#pace.spare(batch.length - step.allowed.length);
      if (!step.leased) return await this.#lose();
      if (step.running) at += batch.length;
      const isHeld = !step.running || this.#hold.isOver;
      if (isLast || isHeld || turn.giveBack || this.#resumeAt) {
        return await this.#end(at < contactIds.length, turn.waitMs, isHeld);
      }
      if (turn.waitMs > 0) await pause(turn.waitMs);
    }
  }

  /** Settles what is still out and gives the chunk back. */
  async #end(unfinished: boolean, waitMs: number, isHeld: boolean): Promise<number> {
    if (isHeld) await this.#queue.holdBack(this.#held);
    else await this.#queue.until(0);
    const hasResults = this.#queue.hasResults || this.#results.length > 0;
    if (hasResults && !(await this.#step([])).leased) return this.#lose();
    const { budgetWaits, chunks, now } = this.tools;
    const dueAt = this.#resumeAt ?? new Date(now().getTime() + waitMs);
    await chunks.release(this.lease, unfinished, dueAt);
    if (this.#resumeAt) await budgetWaits.putOff(this.lease.dispatchId, this.#resumeAt, now());
    return this.#resumeAt ? 0 : waitMs;
  }

  /** Another worker has the chunk: what has not begun is not ours to send any more, what has is told all the same. */
  async #lose(): Promise<number> {
    await this.#queue.holdBack(this.#held);
    this.#take();
    if (this.#results.length > 0) {
      await this.#persist(() => this.tools.attempts.settleLate(this.lease, this.#results, this.tools.now()));
      await this.#tell(this.#results);
    }
    return 0;
  }

  async #step(batch: number[]): Promise<Step> {
    const { dispatch, outlet } = this.job;
    const scope = {
      channel: outlet.channel,
      messageClass: dispatch.messageClass,
      productCategories: dispatch.productCategories,
      senderId: dispatch.senderId,
      topicId: dispatch.topicId,
      leaseSeconds: this.tools.leaseSeconds,
      bothChannels: dispatch.smsVersionId !== null,
    };
    for (let busy = 0; ; busy++) {
      this.#take();
      let askedAt = 0;
      const step = await this.#persist(() => {
        askedAt = performance.now();
        return this.tools.attempts.step(this.lease, scope, batch, this.#results, this.tools.now());
      });
      if (!step.leased) return step;
      const settled = this.#results;
      this.#results = [];
      await this.#prepare(step.allowed, askedAt);
      await this.#tell(settled);
      if (!step.busy || batch.length === 0 || busy === BUSY_TRIES) return step;
      await pause(BUSY_MS);
    }
  }

  /** Makes what was allowed ready to leave. A fault here came before anything was sent: nobody is lost to it. */
  async #prepare(allowed: readonly Allowed[], askedAt: number): Promise<void> {
    if (allowed.length === 0) return;
    try {
      const { ready, settled, resumeAt } = await this.job.outlet.prepare(allowed);
      this.#pace.alsoTook(ready.reduce((sum, { parts = 1 }) => sum + parts - 1, 0));
      this.#pace.spare(settled.length);
      this.#results.push(...settled);
      if (resumeAt) this.#resumeAt = resumeAt;
      this.#queue.push(ready.map(message => ({ person: message.person, message, askedAt })));
    } catch (error) {
      this.#logFailure(error);
      const { now } = this.tools;
      this.#results.push(...allowed.map(({ contactId, attempt }) => held(contactId, attempt, now())));
      this.#pace.spare(allowed.length);
    }
  }

  /** What was taken of a budget and not spent is late, never lost: with the worker it would be gone, and nothing else. */
  async #tell(results: readonly Settlement[]): Promise<void> {
    try {
      await this.job.outlet.settled(results);
    } catch (error) {
      this.#logFailure(error);
    }
  }

  /** Takes what became of messages out of the queue. The tokens of those that were offered to nobody are there again. */
  #take(): void {
    const results = this.#queue.takeResults();
    this.#pace.spare(results.filter(({ offered }) => offered === false).length);
    this.#results.push(...results);
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

  readonly #held = ({ person, message }: Ready): Settlement =>
    priced(held(person.contactId, person.attempt, this.#askAgainAt(message)), message);

  /** Not once more within its last second: just after it, when the gate says when hours are open again. */
  #askAgainAt({ endsAt }: Prepared<unknown>): Date {
    const now = this.tools.now();
    return endsAt && !this.#hasTime(endsAt) && endsAt >= now ? new Date(endsAt.getTime() + 1) : now;
  }

  #hasTime(endsAt: Date | null | undefined): boolean {
    return !endsAt || endsAt.getTime() - this.tools.now().getTime() >= LEAST_LEFT_MS;
  }

  async #send(ready: Ready): Promise<Settlement> {
    return priced(await this.#attempt(ready), ready.message);
  }

  async #attempt(ready: Ready): Promise<Settlement> {
    const { person, message, askedAt } = ready;
    const { gate, now, leaseSeconds } = this.tools;
    const { dispatch, outlet } = this.job;
    const { contactId, attempt } = person;
    // A process that was stopped, or a relay that keeps us waiting: meanwhile the person may have changed their mind.
    // Nor does a stop wait for what has not begun. No attempt was made of either, so none is counted.
    const isFresh = (): boolean =>
      this.#hasTime(message.endsAt) &&
      performance.now() - askedAt <= leaseSeconds * 1000 &&
      performance.now() - this.#stopAskedAt <= STOP_PATIENCE_MS;
    if (this.#hold.isOver || !isFresh()) return held(contactId, attempt, this.#askAgainAt(message));
    let made;
    try {
      made = message.make();
    } catch (error) {
      if (!(error instanceof DomainError)) this.tools.logger.error({ err: error }, 'composing failed');
      return renderFailure(contactId, attempt, messageOf(error));
    }
    const grant = gate.mint(person, outlet.channel, dispatch.messageClass);
    const permit = this.#hold.permit(isFresh);
    let outcome: Outcome;
    try {
      ready.handedOver = true;
      outcome = await outlet.transport.send(made, grant, { permit });
    } catch (error) {
      // A transport throws only before anything is sent, for a fault of the program or of a field of the sender.
      this.#logFailure(error);
      ready.handedOver = false;
      outcome = notSent(messageOf(error));
    } finally {
      permit.ended();
    }
    this.#pace.saw(outcome);
    return settle(contactId, attempt, outcome, now(), Math.random());
  }

  /** A fault of the program: what was handed over may have left, and nothing else has. */
  #failed({ person, message, handedOver }: Ready, error: unknown): Settlement {
    this.#logFailure(error);
    const reply = messageOf(error).slice(0, 500);
    const outcome: Outcome = handedOver === true ? { state: 'unknown', relay: '', reply } : notSent(reply);
    return priced(
      settle(person.contactId, person.attempt, outcome, this.tools.now(), Math.random()),
      message,
    );
  }

  #logFailure(error: unknown): void {
    this.tools.logger.error({ dispatch: this.job.dispatch.id, err: error }, 'a message could not be written');
  }
}

function priced(settlement: Settlement, { parts, cost }: Prepared<unknown>): Settlement {
  return parts === undefined ? settlement : { ...settlement, parts, cost: cost ?? null };
}

function notSent(reply: string): Outcome {
  return { state: 'deferred', relay: '', reply, code: null, enhanced: null, offered: false };
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
