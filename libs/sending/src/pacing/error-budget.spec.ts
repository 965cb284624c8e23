import fc from 'fast-check';
import { defaultBudget, overspent, overspentWords } from './error-budget.js';

const counts = (settled: number, refused = 0, bounced = 0, complained = 0) => ({
  ...{ settled, refused, bounced, complained },
});

describe('an error budget', () => {
  it.each([
    ['refusals may reach 5 %', counts(1000, 50), null],
    ['refusals may not exceed it', counts(1000, 51), 'refusals'],
    ['bounces may reach 5 %', counts(1000, 0, 50), null],
    ['bounces may not exceed it', counts(1000, 0, 51), 'bounces'],
    ['complaints stay below 0.3 %', counts(2000, 0, 0, 5), null],
    ['complaints may not reach it', counts(2000, 0, 0, 6), 'complaints'],
    ['199 messages are too few to judge', counts(199, 199, 199, 199), null],
    ['one complaint among 200 is chance', counts(200, 0, 0, 1), null],
  ])('%s', (_, given, kind) => {
    expect(overspent(defaultBudget, given)?.kind ?? null).toBe(kind);
  });

  it('is never spent by what it does not watch', () => {
    const blind = { ...defaultBudget, refusals: null, bounces: null, complaints: null };
    expect(overspent(blind, counts(1000, 1000, 1000, 1000))).toBeNull();
  });

  it('once spent stays spent by more errors, and is not by fewer', () => {
    const some = fc.integer({ min: 0, max: 500 });
    fc.assert(
      fc.property(fc.integer({ min: 200, max: 5000 }), some, some, some, (settled, a, b, c) => {
        const one = overspent(defaultBudget, counts(settled, a, b, c));
        if (one) expect(overspent(defaultBudget, counts(settled, a + 1, b + 1, c + 1))).not.toBeNull();
        else
          expect(
            overspent(defaultBudget, counts(settled, Math.max(0, a - 1), b, Math.max(0, c - 1))),
          ).toBeNull();
      }),
    );
  });

  it('says in words what spent it', () => {
    expect(overspentWords({ kind: 'refusals', count: 31, settled: 412, allowed: 0.05 })).toBe(
      '31 of 412 messages were refused for good (7.52 %); at most 5 % are tolerated.',
    );
    expect(overspentWords({ kind: 'complaints', count: 6, settled: 2000, allowed: 0.003 })).toBe(
      '6 of 2000 messages were called spam (0.3 %); less than 0.3 % is tolerated.',
    );
  });
});
