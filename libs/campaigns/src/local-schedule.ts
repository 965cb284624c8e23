import { type PastHour } from '#sending';
import { hourPassed, notAfterTooEarly } from './campaign.errors.js';

/** An hour of each person's own clock, e.g. 09:00 on the first of December wherever they are. */
export interface LocalHour {
  /** As `2026-12-01T09:00`. */
  localTime: string;
  /** What is done in zones where it has passed by the launch. */
  pastHour: PastHour;
}

const HOUR_MS = 3_600_000;
/** The clocks that are furthest ahead (Kiritimati) and furthest behind (Baker Island), in hours from UTC. */
const FIRST_ZONE = 14;
const LAST_ZONE = -12;
/** To freeze the audience before the first zone's hour. */
const LEAD_MS = 30 * 60_000;

/**
 * When a campaign for an hour of everybody's own clock must be launched: early enough for the zone that comes first.
 * @throws DomainError SCHEDULE_TOO_LATE when the hour has passed everywhere, NOT_LATER_THAN_TOO_EARLY when the last zone
 * would not be reached
 */
export function launchFor({ localTime, pastHour }: LocalHour, notAfter: Date | null, now: Date): Date {
  const utc = Date.parse(`${localTime}:00Z`);
  const first = utc - FIRST_ZONE * HOUR_MS;
  const last = utc - LAST_ZONE * HOUR_MS;
  if (last < now.getTime()) throw hourPassed();
  const begin = Math.max(now.getTime(), first - LEAD_MS);
  // Where the hour has passed already, the next day's may be as late as the last zone's and a day.
  const latest = begin > first && pastHour === 'next_day' ? last + 24 * HOUR_MS : last;
  if (notAfter !== null && notAfter.getTime() < latest) throw notAfterTooEarly(new Date(latest));
  return new Date(begin);
}
