import fc from 'fast-check';
import { SmsTally } from './sms-estimate.js';

describe('an estimate of SMS', () => {
  it('of everybody is what it will come to', () => {
    const tally = new SmsTally();
    tally.add('gsm7', 1, 40);
    tally.add('ucs2', 3, 120);
    tally.add('ucs2', 2, null);
    tally.fail();
    expect(tally.estimate(4)).toEqual({
      ...{ recipients: 4, looked: 4, failing: 1, unpriced: 1, encodings: { gsm7: 1, ucs2: 2 } },
      parts: { least: 1, average: 2, most: 3, total: 6 },
      cost: { least: 40, average: 80, most: 120, total: 160 },
    });
  });

  it('of a sample is as much more as there are more people', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }), fc.nat(50), (parts, times) => {
        const tally = new SmsTally();
        for (const each of parts) tally.add('ucs2', each, each * 50);
        const { total, least, most, average } = tally.estimate(parts.length * times).parts!;
        expect(total).toBe(parts.reduce((a, b) => a + b, 0) * times);
        expect(least).toBeLessThanOrEqual(average);
        expect(average).toBeLessThanOrEqual(most);
      }),
    );
  });

  it('of nobody says nothing of parts and cost', () => {
    expect(new SmsTally().estimate(0)).toMatchObject({ recipients: 0, looked: 0, parts: null, cost: null });
  });
});
