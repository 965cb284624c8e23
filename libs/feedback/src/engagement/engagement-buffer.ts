export interface BufferLimits {
  /** Items kept at most, those that are being written among them. */
  most: number;
  /** Items written at once. */
  batch: number;
  /** How long an item waits for others to be written with, in milliseconds. */
  waitMs: number;
  /**
   * How long it rests after a full batch, as a multiple of what writing that took, while less than half of the room is
   * taken: in a rush those who wait for an answer come first, and PostgreSQL has time for others.
   */
  rest: number;
  /** The first wait after a failure, in milliseconds; it doubles up to `longestRetryMs`. */
  retryMs: number;
  longestRetryMs: number;
}

/**
 * Gathers what is to be written, and writes it many at a time and one write after another. Adding never waits and never
 * throws: what cannot be written is kept up to a bound, and beyond it refused.
 */
export class EngagementBuffer<Item> {
  #items: Item[] = [];
  #inHand = 0;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> | undefined;
  #failures = 0;
  /** The timer is not to be hastened: it rests, or waits after a failure. */
  #patient = false;

  /** @param onFailure told of each failed write, with how many in a row it is. */
  constructor(
    private readonly write: (items: Item[]) => Promise<void>,
    private readonly limits: BufferLimits,
    private readonly onFailure: (error: unknown, failures: number) => void,
  ) {}

  get size(): number {
    return this.#items.length + this.#inHand;
  }

  get #isHalfFull(): boolean {
    return this.size * 2 > this.limits.most;
  }

  /** @returns false when there is no room. */
  add(item: Item): boolean {
    const { most, batch, waitMs } = this.limits;
    if (this.size >= most) return false;
    this.#items.push(item);
    if (this.#timer === undefined) this.#writeIn(waitMs);
    // Once, when it becomes enough: each further one would begin the timer anew.
    else if (this.#items.length === batch && !this.#patient) this.#writeIn(0);
    return true;
  }

  /**
   * Writes what there is, trying again for so long.
   * @returns how many are left that could not be written.
   */
  async drain(withinMs: number): Promise<number> {
    const deadline = performance.now() + withinMs;
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<void>(resolve => (timer = setTimeout(resolve, withinMs)));
    while (this.size > 0 && performance.now() < deadline) {
      await Promise.race([this.#writeNow(), patience]);
      if (this.#failures > 0) await Promise.race([pause(Math.min(this.limits.retryMs, withinMs)), patience]);
    }
    clearTimeout(timer);
    clearTimeout(this.#timer);
    return this.size;
  }

  #writeIn(ms: number): void {
    if (this.#writing !== undefined) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#writeNow(), ms);
    this.#timer.unref();
  }

  /** One batch; if one is being written, that one. Never rejects. */
  #writeNow(): Promise<void> {
    return (this.#writing ??= this.#writeBatch().then(tookMs => {
      this.#writing = undefined;
      this.#timer = undefined;
      const { batch, waitMs, rest, retryMs, longestRetryMs } = this.limits;
      const isEnough = this.#items.length >= batch;
      this.#patient = this.#failures > 0 || (isEnough && !this.#isHalfFull);
      if (this.#items.length === 0) return;
      if (this.#failures > 0)
        this.#writeIn(Math.min(longestRetryMs, retryMs * 2 ** Math.min(this.#failures - 1, 20)));
      else this.#writeIn(!isEnough ? waitMs : this.#patient ? tookMs * rest : 0);
    }));
  }

  async #writeBatch(): Promise<number> {
    const began = performance.now();
    const items = this.#items.splice(0, this.limits.batch);
    this.#inHand = items.length;
    try {
      if (items.length > 0) await this.write(items);
      this.#failures = 0;
    } catch (error) {
      this.#items.unshift(...items);
      this.onFailure(error, ++this.#failures);
    } finally {
      this.#inHand = 0;
    }
    return performance.now() - began;
  }
}

function pause(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms));
}
