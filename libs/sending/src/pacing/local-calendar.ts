/**
 * The day it is somewhere, and when it ends there: where clocks change it has 23 or 25 hours, and where they change at
 * midnight it ends at 01:00 of the next. UTC for a zone that is not known here.
 */
export function localDay(now: Date, timeZone: string): { day: string; endsAt: Date } {
  const { text, endsAt } = localStretch(now, timeZone, DAY.length, 26);
  return { day: text, endsAt };
}

/** The month it is somewhere, as `2026-11`, and when it ends there. */
export function localMonth(now: Date, timeZone: string): { month: string; endsAt: Date } {
  const { text, endsAt } = localStretch(now, timeZone, MONTH.length, 32 * 24);
  return { month: text, endsAt };
}

/** Only the month: asked before every batch. */
export function monthAt(now: Date, timeZone: string): string {
  return formatOf(timeZone).format(now).slice(0, MONTH.length);
}

const DAY = 'YYYY-MM-DD';
const MONTH = 'YYYY-MM';

/** @param hours the longest it can last */
function localStretch(
  now: Date,
  timeZone: string,
  characters: number,
  hours: number,
): { text: string; endsAt: Date } {
  const format = formatOf(timeZone);
  const textAt = (time: number): string => format.format(time).slice(0, characters);
  const text = textAt(now.getTime());
  // The first instant of another day or month, found by halving: no offsets to add up, so no hour to lose.
  let before = now.getTime();
  let after = before + hours * 3_600_000;
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (textAt(middle) === text) before = middle;
    else after = middle;
  }
  return { text, endsAt: new Date(after) };
}

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(timeZone: string): Intl.DateTimeFormat {
  let format = formats.get(timeZone);
  if (!format) {
    format = dayFormat(timeZone);
    formats.set(timeZone, format);
  }
  return format;
}

/** Digits and calendar are said, lest a machine's own be taken. */
function dayFormat(timeZone: string): Intl.DateTimeFormat {
  const parts = {
    calendar: 'iso8601',
    numberingSystem: 'latn',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  } as const;
  try {
    return new Intl.DateTimeFormat('en-CA', { ...parts, timeZone });
  } catch {
    return new Intl.DateTimeFormat('en-CA', { ...parts, timeZone: 'UTC' });
  }
}
