export interface BufferLimits {
  /** Items kept at most, those that are being written among them. */
  most: number;
  /** Items written at once. */
  batch: number;
  /** How long an item waits for others to be written with, in milliseconds. */
  waitMs: number;
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

  /** @param onFailure told of each failed write, with how many in a row it is. */
  constructor(
    private readonly write: (items: Item[]) => Promise<void>,
    private readonly limits: BufferLimits,
    private readonly onFailure: (error: unknown, failures: number) => void,
  ) {}

  get size(): number {
    return this.#items.length + this.#inHand;
  }

  /** @returns false when there is no room. */
  add(item: Item): boolean {
    if (this.size >= this.limits.most) return false;
    this.#items.push(item);
    // After a failure its own wait stands: a flood of items must not become a flood of attempts.
    if (this.#items.length >= this.limits.batch && this.#failures === 0) this.#writeSoon(0);
    else if (this.#timer === undefined) this.#writeSoon(this.limits.waitMs);
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
      await Promise.race([this.#writeAll(), patience]);
      if (this.#failures > 0) await Promise.race([pause(Math.min(this.limits.retryMs, withinMs)), patience]);
    }
    clearTimeout(timer);
    clearTimeout(this.#timer);
    return this.size;
  }

  #writeSoon(afterMs: number): void {
    if (this.#writing !== undefined) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#writeAll(), afterMs);
    this.#timer.unref();
  }

  #writeAll(): Promise<void> {
    return (this.#writing ??= this.#run().finally(() => {
      this.#writing = undefined;
      this.#timer = undefined;
      if (this.#items.length === 0) return;
      const { retryMs, longestRetryMs, waitMs } = this.limits;
      this.#writeSoon(
        this.#failures === 0
          ? waitMs
          : Math.min(longestRetryMs, retryMs * 2 ** Math.min(this.#failures - 1, 20)),
      );
    }));
  }

  /** Never rejects. */
  async #run(): Promise<void> {
    while (this.#items.length > 0) {
      const batch = this.#items.splice(0, this.limits.batch);
      this.#inHand = batch.length;
      try {
        await this.write(batch);
        this.#failures = 0;
      } catch (error) {
        this.#items.unshift(...batch);
        this.onFailure(error, ++this.#failures);
        return;
      } finally {
        this.#inHand = 0;
      }
    }
  }
}

function pause(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms));
}
