import fc from 'fast-check';
import { launchFor } from './local-schedule.js';

const HOUR = 3_600_000;
const at = (time: number): Date => new Date(time);
const localTime = (utc: number): string => new Date(utc).toISOString().slice(0, 16);
const midnight = Date.parse('2026-12-01T00:00:00Z');

describe('a launch for an hour of everybody’s own clock', () => {
  it('begins half an hour before the zone that comes first, 14 hours ahead of UTC', () => {
    expect(
      launchFor({ localTime: '2026-12-01T09:00', pastHour: 'next_day' }, null, at(midnight - 72 * HOUR)),
    ).toEqual(new Date('2026-11-30T18:30:00Z'));
  });

  it('begins at once when it is later than that, and never so late that a zone is missed that need not be', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 3000 }),
        fc.integer({ min: -6000, max: 3000 }),
        fc.integer({ min: -48, max: 56 }),
        (minutes, ago, quarters) => {
          const utc = midnight + minutes * 60_000;
          const now = utc + ago * 60_000;
          const due = utc - quarters * 15 * 60_000;
          if (now > utc + 12 * HOUR) return;
          const begin = launchFor({ localTime: localTime(utc), pastHour: 'at_once' }, null, at(now));
          expect(begin.getTime()).toBeGreaterThanOrEqual(now);
          if (due >= now) expect(begin.getTime()).toBeLessThanOrEqual(due);
        },
      ),
    );
  });

  it.each([
    ['has passed everywhere', '2026-11-29T09:00', null, 'SCHEDULE_TOO_LATE'],
    [
      'comes too late for the last zone',
      '2026-12-05T09:00',
      '2026-12-05T20:59:00Z',
      'NOT_LATER_THAN_TOO_EARLY',
    ],
    ['comes a day later in the east', '2026-12-01T09:00', '2026-12-02T20:59:00Z', 'NOT_LATER_THAN_TOO_EARLY'],
  ])('is refused when the hour %s', (_why, local, notAfter, code) => {
    const schedule = () =>
      launchFor(
        { localTime: local, pastHour: 'next_day' },
        notAfter === null ? null : new Date(notAfter),
        at(midnight),
      );
    expect(schedule).toThrow(expect.objectContaining({ code }));
  });
});
