import { type Allowed, type AttemptRepository, type Step } from './attempt.repository.js';
import { type ChunkRepository, type Lease } from './chunk.repository.js';
import { type BatchHold } from './batch-hold.js';
import { type DispatchWatch } from './dispatch-watch.js';
import { HandOver, type HandOverTools, type Ready } from './hand-over.js';
import { type ChunkJob } from './outlets.js';
import { type PacedChunk, type Pacer } from './pacing/pacer.js';
import { type BudgetWaitsRepository } from './sms/budget-waits.repository.js';
import { patiently } from './patiently.js';
import { SendQueue } from './send-queue.js';
import { held, NOT_OFFERED, NOT_OFFERED_WAIT_MS, type Settlement } from './settlement.js';

export interface ChunkRunTools extends HandOverTools {
  attempts: AttemptRepository;
  chunks: ChunkRepository;
  pacer: Pacer;
  watch: DispatchWatch;
  budgetWaits: BudgetWaitsRepository;
  batchSize: number;
}

/** The longest that results wait to be settled because the next messages have to wait, in milliseconds. */
const UNSETTLED_MS = 250;
/**
 * Of a batch, what one step asks for: it knows no withdrawal that is committed while it runs, so it shall be short; much
 * shorter, and its commit costs more than its rows.
 */
const ASKED_AT_ONCE = 0.4;
/** Someone is changing the dispatch this very moment: ask again after this many milliseconds. */
const BUSY_MS = 10;
const BUSY_TRIES = 50;
/** After how long people are asked for again for whom nothing could be prepared, in milliseconds: a fault that stays must not spin. */
const FAULT_AGAIN_MS = 5000;

/** After so many messages in a row that no relay could be offered, their dispatch waits for a while: one batch is enough to see. */
const UNREACHED_TO_PAUSE = 10;

/**
 * One worker's work on one chunk. Each step settles what was sent and allows more in one commit, while what was allowed
 * before is still going out, so that no connection waits for PostgreSQL. Never more than a batch is allowed and not yet
 * settled: that is what a crash can leave unknown. Nothing is sent that no step allowed.
 */
export class ChunkRun {
  /** Taken out of the queue, not yet settled. */
  #results: Settlement[] = [];
  #stopping = false;
  /** Messages in a row that no relay could be offered. */
  #unreached = 0;
  /** The budget had no room for a message: when its dispatch goes on. */
  #resumeAt: Date | null = null;
  readonly #pace: PacedChunk;
  readonly #queue: SendQueue<Ready>;
  readonly #hold: BatchHold;
  readonly #handOver: HandOver;
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
    this.#hold = tools.watch.enter(lease, job.dispatch);
    this.#handOver = new HandOver(tools, job, this.#hold, outcome => this.#pace.saw(outcome));
    // Only as many at a time as the transport can carry: what waits here can still be held back.
    this.#queue = new SendQueue(
      capacity,
      ready => this.#handOver.send(ready),
      (ready, error) => this.#handOver.failed(ready, error),
    );
    this.#mostAsked = Math.ceil(tools.batchSize * ASKED_AT_ONCE);
    this.#lowWater = Math.min(Math.ceil(capacity * 1.5), tools.batchSize - this.#mostAsked);
  }

  /** Ends soon: what was allowed goes out within some seconds, its results are settled and the chunk is given back. */
  stop(): void {
    this.#stopping = true;
    this.#handOver.stop();
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
      await this.#queue.holdBack(this.#handOver.held);
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
      if (isLast || isHeld || turn.giveBack || this.#resumeAt || this.#isDown) {
        return await this.#end(at < contactIds.length, turn.waitMs, isHeld);
      }
      if (turn.waitMs > 0) await pause(turn.waitMs);
    }
  }

  /** Settles what is still out and gives the chunk back. */
  async #end(unfinished: boolean, waitMs: number, isHeld: boolean): Promise<number> {
    if (isHeld) await this.#queue.holdBack(this.#handOver.held);
    else await this.#queue.until(0);
    const hasResults = this.#queue.hasResults || this.#results.length > 0;
    if (hasResults && !(await this.#step([])).leased) return this.#lose();
    const { budgetWaits, chunks, now } = this.tools;
    const isDown = this.#isDown;
    const dueAt = this.#resumeAt ?? new Date(now().getTime() + (isDown ? NOT_OFFERED_WAIT_MS : waitMs));
    await chunks.release(this.lease, unfinished, dueAt);
    // The other chunks would meet the same, one after another.
    if (isDown) await chunks.putOff(this.lease, dueAt);
    if (this.#resumeAt) await budgetWaits.putOff(this.lease.dispatchId, this.#resumeAt, now());
    return this.#resumeAt || isDown ? 0 : waitMs;
  }

  /** Another worker has the chunk: what has not begun is not ours to send any more, what has is told all the same. */
  async #lose(): Promise<number> {
    await this.#queue.holdBack(this.#handOver.held);
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
      byPerson: dispatch.byPerson,
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

  #persist<T>(statement: () => Promise<T>): Promise<T> {
    const { logger } = this.tools;
    return patiently(statement, { isStopping: () => this.#stopping, logger, chunk: this.lease.chunkId });
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
      this.#queue.push(ready.map(message => ({ message, askedAt })));
    } catch (error) {
      this.#logFailure(error);
      const again = new Date(this.tools.now().getTime() + FAULT_AGAIN_MS);
      this.#results.push(...allowed.map(({ contactId, attempt }) => held(contactId, attempt, again)));
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
    for (const { reason } of results) this.#unreached = reason === NOT_OFFERED ? this.#unreached + 1 : 0;
    this.#results.push(...results);
  }

  get #isDown(): boolean {
    return this.#unreached >= UNREACHED_TO_PAUSE;
  }

  #logFailure(error: unknown): void {
    this.tools.logger.error({ dispatch: this.job.dispatch.id, err: error }, 'a message could not be written');
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, milliseconds));
}
