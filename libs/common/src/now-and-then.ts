/** When something was done last that need not be done at every look. A clock that was set back does not put it off. */
export class NowAndThen {
  #lastAt = -Infinity;

  constructor(private readonly everyMs: number) {}

  /** Whether it is time again. Asking changes nothing; `mark` does. */
  isDue(now: Date): boolean {
    return Math.abs(now.getTime() - this.#lastAt) >= this.everyMs;
  }

  mark(now: Date): void {
    this.#lastAt = now.getTime();
  }
}
