import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { LOGGER, type Logger } from '#common';
import { type Outcome } from '#transports';
import { type Lease } from '../chunk.repository.js';
import { DomainAllowance } from './domain-allowance.js';
import { LaneEars } from './lane-ears.js';
import { PacingTime } from './pacing-time.js';
import { RelayLimits } from './relay-limits.js';
import { TallyRepository } from './tally.repository.js';
import { bucketKey, TokenBucketRepository } from './token-bucket.repository.js';
import { TokenPool } from './token-pool.js';
import { domainOf } from './warm-up.js';

/** How many messages of a chunk may be attempted now. */
export interface Turn {
  /** 0: none; wait, or give the chunk back. */
  count: number;
  waitMs: number;
  /** The chunk is to be given back: others can make better use of the runner. */
  giveBack: boolean;
}

/** What the pacer has to know of a dispatch. */
export interface PacedDispatch {
  id: number;
  senderId: number;
  fromEmail: string | null;
  /** Limits on where its messages leave, beside the sender's and the dispatch's: on relays, on what SMS come from. */
  limits: readonly string[];
  /** Does not wait for tomorrow: somebody is waiting for it. It is counted all the same. */
  urgent: boolean;
}

/** How often a worker looks at limits and leases tokens, in milliseconds. */
const LOOK_MS = 1000;
/** How long a runner keeps a chunk that makes it wait now and then; after that it is another's turn. */
const SLICE_MS = 1500;
/** The same for a chunk that never waits, where sending is slow: a chunk of a thousand must not starve a small campaign. */
const LONG_SLICE_MS = 2000;
/** The longest a chunk is given back for. Whether it has tokens is asked at the claim; limits may change meanwhile. */
const LONGEST_WAIT_MS = 5000;
const TROUBLE_WAIT_MS = 1000;

const go = (count: number): Turn => ({ count, waitMs: 0, giveBack: false });

/**
 * Says how many messages a worker may attempt now. Limits are token buckets in PostgreSQL; the worker leases tokens
 * about once a second for all of its chunks in one statement, uses them as evenly as they came in, and gives back what is
 * left. Where nothing is limited nobody waits for PostgreSQL here: a look once a second, aside, tells of new limits.
 */
@Injectable()
export class Pacer {
  readonly #owner = randomUUID();
  readonly #chunks = new Set<PacedChunk>();
  readonly #pools = new Map<string, TokenPool>();
  readonly #ears: LaneEars;
  readonly #allowances: DomainAllowance;
  #lookedAt = -Infinity;
  #looking: Promise<void> | null = null;

  constructor(
    private readonly buckets: TokenBucketRepository,
    private readonly tallies: TallyRepository,
    private readonly relays: RelayLimits,
    private readonly time: PacingTime,
    allowances: DomainAllowance,
    ears: LaneEars,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    this.#allowances = allowances;
    this.#ears = ears;
  }

  /** Limits on the relays. A message takes a token of each: with several relays the lowest limit is that of all together. */
  get relayKeys(): string[] {
    return this.relays.keys();
  }

  /** A chunk this worker begins with; `leave` it at the end. */
  join(lease: Lease, dispatch: PacedDispatch): PacedChunk {
    const chunk = new PacedChunk(this, lease, dispatch);
    this.#chunks.add(chunk);
    return chunk;
  }

