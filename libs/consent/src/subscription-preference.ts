export const frequencies = ['all', 'weekly', 'monthly'] as const;
export type Frequency = (typeof frequencies)[number];

/** What is gentler than unsubscribing: how often a sender may write, and a pause. Both hold for marketing alone. */
export interface SubscriptionPreference {
  frequency: Frequency;
  /** null: no pause. */
  pausedUntil: Date | null;
}

/** How long a person can ask for quiet on their page, in days. */
export const pauseDays = [30, 90] as const;
export type PauseDays = (typeof pauseDays)[number];

const DAY_MS = 24 * 3600 * 1000;

/** The end of a pause that begins now. */
export function pauseEnd(days: PauseDays, now: Date): Date {
  return new Date(now.getTime() + days * DAY_MS);
}

/** The longest pause there is, in days; whoever wants to hear nothing for longer unsubscribes. */
export const LONGEST_PAUSE_DAYS = 366;

export function isTooLong(pausedUntil: Date, now: Date): boolean {
  return pausedUntil.getTime() > now.getTime() + LONGEST_PAUSE_DAYS * DAY_MS;
}
