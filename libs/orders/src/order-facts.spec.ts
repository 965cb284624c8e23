import fc from 'fast-check';
import { learn, type OrderFacts, outcomeOf } from './order-facts.js';
import { nothingTold, type OrderDetails, type ToldOrder } from './told-order.js';

const minute = (at: number): Date => new Date(Date.UTC(2026, 10, 21, 9, at));

const details = (total: bigint): OrderDetails => ({
  ...{ number: '#1', currency: 'SAR', total, locale: 'ar', url: null },
  items: [
    {
      productId: null,
      sku: null,
      name: 'Dates',
      category: 'dates',
      quantity: 1,
      unitPrice: total,
      url: null,
      replenishDays: null,
    },
  ],
});

const moment = fc.integer({ min: 0, max: 5 }).map(minute);
const maybe = fc.option(moment);
const words: fc.Arbitrary<ToldOrder> = fc
  .record({
    toldAt: moment,
    details: fc.option(fc.bigInt({ min: 0n, max: 3n }).map(details)),
    ...{ placedAt: maybe, fulfilledAt: maybe, cancelledAt: maybe, stands: fc.boolean() },
    refunds: fc.uniqueArray(
      fc.record({
        externalId: fc.constantFrom('a', 'b', 'c'),
        amount: fc.option(fc.bigInt({ min: 0n, max: 3n })),
        at: moment,
      }),
      { selector: refund => refund.externalId },
    ),
    withdrawnRefunds: fc.subarray(['a', 'b', 'c']),
    keeps: fc.boolean(),
  })
  .map(word => ({ ...nothingTold('1', word.toldAt), ...word }));

/** The facts, and the details that stand, after these words. */
function told(all: readonly ToldOrder[]): { facts: OrderFacts; details: OrderDetails | null } {
  let facts: OrderFacts | null = null;
  let standing: OrderDetails | null = null;
  for (const word of all) {
    const learnt = learn(facts, word);
    facts = learnt.facts;
    if (learnt.takesDetails) standing = word.details;
  }
  return { facts: facts as OrderFacts, details: standing };
}

describe('what was told of an order', () => {
  it('comes to the same in whatever order, and however often, it is told', () => {
    const story = fc
      .array(words, { minLength: 1, maxLength: 7 })
      .chain(all =>
        fc.tuple(
          fc.constant(all),
          fc.shuffledSubarray(all, { minLength: all.length }),
          fc.array(fc.constantFrom(...all), { maxLength: 5 }),
        ),
      );
    fc.assert(
      fc.property(story, ([all, shuffled, again]) => {
        const once = told(all);
        expect(told([...shuffled, ...again])).toEqual(once);
        expect(told([...again, ...shuffled])).toEqual(once);
      }),
      { numRuns: 500 },
    );
  });

  it('is cancelled by the newest word about that, and not by an older one', () => {
    const cancelled = { ...nothingTold('1', minute(3)), cancelledAt: minute(3) };
    const before = { ...nothingTold('1', minute(2)), stands: true };
    const after = { ...nothingTold('1', minute(4)), stands: true };
    expect(outcomeOf(told([cancelled, before]).facts, 10n).cancelledAt).toEqual(minute(3));
    expect(outcomeOf(told([cancelled, after]).facts, 10n).cancelledAt).toBeNull();
    expect(outcomeOf(told([after, cancelled]).facts, 10n).cancelledAt).toBeNull();
  });

  it('is wholly given back when the parts reach the total, and then only', () => {
    const refund = (externalId: string, amount: bigint | null, at: number): ToldOrder => ({
      ...nothingTold('1', minute(at)),
      refunds: [{ externalId, amount, at: minute(at) }],
    });
    const parts = [refund('a', 6n, 1), refund('b', 4n, 2)];
    expect(outcomeOf(told(parts.slice(0, 1)).facts, 10n)).toMatchObject({ refunded: 6n, refundedAt: null });
    expect(outcomeOf(told(parts).facts, 10n)).toMatchObject({ refunded: 10n, refundedAt: minute(2) });
    expect(outcomeOf(told(parts).facts, null)).toMatchObject({ refunded: 10n, refundedAt: null });
    expect(outcomeOf(told([parts[0]!, refund('all', null, 3)]).facts, 10n)).toMatchObject({
      ...{ refunded: 10n, refundedAt: minute(3) },
    });
  });

  it('has a refund that was taken back no more, nor one that an older word tells of, but one told since', () => {
    const refund = (at: number, amount: bigint | null = 4n): ToldOrder => ({
      ...nothingTold('1', minute(at)),
      refunds: [{ externalId: amount === null ? 'all' : 'a', amount, at: minute(1) }],
    });
    const withdrawn = { ...nothingTold('1', minute(3)), withdrawnRefunds: ['a'] };
    const outcome = (...all: ToldOrder[]) => outcomeOf(told(all).facts, 10n);
    expect(outcome(refund(2), withdrawn).refunded).toBe(0n);
    expect(outcome(withdrawn, refund(2)).refunded).toBe(0n);
    expect(outcome(withdrawn, refund(3)).refunded).toBe(4n);
    expect(outcome(refund(4), withdrawn, refund(2, 9n))).toMatchObject({ refunded: 4n, refundedAt: null });
    const kept = { ...nothingTold('1', minute(3)), keeps: true };
    expect(outcome(kept, refund(2, null), refund(2))).toMatchObject({ refunded: 4n, refundedAt: null });
    expect(outcome(kept, refund(4, null))).toMatchObject({ refunded: 10n, refundedAt: minute(1) });
  });

  it('of which the amount of a refund was told anew has the newer one, be it less', () => {
    const refund = (at: number, amount: bigint): ToldOrder => ({
      ...nothingTold('1', minute(at)),
      refunds: [{ externalId: 'a', amount, at: minute(at) }],
    });
    for (const all of [
      [refund(1, 9n), refund(2, 4n)],
      [refund(2, 4n), refund(1, 9n)],
    ])
      expect(outcomeOf(told(all).facts, 10n).refunded).toBe(4n);
  });
});
