import fc from 'fast-check';
import {
  COOL_DOWN_MS,
  FORGOTTEN_MS,
  FREE_AT,
  hear,
  type Heard,
  nextSpeed,
  SLOWEST,
  type SlowLane,
  STEP_UP_MS,
} from './lane-speed.js';

const heard = (more: Partial<Heard> = {}): Heard => ({
  ...{ attempts: 100, tooFast: 0, later: 0, perSecond: 40, reason: '421 4.7.28 unusual rate' },
  ...more,
});
const trouble = heard({ tooFast: 1 });
const lowered = (slow: SlowLane | null, limit: number | null, now: number): SlowLane =>
  nextSpeed(slow, trouble, limit, now) as SlowLane;

describe("a lane's speed", () => {
  it('is halved by one "too fast", from what it was really sending', () => {
    expect(lowered(null, null, 5)).toEqual({
      ...{ rate: 20, peak: 40, since: 5, slowedAt: 5, changedAt: 5, reason: '421 4.7.28 unusual rate' },
    });
    expect(lowered(null, 10, 5)).toMatchObject({ rate: 5, peak: 10 });
  });

  it('is halved once for what was already on its way, and again when trouble goes on', () => {
    const slow = lowered(null, null, 0);
    expect(nextSpeed(slow, trouble, null, COOL_DOWN_MS - 1)).toBeUndefined();
    expect(lowered(slow, null, COOL_DOWN_MS)).toMatchObject({ rate: 10, peak: 40, since: 0 });
  });

  it('is lowered by many deferrals and not by a few', () => {
    expect(nextSpeed(null, heard({ attempts: 100, later: 30 }), null, 0)).toBeUndefined();
    expect(nextSpeed(null, heard({ attempts: 19, later: 19 }), null, 0)).toBeUndefined();
    expect(nextSpeed(null, heard({ attempts: 100, later: 31 }), null, 0)).toMatchObject({ rate: 20 });
  });

  it('recovers slowly: from half to whole in ten quiet minutes, free at twice the old speed', () => {
    let slow: SlowLane | null = lowered(null, null, 0);
    const rates: number[] = [];
    for (let minute = 1; slow; minute++) {
      expect(minute).toBeLessThan(40);
      const next: SlowLane | null | undefined = nextSpeed(slow, heard(), null, minute * STEP_UP_MS);
      slow = next as SlowLane | null;
      if (slow) rates.push(slow.rate);
    }
    expect(rates[9]).toBeCloseTo(40);
    expect(rates.at(-1) as number).toBeLessThan(40 * FREE_AT);
    expect(rates).toEqual([...rates].sort((a, b) => a - b));
  });

  it('does not recover where nothing was accepted, and is forgotten after a day without trouble', () => {
    const slow = lowered(null, null, 0);
    expect(nextSpeed(slow, heard({ attempts: 5, later: 5 }), null, STEP_UP_MS)).toBeUndefined();
    expect(nextSpeed(slow, heard({ attempts: 0 }), null, STEP_UP_MS)).toBeUndefined();
    expect(nextSpeed(slow, heard({ attempts: 0 }), null, FORGOTTEN_MS)).toBeNull();
  });

  it('stays within its bounds whatever is heard: never below the slowest, never above the limit people set', () => {
    const steps = fc.array(
      fc.record({
        wait: fc.integer({ min: 0, max: 600_000 }),
        attempts: fc.integer({ min: 0, max: 500 }),
        tooFast: fc.integer({ min: 0, max: 2 }),
        later: fc.integer({ min: 0, max: 100 }),
        perSecond: fc.double({ min: 0, max: 5000, noNaN: true }),
      }),
      { maxLength: 80 },
    );
    const limits = fc.option(fc.double({ min: 0.2, max: 1000, noNaN: true }), { nil: null });
    fc.assert(
      fc.property(steps, limits, (all, limit) => {
        let slow: SlowLane | null = null;
        let now = 0;
        for (const step of all) {
          now += step.wait;
          const next: SlowLane | null | undefined = nextSpeed(slow, heard(step), limit, now);
          if (next === undefined) continue;
          if (next) {
            expect(next.rate).toBeGreaterThanOrEqual(SLOWEST);
            expect(next.rate).toBeLessThan(limit ?? next.peak * FREE_AT);
            if (step.tooFast > 0 && slow) expect(next.rate).toBeLessThanOrEqual(slow.rate);
          }
          slow = next;
        }
      }),
    );
  });
});

describe('an answer', () => {
  const deferred = (reply: string, enhanced: string | null = null): ReturnType<typeof hear> =>
    hear({ state: 'deferred', relay: 'mx.example', reply, code: Number(reply.slice(0, 3)), enhanced });

  it.each([
    '421 4.7.28 Our system has detected an unusual rate of unsolicited mail',
    '421 4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred due to user complaints',
    '451 4.7.650 The mail server has been temporarily rate limited due to IP reputation',
    '452 4.3.2 System not accepting network messages',
    '421 Service not available, closing transmission channel',
    '429 Too Many Requests',
    '450 Requested action not taken: too many messages, slow down',
    '452 4.5.3 Too many recipients received this hour',
  ])('"%s" says we go too fast', reply => {
    expect(deferred(reply)).toBe('too fast');
  });

  it.each([
    ['450 4.2.1 The user you are trying to contact is receiving mail at a rate that prevents it', 'nothing'],
    ['452 4.2.2 Mailbox full', 'nothing'],
    ['450 4.1.8 Sender address rejected: domain not found', 'nothing'],
    ['451 4.7.1 Greylisting in action, please come back later', 'later'],
    ['421 4.4.2 Idle timeout, closing connection', 'later'],
    ['451 4.3.0 Temporary server error', 'later'],
  ])('"%s" says %s of our speed', (reply, expected) => {
    expect(deferred(reply)).toBe(expected);
  });

  it('that never came, or came from nobody, says nothing', () => {
    expect(hear({ state: 'unknown', relay: 'mx', reply: '' })).toBe('nothing');
    expect(
      hear({ state: 'deferred', relay: '', reply: 'Every relay is down', code: null, enhanced: null }),
    ).toBe('nothing');
    const refusesUs = { relay: 'mx', reply: '421 4.7.0 Too many connections', code: 421, enhanced: '4.7.0' };
    expect(hear({ state: 'deferred', ...refusesUs, offered: false })).toBe('nothing');
    expect(hear({ state: 'deferred', ...refusesUs })).toBe('too fast');
    expect(hear({ state: 'deferred', relay: 'mx', reply: 'timeout', code: null, enhanced: null })).toBe(
      'nothing',
    );
  });

  it('that refuses for good says nothing of speed, unless it says so', () => {
    const refused = (reply: string): string =>
      hear({ state: 'rejected', relay: 'mx', reply, code: 550, enhanced: null });
    expect(refused('550 5.1.1 No such user')).toBe('fine');
    expect(refused('550 5.4.5 Daily rate limit exceeded')).toBe('too fast');
  });
});
