import { z } from 'zod';
import { orderDetails, orderMoney, orderPayload, refundIsClear, refundPayload } from '#orders';
import { id, instant, pageQuery } from '../http/schemas.js';

export const tellOrder = orderPayload
  .extend({ shopId: id('shop') })
  .strict()
  .meta({ title: 'TellOrder' });
export type TellOrder = z.infer<typeof tellOrder>;

const { toldAt } = orderPayload.shape;

export const changeOrder = z
  .strictObject({ ...z.strictObject(orderDetails).partial().shape, toldAt })
  .meta({ title: 'ChangeOrder' });
export type ChangeOrder = z.infer<typeof changeOrder>;

const at = instant.optional().describe('When it happened; now when absent');

export const orderFact = z.strictObject({ at }).meta({ title: 'OrderFact' });
export type OrderFact = z.infer<typeof orderFact>;

export const refundOrder = z
  .strictObject({ ...refundPayload, at })
  .refine(...refundIsClear)
  .meta({ title: 'RefundOrder', examples: [{ refundId: 'R-1', amount: '60.00' }] });
export type RefundOrder = z.infer<typeof refundOrder>;

export const listOrders = pageQuery
  .extend({
    contactId: id('contact').optional(),
    shopId: id('shop').optional(),
    externalId: orderPayload.shape.externalId
      .optional()
      .describe("The shop's own id of it: finds the order for fulfil, cancel and refund. With shopId"),
  })
  .refine(({ shopId, externalId }) => externalId === undefined || shopId !== undefined, {
    path: ['shopId'],
    message: 'must be given with externalId: each shop has ids of its own',
  });
export type ListOrders = z.infer<typeof listOrders>;

const amount = z.string();

export const orderView = z
  .object({
    id: id('order'),
    shopId: id('shop'),
    externalId: z.string(),
    number: z.string().nullable(),
    contactId: id('contact').nullable(),
    isForgotten: z.boolean().describe('Its person is gone; nothing the shop still tells brings them back'),
    total: orderMoney.nullable().describe('null: only a later part of the order was told yet'),
    refunded: amount.describe("In the order's currency"),
    categories: z.array(z.string()),
    locale: z.string().nullable(),
    url: z.string().nullable(),
    placedAt: instant.nullable().describe('null: not bought yet, or not told yet'),
    knownAt: instant.nullable().describe('When we first knew it as a purchase of somebody'),
    fulfilledAt: instant.nullable(),
    cancelledAt: instant.nullable(),
    refundedAt: instant.nullable().describe('When all of it had been given back'),
    toldAt: instant.describe('The newest moment the shop told of'),
    items: z.array(
      z.object({
        productId: z.string().nullable(),
        sku: z.string().nullable(),
        name: z.string(),
        category: z.string().nullable(),
        quantity: z.number().int(),
        unitPrice: amount.nullable().describe('null: none that can be read'),
        url: z.string().nullable(),
        replenishDays: z.number().int().nullable(),
      }),
    ),
    refunds: z.array(
      z.object({ refundId: z.string(), amount: amount.nullable().describe('null: all of it'), at: instant }),
    ),
    createdAt: instant,
    updatedAt: instant,
  })
  .meta({ title: 'Order' });
export type OrderView = z.infer<typeof orderView>;
