import { Injectable } from '@nestjs/common';
import { PacingTime } from './pacing-time.js';
import { type WarmUp, warmUpToday } from './warm-up.js';
import { WarmUpRepository } from './warm-up.repository.js';

interface Held {
  day: string;
  count: number;
  /** When that day ends, on the clock of `performance.now()`. */
  until: number;
  /** How much of it was used since the last look. */
  spent: number;
}

/** What a worker holds of what domains may send today, while they are warmed up. */
@Injectable()
export class DomainAllowance {
  #warmUps = new Map<string, WarmUp>();
  readonly #held = new Map<string, Held>();
  /** The database's time less `performance.now()`, in milliseconds. */
  #offset = 0;

  constructor(
    private readonly repository: WarmUpRepository,
    private readonly time: PacingTime,
  ) {}

  /** Whether this domain is being warmed up, as far as this worker knows. */
  limits(domain: string | null): boolean {
    return domain !== null && this.#warmUps.has(domain);
  }

  /** Reads the warm-ups of these domains. @returns the database's time */
  async look(domains: readonly string[]): Promise<Date> {
    const { now, warmUps } = await this.repository.read(domains, this.time.now());
    this.#offset = now.getTime() - performance.now();
    this.#warmUps = new Map(
      warmUps.filter(warmUp => warmUpToday(warmUp, now) !== null).map(warmUp => [warmUp.domain, warmUp]),
    );
    for (const held of this.#held.values()) held.spent = 0;
    return now;
  }

  /**
   * Takes of today's ceiling: about a second's worth at a time.
   * @param urgent is counted, and does not wait
   * @returns how many may be sent; when none, how long there is to wait
   */
  async take(
    domain: string | null,
    count: number,
    perSecond: number,
    urgent: boolean,
  ): Promise<{ count: number; waitMs: number }> {
    const warmUp = domain === null ? undefined : this.#warmUps.get(domain);
    if (domain === null || !warmUp) return { count, waitMs: 0 };
    const now = this.#now();
    const today = warmUpToday(warmUp, now);
    if (!today) return { count, waitMs: 0 };
    let held = this.#held.get(domain);
    if (held && held.day !== today.day) {
      await this.repository.giveBack(domain, held.day, held.count);
      held = undefined;
    }
    held ??= { day: today.day, count: 0, until: 0, spent: 0 };
    this.#held.set(domain, held);
    if (held.count < count) {
      const ahead = Math.max(held.spent, Number.isFinite(perSecond) ? Math.ceil(perSecond) : 0);
      const want = Math.max(count, urgent ? 0 : ahead) - held.count;
      const granted = await this.repository.take(domain, today, want, urgent, this.time.now());
      // null: the day has just ended, or the warm-up was called off. The next look knows more.
      if (granted === null) this.#warmUps.delete(domain);
      else held.count += granted;
    }
    const allowed = Math.min(count, held.count);
    held.count -= allowed;
    held.spent += allowed;
    return { count: allowed, waitMs: allowed > 0 ? 0 : Math.max(1, today.endsAt.getTime() - now.getTime()) };
  }

  spare(domain: string | null, count: number): void {
    const held = domain === null ? undefined : this.#held.get(domain);
    if (held) held.count += count;
  }

  async giveBack(): Promise<void> {
    const all = [...this.#held];
    this.#held.clear();
    for (const [domain, { day, count }] of all) {
      if (count > 0) await this.repository.giveBack(domain, day, count);
    }
  }

  #now(): Date {
    return this.time.now() ?? new Date(performance.now() + this.#offset);
  }
}
