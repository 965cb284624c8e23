import fc from 'fast-check';
import { testDatabase, type TestDatabase } from '../factories/database.js';
import { firstMinute, isOpen, type PlainHours } from '../factories/wall-clock.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Days near which clocks are put forward or back somewhere, and an ordinary one. */
const days = [
  ...['2026-03-08', '2026-03-29', '2026-04-05', '2026-04-24', '2026-09-06', '2026-10-04', '2026-10-25'],
  ...['2026-10-30', '2026-11-01', '2026-11-24', '2027-02-07', '2027-03-14'],
];
const zones = [
  ...['Europe/London', 'Europe/Berlin', 'America/New_York', 'America/Adak', 'America/St_Johns'],
  ...['Asia/Riyadh', 'Africa/Cairo', 'Africa/Casablanca', 'America/Santiago', 'America/Havana'],
  ...['Australia/Lord_Howe', 'Asia/Kathmandu', 'Pacific/Chatham', 'Atlantic/Azores'],
];

/** Ranges of a week, some about the hours of the night in which clocks change, some through midnight. */
const minuteOfDay = fc.oneof(
  fc.constantFrom(0, 60, 90, 120, 150, 180, 1380, 1440),
  fc.integer({ min: 0, max: 240 }),
  fc.integer({ min: 0, max: 1440 }),
);
const ranges = fc
  .array(fc.tuple(fc.nat(6), minuteOfDay, minuteOfDay), { minLength: 1, maxLength: 10 })
  .map(days =>
    days.map(([day, a, b]): [number, number] => [
      day * 1440 + Math.min(a, b, 1439),
      day * 1440 + Math.max(a, b, 1),
    ]),
  )
  .map(list => list.filter(([from, to]) => from < to))
  .filter(list => list.length > 0);

const question = fc.record({
  zones: fc.uniqueArray(fc.constantFrom(...zones), { minLength: 1, maxLength: 3 }),
  ranges,
  day: fc.constantFrom(...days),
  offDays: fc.uniqueArray(fc.integer({ min: -1, max: 3 }), { maxLength: 3 }),
  at: fc.integer({ min: -12 * 60, max: 36 * 60 }),
  seconds: fc.constantFrom(0, 0, 1, 59),
});

const dateOf = (day: string, offset: number): string =>
  new Date(Date.parse(day) + offset * DAY).toISOString().slice(0, 10);

/** The functions by which the gate finds the first open and the first closed moment. */
describe('opening hours', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase();
  });
  afterAll(() => database.close());

  async function ask(at: number, { zones, ranges, daysOff }: PlainHours) {
    const row = await database.db.queryOne<{ open: Date | number; closed: Date | null }>(
      `SELECT next_open($1, $2, $3, $4::date[]) AS open, next_closed($1, $2, $3, $4::date[]) AS closed`,
      [new Date(at), zones, `{${ranges.map(range => `[${range.join(',')})`).join(',')}}`, daysOff],
    );
    // The driver reads 'infinity' as the number.
    const open = row!.open instanceof Date ? row!.open.getTime() : null;
    return { open, closed: row!.closed?.getTime() ?? null };
  }

  it('begin at the first open minute, and none between is open, for generated hours, days off, zones and moments', async () => {
    let later = 0;
    await fc.assert(
      fc.asyncProperty(question, async ({ day, offDays, at, seconds, ...more }) => {
        const hours = { ...more, daysOff: offDays.map(offset => dateOf(day, offset)) };
        const now = Date.parse(day) + at * MINUTE + seconds * 1000;
        const want = isOpen(now, hours) ? now : firstMinute(now, now + 6 * DAY, true, hours);
        const { open } = await ask(now, hours);
        if (want !== null) expect(open).toBe(want);
        // The rest of the fortnight is not walked minute by minute: only what it found is looked at.
        else if (open !== null) {
          expect(open).toBeGreaterThan(now + 6 * DAY);
          expect(isOpen(open, hours)).toBe(true);
        }
        if (want !== null && want > now) later++;
      }),
      { numRuns: 250, seed: 20261124 },
    );
    expect(later).toBeGreaterThan(60);
  });

  it('end at the first closed minute within ten hours, if there is one', async () => {
    let ends = 0;
    let lasting = 0;
    await fc.assert(
      fc.asyncProperty(question, async ({ day, offDays, at, seconds, ...more }) => {
        const hours = { ...more, daysOff: offDays.map(offset => dateOf(day, offset)) };
        const from = Date.parse(day) + at * MINUTE + seconds * 1000;
        const now = isOpen(from, hours) ? from : firstMinute(from, from + 2 * DAY, true, hours);
        fc.pre(now !== null);
        const { closed } = await ask(now, hours);
        const want = firstMinute(now, now + 10 * HOUR, false, hours);
        expect(closed).toBe(want);
        if (want === null) lasting++;
        else ends++;
      }),
      { numRuns: 250, seed: 20261124 },
    );
    expect(Math.min(ends, lasting)).toBeGreaterThan(20);
  });

  it.each([
    ['02:30', '05:00', 'skipped in spring', '2026-03-29', '2026-03-29T01:00:00.000Z', null],
    ['02:30', '05:00', 'shown twice in autumn', '2026-10-25', '2026-10-25T00:30:00.000Z', null],
    ['00:00', '02:30', 'skipped in spring', '2026-03-29', null, '2026-03-29T01:00:00.000Z'],
    ['00:00', '02:30', 'shown twice in autumn', '2026-10-25', null, '2026-10-25T00:30:00.000Z'],
  ])(
    'from %s to %s, at a time that Berlin’s clock has %s, begin and end as soon as it is past',
    async (from, to, _, day, begins, ends) => {
      const minute = (time: string): number =>
        6 * 1440 + Number(time.slice(0, 2)) * 60 + Number(time.slice(3));
      const hours: PlainHours = {
        ...{ zones: ['Europe/Berlin'], ranges: [[minute(from), minute(to)]], daysOff: [] },
      };
      const { open, closed } = await ask(Date.parse(day), hours);
      if (begins) expect(new Date(open!).toISOString()).toBe(begins);
      else expect(new Date(closed!).toISOString()).toBe(ends);
    },
  );
});
