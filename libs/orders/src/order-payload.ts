import { z } from 'zod';
import { LARGE_AMOUNT, parseLargeAmount } from '#common';
import { COUNTRIES, parseLocale } from '#contacts';
import { knownCurrency } from './currencies.js';
import { checkedCustomer } from './customer.js';
import { tickedLater } from './order.errors.js';
import { nothingTold, type OrderDetails, type ToldMarketing, type ToldOrder } from './told-order.js';

const amount = z
  .string()
  .regex(LARGE_AMOUNT, 'must be an amount such as "12.50": at most 12 digits, then at most 6 decimals')
  .meta({ examples: ['12.50', '0.0450'] });
const line = (longest: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(longest)
    // eslint-disable-next-line no-control-regex -- control characters are what is refused
    .regex(/^[^\u0000-\u001f\u007f]*$/, 'must be a single line');
const instant = z.iso.datetime({ offset: true }).describe('ISO 8601 with offset, e.g. 2026-11-21T09:00:00Z');
const url = z.url({ protocol: /^https?$/ }).max(2000);
const category = z
  .string()
  .regex(/^[\p{L}\p{N}][\p{L}\p{N} ._/-]{0,59}$/u, 'must be a short name such as shoes')
  .meta({ examples: ['shoes', 'socks', 'phones', 'cases'] });

export const orderAmount = amount;
export const orderMoney = z
  .strictObject({
    amount,
    currency: z
      .string()
      .regex(/^[A-Z]{3}$/, 'must be a currency of ISO 4217, as in SAR')
      .meta({ examples: ['SAR'] }),
  })
  .meta({ title: 'OrderMoney' });

export const orderItem = z
  .strictObject({
    productId: line(200).nullable().optional(),
    sku: line(200).nullable().optional(),
    name: line(300),
    category: category.nullable().optional(),
    quantity: z.number().int().min(1).max(1_000_000),
    unitPrice: amount.nullable().describe("In the order's currency; null: nobody says"),
    url: url.nullable().optional(),
    replenishDays: z
      .int()
      .min(1)
      .max(3650)
      .nullable()
      .optional()
      .describe('How many days it lasts: sequences can remind of it before it is used up'),
  })
  .meta({ title: 'OrderItem' });

const customer = z
  .strictObject({
    email: z.string().max(320).nullable().optional(),
    phone: z
      .string()
      .max(40)
      .nullable()
      .optional()
      .describe('With + and the country code, or give the country'),
    firstName: z.string().max(200).nullable().optional(),
    lastName: z.string().max(200).nullable().optional(),
    locale: z.string().max(35).nullable().optional(),
    country: z
      .enum([...COUNTRIES], 'must be an ISO 3166-1 alpha-2 code such as SA')
      .nullable()
      .optional(),
  })
  .describe(
    'Who bought: known by email where one is given, else by phone, else made. What is known of them is not changed, and no ' +
      'address is added to it',
  );

const tick = z.strictObject({
  channel: z.enum(['email', 'sms']),
  at: instant
    .optional()
    .describe(
      'When it was ticked, not after toldAt; without it, it outweighs nothing that was ever taken back',
    ),
});

const marketing = z
  .strictObject({
    refusalOffered: z.boolean().describe('That a refusal of offers was shown at this purchase'),
    refused: z.boolean().optional().describe('What the person answered; not told: nothing follows'),
    refusalText: line(2000).optional().describe("Its wording; else the shop's refusalText"),
    ticked: z
      .array(tick)
      .max(2)
      .optional()
      .describe("Boxes that the person ticked, with the shop's consentText beside them"),
  })
  .describe('The choice the person had about offers. What is not told is nothing')
  .meta({ title: 'OrderMarketing' });

export const orderDetails = {
  number: line(100).nullable().optional().describe('As people read it'),
  total: orderMoney,
  items: z.array(orderItem).max(1000),
  locale: z
    .string()
    .max(35)
    .refine(tag => parseLocale(tag).ok, 'must be a language tag (BCP 47), such as ar-SA')
    .nullable()
    .optional()
    .describe('The language it was bought in, BCP 47'),
  url: url.nullable().optional().describe('Where the customer sees it'),
};

/** An order as a caller tells it, by the API and by the webhook of a generic shop. */
export const orderPayload = z.strictObject({
  externalId: line(200).describe('Your own id of it: told again with it, the order is the same'),
  placedAt: instant.nullable().describe('null: not bought yet, as when a payment is awaited'),
  toldAt: instant
    .optional()
    .describe('Of when this is, by your clock; now when absent. An older telling does not undo a newer one'),
  ...orderDetails,
  customer: customer.optional(),
  marketing: marketing.optional(),
  fulfilledAt: instant.optional(),
  cancelledAt: instant.optional(),
});
export type OrderPayload = z.infer<typeof orderPayload>;

export const refundPayload = {
  refundId: line(200).optional().describe('Your own id of the refund: told twice, it happened once'),
  amount: amount.optional().describe('What went back; left out, all of it'),
  withdrawn: z
    .literal(true)
    .optional()
    .describe('It did not happen after all: that of this refundId, or without one that of all'),
};
interface RefundPayload {
  refundId?: string | undefined;
  amount?: string | undefined;
  withdrawn?: true | undefined;
}

/** For a schema that has `refundPayload`. */
export const refundIsClear: [(refund: RefundPayload) => boolean, { path: string[]; message: string }] = [
  ({ amount, withdrawn }) => withdrawn !== true || amount === undefined,
  { path: ['amount'], message: 'is of a refund that happened; leave it out of one that is withdrawn' },
];

/** @param namelessId of a part that was told without an id of its own; all of it can go back once */
export function refundWord(
  { refundId, amount, withdrawn }: RefundPayload,
  at: Date,
  namelessId: string,
): Pick<ToldOrder, 'refunds' | 'withdrawnRefunds' | 'keeps'> {
  const word = { refunds: [], withdrawnRefunds: [], keeps: false };
  if (withdrawn)
    return refundId === undefined ? { ...word, keeps: true } : { ...word, withdrawnRefunds: [refundId] };
  const part = amount === undefined ? null : parseLargeAmount(amount);
  const externalId = refundId ?? (part === null ? 'all' : namelessId);
  return { ...word, refunds: [{ externalId, amount: part, at }] };
}

const fact = { externalId: orderPayload.shape.externalId, at: instant.describe('When it happened') };

/** The body of a generic shop's webhook. */
export const shopEventPayload = z.discriminatedUnion('type', [
  orderPayload.extend({ type: z.literal('order.placed') }),
  z.strictObject({ type: z.literal('order.fulfilled'), ...fact }),
  z.strictObject({ type: z.literal('order.cancelled'), ...fact }),
  z.strictObject({ type: z.literal('order.refunded'), ...fact, ...refundPayload }).refine(...refundIsClear),
]);
export const shopEventTypes = ['order.placed', 'order.fulfilled', 'order.cancelled', 'order.refunded'];

export type OrderItemPayload = z.infer<typeof orderItem>;

/** @throws DomainError CURRENCY_UNKNOWN, TICKED_LATER, and of the customer EMAIL_INVALID, PHONE_INVALID... */
export function toToldOrder(payload: OrderPayload, now: Date): ToldOrder {
  const toldAt = toDate(payload.toldAt) ?? now;
  const later = payload.toldAt === undefined ? -1 : tickAfter(payload, toldAt);
  if (later !== -1) throw tickedLater(`marketing.ticked.${later}.at`);
  return {
    ...nothingTold(payload.externalId, toldAt),
    details: toDetails(payload),
    placedAt: toDate(payload.placedAt),
    fulfilledAt: toDate(payload.fulfilledAt),
    cancelledAt: toDate(payload.cancelledAt),
    stands: payload.placedAt !== null && payload.cancelledAt === undefined,
    customer: payload.customer ? checkedCustomer(payload.customer, 'customer') : null,
    marketing: payload.marketing ? toMarketing(payload.marketing) : null,
  };
}

/** @throws DomainError CURRENCY_UNKNOWN */
export function toDetails({ number, total, items, locale, url }: OrderPayload): OrderDetails {
  return {
    ...toTotal(total),
    ...{ number: number ?? null, locale: locale ?? null, url: url ?? null },
    items: items.map(toItem),
  };
}

/** @throws DomainError CURRENCY_UNKNOWN */
export function toTotal({ amount, currency }: z.infer<typeof orderMoney>): {
  currency: string;
  total: bigint;
} {
  return { currency: knownCurrency(currency, 'total.currency'), total: parseLargeAmount(amount) ?? 0n };
}

export function toItem({
  productId,
  sku,
  category,
  unitPrice,
  url,
  ...item
}: OrderItemPayload): OrderDetails['items'][number] {
  return {
    ...{ productId: productId ?? null, sku: sku ?? null, name: item.name, category: category ?? null },
    ...{
      quantity: item.quantity,
      unitPrice: unitPrice === null ? null : parseLargeAmount(unitPrice),
      url: url ?? null,
    },
    replenishDays: item.replenishDays ?? null,
  };
}

function toMarketing({
  refusalOffered,
  refused,
  refusalText,
  ticked,
}: z.infer<typeof marketing>): ToldMarketing {
  return {
    ...{ refusalOffered, refused: refused ?? null, refusalText: refusalText ?? null },
    ticked: (ticked ?? []).map(({ channel, at }) => ({ channel, at: toDate(at) })),
  };
}

/** Which box was ticked after that; -1: none. */
function tickAfter({ marketing }: OrderPayload, time: Date): number {
  return (marketing?.ticked ?? []).findIndex(({ at }) => at !== undefined && new Date(at) > time);
}

function toDate(text: string | null | undefined): Date | null {
  return text === null || text === undefined ? null : new Date(text);
}
