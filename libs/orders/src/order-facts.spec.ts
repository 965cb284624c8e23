import fc from 'fast-check';
import { learn, type OrderFacts, outcomeOf } from './order-facts.js';
import { nothingTold, type OrderDetails, type ToldOrder } from './told-order.js';

const minute = (at: number): Date => new Date(Date.UTC(2026, 10, 21, 9, at));

const details = (total: number): OrderDetails => ({
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
    details: fc.option(fc.integer({ min: 0, max: 3 }).map(details)),
    ...{ placedAt: maybe, fulfilledAt: maybe, cancelledAt: maybe, stands: fc.boolean() },
    refunds: fc.uniqueArray(
      fc.record({
        externalId: fc.constantFrom('a', 'b', 'c'),
        amount: fc.option(fc.integer({ min: 0, max: 3 })),
        at: moment,
      }),
      { selector: refund => refund.externalId },
    ),
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
    expect(outcomeOf(told([cancelled, before]).facts, 10).cancelledAt).toEqual(minute(3));
    expect(outcomeOf(told([cancelled, after]).facts, 10).cancelledAt).toBeNull();
    expect(outcomeOf(told([after, cancelled]).facts, 10).cancelledAt).toBeNull();
  });

  it('is wholly given back when the parts reach the total, and then only', () => {
    const refund = (externalId: string, amount: number | null, at: number): ToldOrder => ({
      ...nothingTold('1', minute(at)),
      refunds: [{ externalId, amount, at: minute(at) }],
    });
    const parts = [refund('a', 6, 1), refund('b', 4, 2)];
    expect(outcomeOf(told(parts.slice(0, 1)).facts, 10)).toMatchObject({ refunded: 6, refundedAt: null });
    expect(outcomeOf(told(parts).facts, 10)).toMatchObject({ refunded: 10, refundedAt: minute(2) });
    expect(outcomeOf(told(parts).facts, null)).toMatchObject({ refunded: 10, refundedAt: null });
    expect(outcomeOf(told([parts[0]!, refund('all', null, 3)]).facts, 10)).toMatchObject({
      ...{ refunded: 10, refundedAt: minute(3) },
    });
  });
});
