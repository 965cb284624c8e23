import { RuleFault, shown } from './rule.errors.js';
import { type DatedValue, isCounted, type RuleScalar } from './rule.js';
import { atWallClock, isTimeZone, wallClock } from './zoned-time.js';

/** The time that a date in a rule means: a whole day of its zone, or a moment, which lasts a millisecond. */
export interface TimeSpan {
  from: Date;
  /** The first instant that is no longer in it. */
  until: Date;
  zone: string;
}

const DAY = /^(\d{4})-(\d{2})-(\d{2})$/;
const MOMENT =
  /^(\d{4}-\d{2}-\d{2})T(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,3})\d{0,6})?)?(Z|[+-]\d{2}:\d{2})?$/;
const RELATIVE = /^(now|today)?(?:([+-]\d{1,6})(h|d|w|m|y))?$/;

/** Years that every part of PostgreSQL and JavaScript writes with four digits, in any zone. */
const FIRST_YEAR = 1000;
const LAST_YEAR = 9000;

const FORMS =
  'Write a day (2026-11-21), a moment (2026-11-21T09:00:00Z), or a time from now: now-6h, now-30d, today, today+2w ' +
  '(h hours, d days, w weeks, m months, y years).';

/**
 * Reads a date of a rule: a text, or `{ date | relative, zone }`.
 * @throws RuleFault
 */
export function readTimeSpan(value: RuleScalar, now: Date): TimeSpan {
  if (typeof value === 'string') return spanOf(value.trim(), 'UTC', now);
  if (typeof value === 'object' && value !== null && !isCounted(value)) return datedSpan(value, now);
  throw new RuleFault('VALUE_WRONG_TYPE', `This field is a date. ${FORMS}`);
}

function datedSpan({ date, relative, zone = 'UTC' }: DatedValue, now: Date): TimeSpan {
  if (!isTimeZone(zone)) {
    throw new RuleFault(
      'ZONE_UNKNOWN',
      `${shown(zone)} is no time zone; use an IANA name such as Asia/Riyadh.`,
    );
  }
  if (date !== undefined && relative === undefined) return spanOf(date.trim(), zone, now);
  if (relative !== undefined && date === undefined) {
    const text = relative.trim();
    if (RELATIVE.test(text)) return spanOf(text, zone, now);
  }
  throw new RuleFault('DATE_INVALID', `Give either "date" or "relative". ${FORMS}`);
}

function spanOf(text: string, zone: string, now: Date): TimeSpan {
  const span = absolute(text, zone) ?? relativeTo(now, text, zone);
  if (!span) throw new RuleFault('DATE_INVALID', `${shown(text)} is no date. ${FORMS}`);
  if (!isInRange(span.from) || !isInRange(span.until)) {
    throw new RuleFault('DATE_OUT_OF_RANGE', `Dates lie between the years ${FIRST_YEAR} and ${LAST_YEAR}.`);
  }
  return span;
}

function isInRange(at: Date): boolean {
  const year = at.getUTCFullYear();
  return year >= FIRST_YEAR && year <= LAST_YEAR;
}

function absolute(text: string, zone: string): TimeSpan | null {
  const day = wallDay(text);
  if (day) return wholeDay(day, zone);
  const [, date = '', hour, minute, second = '0', fraction = '', offset] = MOMENT.exec(text) ?? [];
  const midnight = wallDay(date);
  if (!midnight || Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return null;
  const wall = new Date(midnight);
  wall.setUTCHours(Number(hour), Number(minute), Number(second), Number(fraction.padEnd(3, '0')));
  if (offset === undefined) return moment(atWallClock(wall, zone), zone);
  const sinceUtc = offset === 'Z' ? 0 : minutesOf(offset);
  return sinceUtc === null ? null : moment(new Date(wall.getTime() - sinceUtc * 60_000), zone);
}

function relativeTo(now: Date, text: string, zone: string): TimeSpan | null {
  const match = RELATIVE.exec(text);
  if (!match || text === '') return null;
  const [, anchor = 'now', count, unit] = match;
  if (unit === 'h') {
    return anchor === 'today' ? null : moment(new Date(now.getTime() + Number(count) * 3_600_000), zone);
  }
  const wall = shifted(wallClock(now, zone), Number(count ?? 0), unit);
  if (!isInRange(wall)) return { from: wall, until: wall, zone };
  if (anchor === 'today') return wholeDay(new Date(wall.setUTCHours(0, 0, 0, 0)), zone);
  return moment(count === undefined ? now : atWallClock(wall, zone), zone);
}

/** By the calendar: a day more is the same time tomorrow, a month after 31 January is the last of February. */
function shifted(wall: Date, count: number, unit: string | undefined): Date {
  const date = new Date(wall);
  if (unit === 'm' || unit === 'y') {
    const day = date.getUTCDate();
    date.setUTCDate(1);
    date.setUTCMonth(date.getUTCMonth() + count * (unit === 'y' ? 12 : 1));
    const last = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
    date.setUTCDate(Math.min(day, last));
  } else {
    date.setUTCDate(date.getUTCDate() + count * (unit === 'w' ? 7 : 1));
  }
  return date;
}

function wallDay(text: string): Date | null {
  const [, year, month, day] = DAY.exec(text) ?? [];
  if (year === undefined) return null;
  const date = new Date(`${text}T00:00:00Z`);
  return Number.isNaN(date.getTime()) ||
    date.getUTCDate() !== Number(day) ||
    date.getUTCMonth() + 1 !== Number(month)
    ? null
    : date;
}

function wholeDay(wall: Date, zone: string): TimeSpan {
  const next = new Date(wall.getTime() + 86_400_000);
  return { from: atWallClock(wall, zone), until: atWallClock(next, zone), zone };
}

function moment(at: Date, zone: string): TimeSpan {
  return { from: at, until: new Date(at.getTime() + 1), zone };
}

function minutesOf(offset: string): number | null {
  const hours = Number(offset.slice(1, 3));
  const minutes = Number(offset.slice(4));
  if (hours > 15 || minutes > 59) return null;
  return (offset.startsWith('-') ? -1 : 1) * (hours * 60 + minutes);
}

/** The days that a span touches, as `[first, next)` in `YYYY-MM-DD`: for fields that hold days, not instants. */
export function daysOf({ from, until, zone }: TimeSpan): { from: string; until: string } {
  const last = wallClock(new Date(until.getTime() - 1), zone);
  const next = new Date(last.getTime() + 86_400_000);
  return { from: isoDay(wallClock(from, zone)), until: isoDay(next) };
}

function isoDay(date: Date): string {
  return date.toISOString().slice(0, 10);
}
