/** Longest that somebody who looks waits for figures, in milliseconds. */
const PATIENCE_MS = 3000;

/** Figures that cost something to find: kept for a while, and never looked for twice at a time. */
export class Reading<Figures> {
  #found: Figures | null = null;
  #foundAt = -Infinity;
  #underWay: Promise<Figures | null> | null = null;

  constructor(
    private readonly everyMs: number,
    private readonly read: () => Figures | Promise<Figures>,
    private readonly failed: () => void,
    private readonly patienceMs = PATIENCE_MS,
  ) {}

  /** The figures, or null when they cannot be had in time. Never rejects. */
  async get(): Promise<Figures | null> {
    if (performance.now() - this.#foundAt < this.everyMs) return this.#found;
    this.#underWay ??= this.#look().finally(() => (this.#underWay = null));
    let timer: NodeJS.Timeout | undefined;
    const tooLong = new Promise<null>(resolve => {
      timer = setTimeout(() => resolve(null), this.patienceMs);
    });
    return Promise.race([this.#underWay, tooLong]).finally(() => clearTimeout(timer));
  }

  async #look(): Promise<Figures | null> {
    try {
      this.#found = await this.read();
    } catch {
      this.#found = null;
      this.failed();
    }
    // A failure is kept as long as a success: what is in trouble is not asked more often.
    this.#foundAt = performance.now();
    return this.#found;
  }
}
