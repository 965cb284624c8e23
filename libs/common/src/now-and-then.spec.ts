import { NowAndThen } from './now-and-then.js';

describe('what is done now and then', () => {
  it('is due at first, and again once its time has passed, whichever way the clock went', () => {
    const hourly = new NowAndThen(3_600_000);
    const at = (minutes: number): Date => new Date(1_800_000_000_000 + minutes * 60_000);
    expect(hourly.isDue(at(0))).toBe(true);
    expect(hourly.isDue(at(0))).toBe(true);
    hourly.mark(at(0));
    expect([at(0), at(59), at(-59)].map(now => hourly.isDue(now))).toEqual([false, false, false]);
    expect([at(60), at(-60)].map(now => hourly.isDue(now))).toEqual([true, true]);
  });
});
