import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { LOGGER, type Logger } from '#common';
import { storable } from '#database';
import { type Outcome } from '#transports';
import { type LanePace, LanePaceRepository } from './lane-pace.repository.js';
import { hear, type Heard, nextSpeed, type SlowLane } from './lane-speed.js';
import { type BucketAnswer, TokenBucketRepository } from './token-bucket.repository.js';

/** A lane's answers are weighed over at most so many milliseconds. */
const WINDOW_MS = 30_000;
const REASON_LENGTH = 200;

interface Ear extends Omit<Heard, 'perSecond'> {
  since: number;
  senderId: number;
  lane: string;
}

/** Listens to what providers answer, lane by lane, and lets a lane go slower or faster; PostgreSQL keeps the speed. */
@Injectable()
export class LaneEars {
  readonly #ears = new Map<string, Ear>();
  readonly #worker = randomUUID();
  /** Whether this worker's speeds stand in PostgreSQL. */
  #told = false;

  constructor(
    private readonly paces: LanePaceRepository,
    private readonly buckets: TokenBucketRepository,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  hear(key: string, lane: { senderId: number; lane: string }, outcome: Outcome): void {
    const heard = hear(outcome);
    if (heard === 'nothing') return;
    let ear = this.#ears.get(key);
    if (!ear) {
      ear = { ...lane, since: performance.now(), attempts: 0, tooFast: 0, later: 0, reason: '' };
      this.#ears.set(key, ear);
    }
    ear.attempts++;
    if (heard === 'fine') return;
    ear[heard === 'later' ? 'later' : 'tooFast']++;
    if (heard === 'too fast' || ear.tooFast === 0)
      ear.reason = storable(outcome.reply).slice(0, REASON_LENGTH);
  }

  /**
   * Changes the speed of lanes where there is reason to.
   * @param bucketOf what is known of a lane's limit
   * @param now the database's time
   * @returns whether any lane changed
   */
  async judge(bucketOf: (key: string) => BucketAnswer | null, now: Date): Promise<boolean> {
    let changed = false;
    const together = await this.#together(now);
    for (const [key, ear] of this.#ears) {
      const bucket = bucketOf(key);
      const before = bucket?.slow ?? null;
      const limit = bucket && bucket.slowRate === null ? bucket.rate : null;
      const perSecond = together.get(`${ear.senderId} ${ear.lane}`) ?? paceOf(ear).perSecond;
      const next = nextSpeed(before, { ...ear, perSecond }, limit, now.getTime());
      if (next !== undefined) changed = (await this.#change(ear, before, next, now)) || changed;
      if (next !== undefined || performance.now() - ear.since > WINDOW_MS) this.#ears.delete(key);
      ear.tooFast = 0;
    }
    return changed;
  }

  /** Nothing more is sent for now. */
  async rest(): Promise<void> {
    if (!this.#told) return;
    await this.paces.leave(this.#worker);
    this.#told = false;
  }

  /** How fast all workers together go in the lanes that this one hears of. */
  async #together(now: Date): Promise<Map<string, number>> {
    const mine = [...this.#ears.values()].map(paceOf);
    if (mine.length === 0) return new Map();
    this.#told = true;
    const all = await this.paces.tell(this.#worker, mine, now);
    return new Map(all.map(({ senderId, lane, perSecond }) => [`${senderId} ${lane}`, perSecond]));
  }

  async #change(ear: Ear, before: SlowLane | null, next: SlowLane | null, now: Date): Promise<boolean> {
    const { senderId, lane, reason } = ear;
    const changed = await this.buckets.setLaneSpeed({ scope: 'lane', senderId, lane }, before, next, now);
    if (changed) {
      const speed = { sender: senderId, lane, from: before?.rate ?? null, to: next?.rate ?? null };
      if (next === null || (before && next.rate > before.rate)) this.logger.info(speed, 'a lane goes faster');
      else this.logger.warn({ ...speed, reason }, 'a lane slows down');
    }
    return changed;
  }
}

function paceOf({ senderId, lane, attempts, since }: Ear): LanePace {
  const seconds = Math.max(1, (performance.now() - since) / 1000);
  return { senderId, lane, perSecond: attempts / seconds };
}
