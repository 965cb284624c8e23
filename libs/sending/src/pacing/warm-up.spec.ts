import { defaultCeilings, localDay, type WarmUp, warmUpToday } from './warm-up.js';

const warmUp = (more: Partial<WarmUp> = {}): WarmUp => ({
  ...{ domain: 'mail.example', senderId: 1, timeZone: 'Asia/Riyadh', ceilings: [200, 280, 390] },
  ...{ startedAt: new Date('2026-11-20T00:00:00Z'), days: [] },
  ...more,
});

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

describe('a warm-up', () => {
  const now = new Date('2026-11-22T09:00:00Z');

  it('grows with the days that were used', () => {
    expect(warmUpToday(warmUp(), now)).toMatchObject({ step: 1, ceiling: 200, used: 0, day: '2026-11-22' });
    const days = [
      { day: '2026-11-20', ceiling: 200, used: 200 },
      { day: '2026-11-22', ceiling: 280, used: 17 },
    ];
    expect(warmUpToday(warmUp({ days }), now)).toMatchObject({ step: 2, ceiling: 280, used: 17 });
  });

  it('does not grow by a day that hardly used its ceiling', () => {
    const days = [{ day: '2026-11-20', ceiling: 200, used: 99 }];
    expect(warmUpToday(warmUp({ days }), now)).toMatchObject({ step: 1 });
    expect(warmUpToday(warmUp({ days: [{ ...days[0]!, used: 100 }] }), now)).toMatchObject({ step: 2 });
  });

  it('is over when its last day is', () => {
    const days = [18, 19, 20].map(day => ({ day: `2026-11-${day}`, ceiling: 200, used: 200 }));
    expect(warmUpToday(warmUp({ days }), now)).toBeNull();
  });

  it('grows by default never faster than one and a half times a day', () => {
    defaultCeilings.slice(1).forEach((ceiling, at) => {
      expect(ceiling / (defaultCeilings[at] as number)).toBeGreaterThan(1.3);
      expect(ceiling / (defaultCeilings[at] as number)).toBeLessThan(1.5);
    });
  });
});
