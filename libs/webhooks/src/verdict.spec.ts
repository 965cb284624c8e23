import fc from 'fast-check';
import { DISABLED_AFTER_MS, type Health, judge, RETRY_AFTER_MS } from './verdict.js';
import { type CallResult } from './webhook-client.js';

const now = new Date('2026-11-21T09:00:00Z');
const well: Health = { failingSince: null, failures: 0 };
const failed = (more: Partial<CallResult> = {}): CallResult => ({
  status: 500,
  error: 'STATUS',
  retryAfterMs: null,
  ...more,
});
const good: CallResult = { status: 200, error: null, retryAfterMs: null };
const waitOf = (verdict: ReturnType<typeof judge>): number | string =>
  verdict.delivery.state === 'due'
    ? verdict.delivery.dueAt.getTime() - now.getTime()
    : verdict.delivery.state;

describe('what follows from an attempt', () => {
  it('is the end of all trouble when it succeeded', () => {
    const health = { failingSince: new Date(0), failures: 99 };
    expect(judge(good, 10, health, now, 0.5)).toEqual({
      delivery: { state: 'delivered' },
      webhook: { failingSince: null, failures: 0, restsUntil: null, disabledReason: null },
    });
  });

  it('is a longer wait with each failure, over three days, and then the end', () => {
    const waits = RETRY_AFTER_MS.map((_, at) => waitOf(judge(failed(), at + 1, well, now, 0.5)));
    expect(waits).toEqual(RETRY_AFTER_MS);
    expect(RETRY_AFTER_MS.reduce((sum, wait) => sum + wait, 0)).toBeGreaterThan(3 * 24 * 60 * 60 * 1000);
    expect(waitOf(judge(failed(), RETRY_AFTER_MS.length + 1, well, now, 0.5))).toBe('given_up');
  });

  it('is spread by chance, a tenth to either side', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.integer({ min: 1, max: 9 }),
        (chance, attempts) => {
          const wait = waitOf(judge(failed(), attempts, well, now, chance)) as number;
          const plain = RETRY_AFTER_MS[attempts - 1]!;
          expect(Math.abs(wait - plain)).toBeLessThanOrEqual(plain * 0.1 + 1);
        },
      ),
    );
    expect(waitOf(judge(failed(), 2, well, now, 0))).toBeLessThan(
      waitOf(judge(failed(), 2, well, now, 1)) as number,
    );
  });

  it('is a rest of the whole webhook from the third failure in a row, up to five minutes', () => {
    const rests = [0, 1, 2, 3, 4, 20, 5000].map(failures => {
      const { restsUntil } = judge(failed(), 1, { failingSince: now, failures }, now, 0.5).webhook;
      return restsUntil === null ? 0 : (restsUntil.getTime() - now.getTime()) / 1000;
    });
    expect(rests).toEqual([0, 0, 1, 2, 4, 300, 300]);
  });

  it('heeds what the receiver asks for, up to an hour', () => {
    const asked = (retryAfterMs: number): number => {
      const verdict = judge(failed({ status: 429, retryAfterMs }), 1, well, now, 0.5);
      expect(verdict.webhook.restsUntil?.getTime()).toBe(now.getTime() + Math.min(retryAfterMs, 3_600_000));
      return waitOf(verdict) as number;
    };
    expect([asked(600_000), asked(1000), asked(900_000_000)]).toEqual([600_000, 5000, 3_600_000]);
  });

  it('is the end of the webhook at 410 at once, at anything else after five days', () => {
    const since = (ms: number): Health => ({ failingSince: new Date(now.getTime() - ms), failures: 50 });
    const reason = (result: CallResult, health: Health) =>
      judge(result, 1, health, now, 0.5).webhook.disabledReason;
    expect(reason(failed({ status: 410 }), well)).toBe('gone');
    expect(reason(failed(), since(DISABLED_AFTER_MS - 1))).toBeNull();
    expect(reason(failed({ status: null, error: 'NO_ANSWER_IN_TIME' }), since(DISABLED_AFTER_MS))).toBe(
      'failing',
    );
    expect(reason(good, since(DISABLED_AFTER_MS))).toBeNull();
  });
});
