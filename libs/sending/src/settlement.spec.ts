import { settle, uncounted } from './settlement.js';

const now = new Date('2026-11-21T09:00:00Z');
const seen = { relay: 'mx.example', reply: '250 ok', code: null, enhanced: null, providerMessageId: null };

describe('an outcome', () => {
  it.each(['accepted', 'rejected', 'unknown'] as const)('"%s" is final: no retry is planned', state => {
    expect(settle(1, 1, { ...seen, state }, now, 0.5)).toMatchObject({ state, retryAt: null });
  });

  it('that provably was not sent is tried again, later each time, and at last given up', () => {
    const waits: number[] = [];
    for (let attempt = 1; ; attempt++) {
      const settled = settle(1, attempt, { ...seen, state: 'deferred' }, now, 0);
      if (settled.state !== 'deferred') {
        expect(settled).toMatchObject({ state: 'rejected', reason: 'RETRIES_EXHAUSTED', retryAt: null });
        break;
      }
      waits.push((settled.retryAt as Date).getTime() - now.getTime());
    }
    expect(waits).toEqual([...waits].sort((a, b) => a - b));
    expect(waits.length).toBeGreaterThan(3);
    expect(waits[0]).toBe(30_000);
  });

  it('that nothing could be offered to uses up no attempt, however often, and is offered again soon', () => {
    for (const attempt of [1, 7, 1000]) {
      const settled = settle(1, attempt, { ...seen, state: 'deferred', offered: false }, now, 0);
      expect(settled).toMatchObject({ state: 'deferred', reason: 'NOT_OFFERED', offered: false });
      expect(settled.retryAt).toEqual(new Date(now.getTime() + 30_000));
    }
    expect(uncounted).toContain('NOT_OFFERED');
  });

  it('that was refused for a setting counts: an operator has the time of all retries, and not for ever', () => {
    const refused = { ...seen, state: 'deferred', offered: false, setting: true } as const;
    expect(settle(1, 1, refused, now, 0)).toMatchObject({ state: 'deferred', reason: 'TRY_LATER' });
    expect(settle(1, 7, refused, now, 0)).toMatchObject({ state: 'rejected', reason: 'RETRIES_EXHAUSTED' });
  });

  it('is retried up to a fifth later than planned, so that a crowd spreads', () => {
    const late = settle(1, 1, { ...seen, state: 'deferred' }, now, 1).retryAt as Date;
    expect(late.getTime() - now.getTime()).toBe(36_000);
  });
});
