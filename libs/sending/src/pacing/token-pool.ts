import { type BucketAnswer } from './token-bucket.repository.js';

/** How much of a second a batch may take, so that what is paced leaves evenly and not in a burst a second. */
const BATCH_SECONDS = 0.1;
/** Workers come by about once a second. */
const LEASE_MS = 1000;
/** ...and never more often than this, except for tokens they did not ask for before. */
const SOONEST_MS = 200;

/** The tokens a worker has leased of one bucket: usable one after another, as evenly as they came in. */
export class TokenPool {
  #granted = 0;
  #used = 0;
  #from = 0;
  #spacing = 0;
  /** When it may ask for tokens again. Times here are `performance.now()`. */
  renewAt = 0;
  /** When there will be a token, as far as is known. */
  nextAt = 0;
  /** Tokens used since the last lease. */
  spent = 0;
  answer: BucketAnswer | null = null;

  /** Tokens for a batch: a tenth of a second of this worker's share, at least one. */
  get batch(): number {
    return Math.max(1, Math.round(this.share * BATCH_SECONDS));
  }

  /** Messages per second that this worker may count on. */
  get share(): number {
    return this.answer ? this.answer.rate / Math.max(1, this.answer.holders) : 0;
  }

  get left(): number {
    return this.#granted - this.#used;
  }

  fill(answer: BucketAnswer, want: number, now: number): void {
    const { granted, nextMs } = answer;
    this.answer = answer;
    this.#granted = granted;
    this.#used = 0;
    this.#from = now;
    this.spent = 0;
    this.#spacing = Math.min(
      LEASE_MS / Math.max(1, granted),
      LEASE_MS / Math.max(this.share, Number.MIN_VALUE),
    );
    const gone = now + granted * this.#spacing;
    this.nextAt = granted < want ? Math.max(gone, now + nextMs) : gone;
    const soonest = granted < want ? now + SOONEST_MS : now;
    this.renewAt = Math.min(Math.max(granted > 0 ? gone : this.nextAt, soonest), now + LEASE_MS);
  }

  /** When `count` tokens can be used together; `count` is at most `left`. */
  readyAt(count: number): number {
    return this.#from + Math.max(0, this.#used + count - 1) * this.#spacing;
  }

  use(count: number): void {
    this.#used += count;
    this.spent += count;
  }

  /** Tokens that were taken and not needed. */
  spare(count: number): void {
    this.use(-count);
  }

  /** Empties it: what is left goes back to the bucket. */
  drain(): number {
    const { left } = this;
    this.#used = this.#granted;
    return left;
  }
}
