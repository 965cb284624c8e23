import { localDay, localMonth, monthAt } from './local-calendar.js';

describe("a sender's day", () => {
  it.each([
    ['Asia/Riyadh', '2026-11-21T20:59:59.999Z', '2026-11-21', '2026-11-21T21:00:00.000Z'],
    ['Asia/Riyadh', '2026-11-21T21:00:00Z', '2026-11-22', '2026-11-22T21:00:00.000Z'],
    // New York springs forward on 8 March 2026 (23 hours) and falls back on 1 November (25 hours).
    ['America/New_York', '2026-03-08T05:00:00Z', '2026-03-08', '2026-03-09T04:00:00.000Z'],
    ['America/New_York', '2026-11-01T04:00:00Z', '2026-11-01', '2026-11-02T05:00:00.000Z'],
    // Cairo's clocks go from 00:00 to 01:00 on the last Friday of April: that day begins at 01:00.
    ['Africa/Cairo', '2026-04-23T12:00:00Z', '2026-04-23', '2026-04-23T22:00:00.000Z'],
    ['Africa/Cairo', '2026-04-23T22:00:00Z', '2026-04-24', '2026-04-24T21:00:00.000Z'],
    // And from 24:00 back to 23:00 on the last Thursday of October: that day has 25 hours.
    ['Africa/Cairo', '2026-10-29T12:00:00Z', '2026-10-29', '2026-10-29T22:00:00.000Z'],
    ['UTC', '2026-02-28T23:59:59Z', '2026-02-28', '2026-03-01T00:00:00.000Z'],
    ['Mars/Olympus', '2026-02-28T23:59:59Z', '2026-02-28', '2026-03-01T00:00:00.000Z'],
  ])('in %s at %s is %s and ends at %s', (timeZone, now, day, endsAt) => {
    const local = localDay(new Date(now), timeZone);
    expect({ day: local.day, endsAt: local.endsAt.toISOString() }).toEqual({ day, endsAt });
  });
});

describe("a sender's month", () => {
  it.each([
    ['Asia/Riyadh', '2026-11-30T20:59:59.999Z', '2026-11', '2026-11-30T21:00:00.000Z'],
    ['Asia/Riyadh', '2026-11-30T21:00:00Z', '2026-12', '2026-12-31T21:00:00.000Z'],
    // New York's clocks change within it: it ends at four hours from UTC and began at five.
    ['America/New_York', '2026-03-01T05:00:00Z', '2026-03', '2026-04-01T04:00:00.000Z'],
    ['America/New_York', '2026-10-31T12:00:00Z', '2026-10', '2026-11-01T04:00:00.000Z'],
    ['Pacific/Kiritimati', '2027-01-31T09:59:59Z', '2027-01', '2027-01-31T10:00:00.000Z'],
    ['UTC', '2028-02-29T23:59:59Z', '2028-02', '2028-03-01T00:00:00.000Z'],
    ['Mars/Olympus', '2026-02-28T23:59:59Z', '2026-02', '2026-03-01T00:00:00.000Z'],
  ])('in %s at %s is %s and ends at %s', (timeZone, now, month, endsAt) => {
    const local = localMonth(new Date(now), timeZone);
    expect({ month: local.month, endsAt: local.endsAt.toISOString() }).toEqual({ month, endsAt });
    expect(monthAt(new Date(now), timeZone)).toBe(month);
    expect(monthAt(local.endsAt, timeZone)).not.toBe(month);
    expect(monthAt(new Date(local.endsAt.getTime() - 1), timeZone)).toBe(month);
  });
});
