import { z } from 'zod';
import { parseLargeAmount } from '#common';
import { orderAmount as amount } from '#orders';
import { currency } from '../http/money.js';
import { id, instant } from '../http/schemas.js';

/** Sums have as many digits as they need. */
const sum = z.strictObject({ amount: z.string(), currency }).meta({ title: 'Sum' });
const score = z.number().int().min(1).max(5).nullable();

export const purchasesView = z
  .object({
    contactId: id('contact'),
    count: z.number().int().describe('Orders that count: placed, not cancelled, not wholly given back'),
    firstAt: instant.nullable(),
    lastAt: instant.nullable(),
    daysSinceLast: z.number().int().nullable(),
    categories: z.array(z.string()),
    totals: z.array(
      z.object({
        total: sum.describe('Without what was given back'),
        average: sum.describe('Of an order'),
        count: z.number().int(),
      }),
    ),
    scores: z
      .object({ recency: score, frequency: score, value: score })
      .describe('1 to 5, 5 the best, by the purchase scale as it is now; null: no purchase, or no scale yet'),
  })
  .meta({ title: 'Purchases' });
export type PurchasesView = z.infer<typeof purchasesView>;

const rising = (bounds: readonly (number | bigint)[]): boolean =>
  bounds.every((bound, at) => at === 0 || bound >= (bounds[at - 1] ?? 0));
const mustRise = 'must not fall';

const numbers = z.array(z.number().min(0).max(1_000_000)).length(4).refine(rising, mustRise);
const amounts = z
  .array(amount)
  .length(4)
  .refine(bounds => rising(bounds.map(bound => parseLargeAmount(bound) ?? 0n)), mustRise);

export const setPurchaseScale = z
  .strictObject({
    recency: numbers.optional().describe('Days since the last order; below the first is a 5'),
    frequency: numbers.optional().describe('Orders; from the first on is a 2'),
    value: z
      .array(z.strictObject({ currency, bounds: amounts }))
      .max(50)
      .refine(list => new Set(list.map(one => one.currency)).size === list.length, 'names a currency twice')
      .optional()
      .describe('Spent in all, by currency'),
  })
  .meta({
    title: 'SetPurchaseScale',
    examples: [
      { recency: [14, 30, 90, 365], value: [{ currency: 'SAR', bounds: ['100', '250', '600', '1500'] }] },
    ],
  });
export type SetPurchaseScale = z.infer<typeof setPurchaseScale>;

const scaled = { setBy: z.enum(['operator', 'fifths']), updatedAt: instant };
const measure = z.object({ bounds: z.array(z.number()), ...scaled }).nullable();

export const purchaseScaleView = z
  .object({
    recency: measure,
    frequency: measure,
    value: z.array(z.object({ currency, bounds: z.array(z.string()), ...scaled })),
  })
  .describe('Where each next score begins. null: no customer yet, and nobody set it')
  .meta({ title: 'PurchaseScale' });
export type PurchaseScaleView = z.infer<typeof purchaseScaleView>;
