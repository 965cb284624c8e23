import { defaultCeilings, type WarmUp, warmUpToday } from './warm-up.js';

const warmUp = (more: Partial<WarmUp> = {}): WarmUp => ({
  ...{ domain: 'mail.example', senderId: 1, timeZone: 'Asia/Riyadh', ceilings: [200, 280, 390] },
  ...{ startedAt: new Date('2026-11-20T00:00:00Z'), days: [] },
  ...more,
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
