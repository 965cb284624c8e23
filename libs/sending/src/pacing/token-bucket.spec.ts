import fc from 'fast-check';
import { type Bucket, burstOf, exchange } from '../../../../test/factories/token-bucket-oracle.js';

const rates = fc.oneof(
  fc.double({ min: 0.001, max: 2, noNaN: true }),
  fc.double({ min: 2, max: 5000, noNaN: true }),
);
const visits = fc.array(
  fc.record({
    owner: fc.constantFrom('a', 'b', 'c'),
    wait: fc.double({ min: 0, max: 5, noNaN: true }),
    want: fc.integer({ min: 0, max: 10_000 }),
    unused: fc.double({ min: 0, max: 1, noNaN: true }),
  }),
  { minLength: 1, maxLength: 60 },
);
const full = (rate: number): Bucket => ({ rate, tokens: Math.max(1, rate), refilledAt: 0, holders: {} });

describe('a token bucket', () => {
  it('never gives more in any time T than the rate x T and its burst, less what came back', () => {
    fc.assert(
      fc.property(rates, visits, (rate, steps) => {
        let bucket = full(rate);
        let now = 0;
        const taken: { at: number; net: number }[] = [];
        const held: Record<string, number> = { a: 0, b: 0, c: 0 };
        for (const { owner, wait, want, unused } of steps) {
          now += wait;
          const back = Math.floor((held[owner] as number) * unused);
          const answer = exchange(bucket, owner, back, want, now);
          bucket = answer.bucket;
          held[owner] = answer.granted;
          taken.push({ at: now, net: answer.granted - back });
          expect(bucket.tokens).toBeGreaterThanOrEqual(0);
          expect(answer.granted).toBeLessThanOrEqual(want);
        }
        for (let from = 0; from < taken.length; from++) {
          let sum = 0;
          for (let to = from; to < taken.length; to++) {
            sum += (taken[to] as { net: number }).net;
            const time = (taken[to] as { at: number }).at - (taken[from] as { at: number }).at;
            expect(sum).toBeLessThanOrEqual(burstOf(rate) + rate * time + 1e-6 * (1 + sum));
          }
        }
      }),
    );
  });

  it('loses nothing: who comes each second and wants all of it gets the rate, however slow or fast', () => {
    fc.assert(
      fc.property(rates, rate => {
        let bucket: Bucket = { ...full(rate), tokens: 0 };
        let sum = 0;
        const seconds = Math.ceil(Math.max(60, 60 / rate));
        for (let now = 1; now <= seconds; now++) {
          const answer = exchange(bucket, 'a', 0, 100_000, now);
          bucket = answer.bucket;
          sum += answer.granted;
        }
        expect(sum).toBeGreaterThanOrEqual(Math.floor(rate * seconds - burstOf(rate) - 1e-6));
        expect(sum).toBeLessThanOrEqual(rate * seconds + 1e-6);
      }),
    );
  });

  it('is shared: two who want all of it get halves, however their visits fall; what one leaves the other takes', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 20, max: 5000, noNaN: true }),
        fc.double({ min: 0.05, max: 0.95, noNaN: true }),
        fc.double({ min: 0, max: 0.4, noNaN: true }),
        (rate, phase, little) => {
          const run = (wantOfB: number): Record<string, number> => {
            let bucket = full(rate);
            const sums = { a: 0, b: 0 };
            for (let second = 0; second < 100; second++) {
              for (const [owner, at, want] of [
                ['a', second, 1e6],
                ['b', second + phase, wantOfB],
              ] as const) {
                const answer = exchange(bucket, owner, 0, want, at);
                bucket = answer.bucket;
                sums[owner] += answer.granted;
              }
            }
            return sums;
          };
          const equal = run(1e6);
          const all = rate * 100;
          expect((equal['a'] as number) / all).toBeGreaterThan(0.42);
          expect((equal['b'] as number) / all).toBeGreaterThan(0.42);
          const modest = run(Math.floor(rate * little));
          expect((modest['b'] as number) / all).toBeGreaterThanOrEqual(
            Math.floor(rate * little) / rate - 0.02,
          );
          expect((modest['a'] as number) + (modest['b'] as number)).toBeGreaterThan(all * 0.95);
        },
      ),
    );
  });

  it('forgets whoever has not come for three seconds', () => {
    const one = exchange(full(100), 'a', 0, 1e6, 0).bucket;
    expect(exchange(one, 'b', 0, 1e6, 2.9).granted).toBe(56);
    expect(exchange(one, 'b', 0, 1e6, 3.1).granted).toBe(111);
  });

  it('makes up no tokens when the clock goes back', () => {
    const later = exchange(full(10), 'a', 0, 100, 1000).bucket;
    const back = exchange(later, 'a', 0, 100, 500);
    expect(later.tokens + 0.001).toBeGreaterThan(back.granted);
    expect(exchange(back.bucket, 'a', 0, 100, 501).granted).toBeGreaterThanOrEqual(10);
  });
});
