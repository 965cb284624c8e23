import { localDay } from './local-calendar.js';

/** A sender domain that providers do not know yet, and how many messages it may send on each day of its plan. */
export interface WarmUp {
  domain: string;
  senderId: number;
  /** The IANA zone of the sender: its days begin at midnight there. */
  timeZone: string;
  /** Messages on the first day of sending, the second... */
  ceilings: number[];
  startedAt: Date;
  /** Days that had messages, in any order. */
  days: WarmUpDay[];
}

export interface WarmUpDay {
  /** As `2026-11-22`. */
  day: string;
  ceiling: number;
  used: number;
}

/** Today of a warm-up. */
export interface WarmUpToday extends WarmUpDay {
  /** The how manieth day of the plan it is, from 1. */
  step: number;
  /** When tomorrow begins. */
  endsAt: Date;
}

/**
 * 200 on the first day, each day 1.4 times the day before, until 120,000 on the twentieth; then there is no ceiling.
 * The growth is that of SendGrid's automatic warm-up (its schedule: 20 an hour on the first day, 28, 39, 55, 77...), the
 * beginning less than half of it, for it is the domain and not only the machine that is unknown. Gmail warns of doubling
 * at once (sender guidelines, "Increase sending volume slowly").
 */
export const defaultCeilings: readonly number[] = [
  ...[200, 280, 390, 550, 770, 1100, 1500, 2100, 3000, 4100],
  ...[5800, 8100, 11_000, 16_000, 22_000, 31_000, 44_000, 61_000, 85_000, 120_000],
];

/**
 * Which day of the plan it is, and what it allows. A day counts as one of the plan when at least half of its ceiling was
 * used: a ceiling that nobody came near has shown the providers nothing, and is not yet a reason for a higher one.
 * @returns null when the plan is over.
 */
export function warmUpToday(warmUp: WarmUp, now: Date): WarmUpToday | null {
  const { day, endsAt } = localDay(now, warmUp.timeZone);
  const step = 1 + warmUp.days.filter(past => past.day < day && past.used * 2 >= past.ceiling).length;
  const ceiling = warmUp.ceilings[step - 1];
  if (ceiling === undefined) return null;
  const used = warmUp.days.find(one => one.day === day)?.used ?? 0;
  return { day, step, ceiling, used, endsAt };
}

/** The domain that writes: what is behind the @ of a sender's address. */
export function domainOf(fromEmail: string | null): string | null {
  return fromEmail?.split('@').at(-1)?.toLowerCase() ?? null;
}
