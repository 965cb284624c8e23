import { Injectable } from '@nestjs/common';
import { Clock } from '#common';

const WINDOW_MS = 60_000;
const MOST_ADDRESSES = 10_000;

/** Bad links one address may open in a minute before it is told to wait. */
export const BAD_LINKS_A_MINUTE = 60;

/**
 * Counts links that do not work, by IP. A courtesy to the logs and the processor, not a defence: a token carries a
 * 128-bit MAC and cannot be guessed. It is asked only after a token proved bad, so a valid link is never held up.
 */
@Injectable()
export class BadLinkLimit {
  readonly #seen = new Map<string, { since: number; count: number }>();

  constructor(private readonly clock: Clock) {}

  /** Counts one; false when there were too many. */
  allow(ip: string): boolean {
    const now = this.clock.now().getTime();
    const seen = this.#seen.get(ip);
    if (seen && now - seen.since < WINDOW_MS) return ++seen.count <= BAD_LINKS_A_MINUTE;
    // Deleted first, so that the map stays in the order of its windows and its head is the oldest.
    this.#seen.delete(ip);
    this.#seen.set(ip, { since: now, count: 1 });
    if (this.#seen.size > MOST_ADDRESSES) this.#seen.delete(this.#seen.keys().next().value as string);
    return true;
  }

  /** How many addresses are remembered. */
  get size(): number {
    return this.#seen.size;
  }
}
