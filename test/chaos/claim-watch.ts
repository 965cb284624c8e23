import { type Database } from '#database';

interface Held {
  generation: number;
  since: number;
}

/** Measures how long the chunks that a killed worker held wait until somebody claims them again. */
export class ClaimWatch {
  readonly #held = new Map<number, Held>();
  /** The longest wait, in milliseconds, and how many were seen. */
  longest = 0;
  seen = 0;

  constructor(private readonly db: Database) {}

  /** A worker was killed this moment. Chunks of the others are among these; they just finish. */
  async begin(): Promise<void> {
    const since = performance.now();
    const rows = await this.#chunks(`state = 'leased'`);
    for (const { id, generation } of rows) {
      if (!this.#held.has(id)) this.#held.set(id, { generation, since });
    }
  }

  async look(): Promise<void> {
    if (this.#held.size === 0) return;
    for (const { id, state, generation } of await this.#chunks('id = ANY($1::bigint[])', [[...this.#held.keys()]])) {
      const held = this.#held.get(id) as Held;
      if (generation > held.generation) {
        this.seen++;
        this.longest = Math.max(this.longest, performance.now() - held.since);
      } else if (state !== 'done') continue;
      this.#held.delete(id);
    }
  }

  #chunks(where: string, parameters: unknown[] = []): Promise<{ id: number; state: string; generation: number }[]> {
    return this.db.query(`SELECT id, state, lease_generation AS generation FROM chunk WHERE ${where}`, parameters);
  }
}
