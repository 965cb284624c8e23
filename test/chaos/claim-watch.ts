import { type Database } from '#database';

interface Held {
  generation: number;
  /** When it was seen first; of a killed worker's, when that was killed. */
  since: number;
  dead: boolean;
  freed: boolean;
}

/**
 * Measures how long the chunks that a killed worker held wait until they are free, and until somebody claims them: at
 * once when a runner is idle, else when one has done its chunk.
 */
export class ClaimWatch {
  readonly #held = new Map<number, Held>();
  /** All in milliseconds. */
  longestUntilFree = 0;
  longestUntilClaimed = 0;
  /** The longest time that anybody worked on a chunk. */
  longestWork = 0;
  claimedAgain = 0;

  /** @param isAnybodyThere with every worker dead the clock stands still */
  constructor(
    private readonly db: Database,
    private readonly isAnybodyThere: () => boolean,
  ) {}

  /** A worker was killed this moment. Chunks of the others are among what is leased; these just go on. */
  async killed(): Promise<void> {
    await this.look();
    const now = performance.now();
    for (const held of this.#held.values()) if (!held.dead) Object.assign(held, { dead: true, since: now });
  }

  /** Call it often. */
  async look(): Promise<void> {
    let rows: { id: number; state: string; generation: number }[];
    try {
      rows = await this.db.query(
        `SELECT id, state, lease_generation AS generation FROM chunk WHERE state = 'leased' OR id = ANY($1::bigint[])`,
        [[...this.#held.keys()]],
      );
    } catch {
      return;
    }
    const now = performance.now();
    if (!this.isAnybodyThere()) for (const held of this.#held.values()) if (held.dead) held.since = now;
    for (const { id, state, generation } of rows) {
      const held = this.#held.get(id);
      if (held?.generation === generation) {
        if (state === 'pending' && !held.freed) {
          held.freed = true;
          if (held.dead) this.longestUntilFree = Math.max(this.longestUntilFree, now - held.since);
        }
        if (state !== 'done') continue;
        if (!held.dead) this.longestWork = Math.max(this.longestWork, now - held.since);
        this.#held.delete(id);
        continue;
      }
      if (held?.dead) {
        this.claimedAgain++;
        this.longestUntilClaimed = Math.max(this.longestUntilClaimed, now - held.since);
        if (!held.freed) this.longestUntilFree = Math.max(this.longestUntilFree, now - held.since);
      }
      if (state === 'leased') this.#held.set(id, { generation, since: now, dead: false, freed: false });
      else this.#held.delete(id);
    }
  }
}