  /** Limits of which tokens are in hand: their buckets look empty in PostgreSQL and are not. */
  inHand(): string[] {
    return [...this.#pools].filter(([, pool]) => pool.left > 0).map(([key]) => key);
  }

  /** Gives back what is not needed; call it when nothing is left to send, and before the end. */
  async rest(): Promise<void> {
    if (this.#chunks.size > 0) return;
    await this.#looking?.catch(() => undefined);
    const wishes = [...this.#pools]
      .map(([key, pool]) => ({ key, back: pool.drain(), want: 0 }))
      .filter(({ back }) => back !== 0);
    this.#pools.clear();
    try {
      if (wishes.length > 0) await this.buckets.exchange(this.#owner, wishes, this.time.now());
      await this.#allowances.giveBack();
      await this.tallies.flush();
      await this.#ears.rest();
    } catch (error) {
      this.logger.warn({ err: error }, 'tokens could not be given back; they are lost, and nothing else');
    }
  }

  /** @internal */
  leave(chunk: PacedChunk): void {
    this.#chunks.delete(chunk);
  }

  /** @internal */
  async ask(chunk: PacedChunk, wanted: number): Promise<Turn> {
    chunk.wanted = wanted;
    if (performance.now() - chunk.since > LONG_SLICE_MS) return { count: 0, waitMs: 0, giveBack: true };
    const isDue = performance.now() - this.#lookedAt >= LOOK_MS;
    if (!chunk.isLimited && !this.#isLimited(chunk)) {
      if (isDue) void this.#look().catch(() => undefined);
      return go(wanted);
    }
    try {
      if (isDue) await this.#look();
      // A look that was under way when this chunk came did not ask for it.
      while (!chunk.wasLookedAt) await this.#look();
      return await this.#turn(chunk, wanted);
    } catch (error) {
      this.logger.warn({ err: error }, 'limits could not be read; sending waits');
      return { count: 0, waitMs: TROUBLE_WAIT_MS, giveBack: false };
    }
  }

  /** @internal */
  spare(chunk: PacedChunk, count: number): void {
    if (count <= 0) return;
    for (const pool of this.#poolsOf(chunk)) pool.spare(count);
    this.#allowances.spare(chunk.domain, count);
  }

  /** @internal */
  alsoTook(chunk: PacedChunk, count: number): void {
    if (count === 0) return;
    for (const key of chunk.dispatch.limits) this.#pools.get(key)?.use(count);
  }

  /** @internal */
  saw(chunk: PacedChunk, outcome: Outcome): void {
    this.#ears.hear(chunk.laneKey, chunk.lane, outcome);
    this.tallies.add(chunk.dispatch.id, outcome);
  }

  async #turn(chunk: PacedChunk, wanted: number): Promise<Turn> {
    let pools = this.#poolsOf(chunk);
    if (pools.some(pool => pool.left <= 0 && pool.renewAt <= performance.now())) {
      await this.#look();
      pools = this.#poolsOf(chunk);
    }
    chunk.isLimited = this.#isLimited(chunk);
    const now = performance.now();
    const empty = pools.filter(pool => pool.left <= 0);
    if (empty.length > 0) return this.#wait(chunk, Math.max(...empty.map(pool => pool.nextAt)) - now);
    const count = Math.min(wanted, ...pools.map(pool => Math.min(pool.batch, pool.left)));
    const readyAt = Math.max(now, ...pools.map(pool => pool.readyAt(count)));
    if (readyAt > now) return this.#wait(chunk, readyAt - now);
    for (const pool of pools) pool.use(count);
    const perSecond = Math.min(Infinity, ...pools.map(pool => pool.share));
    const today = await this.#allowances.take(chunk.domain, count, perSecond, chunk.dispatch.urgent);
    for (const pool of pools) pool.spare(count - today.count);
    return today.count > 0
      ? go(today.count)
      : { count: 0, waitMs: Math.min(today.waitMs, LONGEST_WAIT_MS), giveBack: true };
  }

  #wait(chunk: PacedChunk, milliseconds: number): Turn {
    const waitMs = Math.ceil(Math.min(Math.max(milliseconds, 1), LONGEST_WAIT_MS));
    return { count: 0, waitMs, giveBack: performance.now() + waitMs > chunk.since + SLICE_MS };
  }

  #isLimited(chunk: PacedChunk): boolean {
    return chunk.keys.some(key => this.#pools.has(key)) || this.#allowances.limits(chunk.domain);
  }

  #poolsOf(chunk: PacedChunk): TokenPool[] {
    return chunk.keys.flatMap(key => this.#pools.get(key) ?? []);
  }

  /** One look at a time; who asks meanwhile waits for the one under way, and may then ask for another. */
  #look(): Promise<void> {
    this.#looking ??= this.#lookNow().finally(() => (this.#looking = null));
    return this.#looking;
  }

  async #lookNow(): Promise<void> {
    const isDue =
      performance.now() - this.#lookedAt >= LOOK_MS || [...this.#chunks].some(chunk => !chunk.wasLookedAt);
    const chunks = [...this.#chunks];
    await this.relays.tellOnce();
    await this.#exchange();
    if (!isDue) return;
    this.#lookedAt = performance.now();
    const domains = new Set(chunks.flatMap(({ domain }) => domain ?? []));
    const now = await this.#allowances.look([...domains]);
    for (const chunk of chunks) chunk.wasLookedAt = true;
    await this.tallies.flush();
    const changed = await this.#ears.judge(key => this.#pools.get(key)?.answer ?? null, now);
    // A lane that goes at another speed now is asked of at once.
    if (changed) this.#lookedAt = -Infinity;
  }

  async #exchange(): Promise<void> {
    const now = performance.now();
    const wants = new Map<string, number>();
    for (const { keys, wanted, left } of this.#chunks) {
      for (const key of keys) wants.set(key, (wants.get(key) ?? 0) + Math.max(wanted, left()));
    }
    const wishes = [];
    for (const key of new Set([...wants.keys(), ...this.#pools.keys()])) {
      const pool = this.#pools.get(key);
      if (pool && pool.renewAt > now) continue;
      const want = wants.get(key) ?? 0;
      // Emptied before the statement: whoever asks meanwhile must not use what is being given back.
      wishes.push({ key, want: want === 0 ? 0 : Math.max(want, pool?.spent ?? 0), back: pool?.drain() ?? 0 });
    }
    if (wishes.length === 0) return;
    const answers = await this.buckets.exchange(this.#owner, wishes, this.time.now());
    const answered = new Map(answers.map(answer => [answer.key, answer]));
    for (const { key, want } of wishes) {
      const answer = answered.get(key);
      const pool = this.#pools.get(key) ?? new TokenPool();
      if (!answer || want === 0) this.#pools.delete(key);
      else {
        pool.fill(answer, want, performance.now());
        this.#pools.set(key, pool);
      }
    }
  }
}

/** The pacing of one chunk in a runner's hands. */
export class PacedChunk {
  readonly since = performance.now();
  readonly keys: string[];
  readonly laneKey: string;
  readonly lane: { senderId: number; lane: string };
  /** The domain that writes, null for none. */
  readonly domain: string | null;
  /** Known to be limited, by the claim or by a look. */
  isLimited: boolean;
  wasLookedAt = false;
  /** Messages it wants at once. */
  wanted = 0;
  #asked = 0;

  constructor(
    private readonly pacer: Pacer,
    private readonly lease: Lease,
    readonly dispatch: PacedDispatch,
  ) {
    const { senderId, id: dispatchId } = dispatch;
    this.lane = { senderId, lane: lease.lane };
    this.laneKey = bucketKey({ scope: 'lane', ...this.lane });
    this.keys = [
      bucketKey({ scope: 'dispatch', dispatchId }),
      bucketKey({ scope: 'sender', senderId }),
      this.laneKey,
      ...dispatch.limits,
    ];
    this.domain = domainOf(dispatch.fromEmail);
    this.isLimited = lease.paced || dispatch.limits.length > 0;
  }

  /** People of the chunk that were not yet allowed. */
  readonly left = (): number => Math.max(0, this.lease.contactIds.length - this.#asked);

  /** How many of `wanted` messages may be attempted now. Never rejects. */
  async ask(wanted: number): Promise<Turn> {
    if (wanted === 0) return go(0);
    const turn = await this.pacer.ask(this, wanted);
    this.#asked += turn.count;
    return turn;
  }

  /** So many of those were not attempted after all. */
  spare(count: number): void {
    this.pacer.spare(this, count);
  }

  /** It took so many tokens more of what it leaves by than one: an SMS of several parts. What follows waits for them. */
  alsoTook(count: number): void {
    this.pacer.alsoTook(this, count);
  }

  /** What became of an attempt. */
  saw(outcome: Outcome): void {
    this.pacer.saw(this, outcome);
  }

  leave(): void {
    this.pacer.leave(this);
  }
}
