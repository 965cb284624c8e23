/** Time zones through Intl, which every Node has, with the machine's own IANA data. */

const DAY_MS = 86_400_000;

/** A formatter costs some 20 microseconds to make; there are some 600 zones, and spellings of them. */
const formatters = new Map<string, Intl.DateTimeFormat>();
const MOST_FORMATTERS = 1000;

/** Whether this is a name of the IANA database. Offsets such as +03:00 are not: they know no summer time. */
export function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z][A-Za-z0-9_+/-]{0,49}$/.test(name)) return false;
  try {
    formatterFor(name);
    return true;
  } catch {
    return false;
  }
}

/** What a clock on the wall shows there, as a Date whose UTC fields are those of the wall. */
export function wallClock(at: Date, zone: string): Date {
  if (zone === 'UTC') return at;
  const shown: Partial<Record<Intl.DateTimeFormatPartTypes, number>> = {};
  for (const { type, value } of formatterFor(zone).formatToParts(at)) shown[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = shown;
  return new Date(Date.UTC(year, month - 1, day, hour, minute, second, at.getUTCMilliseconds()));
}

/**
 * The instant at which a clock on the wall there shows this: the first one if it does so twice, and for a time that the
 * clock skips the instant just as far after the jump, so that a day whose midnight is skipped begins where it begins.
 */
export function atWallClock(wall: Date, zone: string): Date {
  if (zone === 'UTC') return wall;
  const before = offsetAt(wall.getTime() - DAY_MS, zone);
  const after = offsetAt(wall.getTime() + DAY_MS, zone);
  const candidates = [before, after].map(offset => new Date(wall.getTime() - offset));
  const exact = candidates.filter(at => wallClock(at, zone).getTime() === wall.getTime());
  return new Date(Math.min(...(exact.length > 0 ? exact : candidates.slice(0, 1)).map(at => at.getTime())));
}

function offsetAt(time: number, zone: string): number {
  return wallClock(new Date(time), zone).getTime() - time;
}

function formatterFor(zone: string): Intl.DateTimeFormat {
  const found = formatters.get(zone);
  if (found) return found;
  const formatter = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    calendar: 'gregory',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  if (formatters.size >= MOST_FORMATTERS) formatters.clear();
  formatters.set(zone, formatter);
  return formatter;
}
