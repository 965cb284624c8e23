/** What clocks on walls show, asked of the engine's own time zone data and not of PostgreSQL's. */

const formats = new Map<string, Intl.DateTimeFormat>();
const weekdays = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

export interface Shown {
  date: string;
  /** Since Monday 00:00. */
  minuteOfWeek: number;
}

export function wallClock(at: number, zone: string): Shown {
  const format =
    formats.get(zone) ??
    new Intl.DateTimeFormat('en-CA', {
      ...{ timeZone: zone, hourCycle: 'h23', weekday: 'short' },
      ...{ year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit' },
    });
  formats.set(zone, format);
  const parts = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]));
  const minuteOfDay = Number(parts['hour']) * 60 + Number(parts['minute']);
  return {
    date: `${parts['year']}-${parts['month']}-${parts['day']}`,
    minuteOfWeek: weekdays.indexOf(parts['weekday'] ?? '') * 1440 + minuteOfDay,
  };
}

/** Hours as minutes of the week, and days off, in each of these zones. */
export interface PlainHours {
  zones: string[];
  ranges: [from: number, to: number][];
  daysOff: string[];
}

/** Whether every clock shows an hour that is open: the plain meaning, a minute at a time. */
export function isOpen(at: number, { zones, ranges, daysOff }: PlainHours): boolean {
  return zones.every(zone => {
    const { date, minuteOfWeek } = wallClock(at, zone);
    return !daysOff.includes(date) && ranges.some(([from, to]) => from <= minuteOfWeek && minuteOfWeek < to);
  });
}

/** The first whole minute after this moment, and until the other, that is open (or closed); null: none. */
export function firstMinute(after: number, until: number, open: boolean, hours: PlainHours): number | null {
  for (let at = (Math.floor(after / 60_000) + 1) * 60_000; at <= until; at += 60_000) {
    if (isOpen(at, hours) === open) return at;
  }
  return null;
}
