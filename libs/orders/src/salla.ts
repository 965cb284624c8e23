import { knownCurrency } from './currencies.js';
import { type ReadWebhook } from './read-webhook.js';
import { webhookUnreadable } from './shop.errors.js';
import {
  nothingTold,
  type OrderDetails,
  type Refund,
  type ToldMarketing,
  type ToldOrder,
  toReplenishDays,
} from './told-order.js';
import { type ToldValue, yesOrNo } from './told-value.js';
import { zonedInstant } from './zoned-instant.js';

/** By the slug, which is the same in every language and under every name a shop gives a status. */
const unplaced = ['payment_pending', 'request_quote'];
const fulfilled = ['shipped', 'delivering', 'delivered', 'completed'];
const cancelled = ['canceled', 'cancelled'];
/** مسترجع: the goods came back, and the money with them. */
const returned = ['restored'];

/** Salla's webhooks of version 2 (docs.salla.dev, "Webhooks", order events). Every one bears the order as it is by then. */
export const readSalla: ReadWebhook = ({ body }) => {
  const event = body.at('event').required();
  if (!/^order\./.test(event)) return null;
  const toldAt = sallaSentAt(body);
  const data = body.at('data');
  // order.status.updated tells of the status, and of the order within it.
  const order = data.at('order', 'id').isThere ? data.at('order') : data;
  if (event === 'order.deleted')
    return { ...nothingTold(order.at('id').required(), toldAt), cancelledAt: toldAt };
  return orderOf(order, event, toldAt);
};

/** When Salla says that it happened, e.g. `Sat Nov 21 2026 12:00:00 GMT+0300`. @throws DomainError WEBHOOK_UNREADABLE */
export function sallaSentAt(body: ToldValue): Date {
  const text = body.at('created_at').required();
  const isKnown = /^[A-Z][a-z]{2} [A-Z][a-z]{2} \d\d \d{4} \d\d:\d\d:\d\d GMT[+-]\d{4}$/.test(text);
  const date = isKnown ? new Date(text) : body.at('created_at').instant();
  if (date === null || Number.isNaN(date.getTime())) throw webhookUnreadable('created_at');
  return date;
}

function orderOf(order: ToldValue, event: string, toldAt: Date): ToldOrder {
  const status = order.at('status', 'slug').text() ?? '';
  const isCancelled = event === 'order.cancelled' || cancelled.includes(status);
  const isDraft = order.at('draft').is(true) || unplaced.includes(status);
  // Cancelled before it was paid: nobody bought anything. If it was an order before, an earlier word says so.
  const isPlaced = isCancelled ? isPaid(order) : status !== '' && !isDraft;
  const begunAt = instantOf(order.at('date'));
  return {
    externalId: order.at('id').required(),
    toldAt,
    // Some events bear the order's head alone.
    details: order.at('amounts', 'total').isThere || order.at('total').isThere ? detailsOf(order) : null,
    begunAt,
    // Its date is that of the basket, which may have waited for its payment.
    placedAt: isPlaced ? toldAt : null,
    fulfilledAt: fulfilled.includes(status) ? (instantOf(order.at('first_complete_at')) ?? toldAt) : null,
    cancelledAt: isCancelled ? toldAt : null,
    stands: !isCancelled && status !== '',
    refunds: refundsOf(order, event, status, toldAt),
    // A later event does not tell whether the money is still back.
    ...{ withdrawnRefunds: [], keeps: false },
    customer: customerOf(order.at('customer')),
    marketing: marketingOf(order, begunAt ?? toldAt),
  };
}

/** Whether money came in, as the order's payments have it. */
function isPaid(order: ToldValue): boolean {
  return ['refund_action', 'remaining_action'].some(action => {
    const paid = order.at('payment_actions', action, 'paid_amount', 'amount').readableMicros();
    return paid !== null && paid > 0n;
  });
}

function detailsOf(order: ToldValue): OrderDetails {
  const total = order.at('amounts', 'total').isThere ? order.at('amounts', 'total') : order.at('total');
  const currency = total.at('currency').text() ?? order.at('currency').required();
  return {
    number: order.at('reference_id').text(100),
    currency: knownCurrency(currency, 'currency'),
    total: total.at('amount').requiredMicros(),
    items: order
      .at('items')
      .items()
      .flatMap(item => {
        const quantity = item.at('quantity').quantity();
        const name = item.at('name').text();
        if (quantity === null || name === null) return [];
        const product = item.at('product');
        const [category] = product.at('categories').items();
        return {
          productId: product.at('id').text() ?? item.at('product_id').text(),
          sku: item.at('sku').text(),
          name,
          category: category?.at('name').text() ?? attribute(item, 'ithn_category'),
          quantity,
          unitPrice: item.at('amounts', 'price_without_tax', 'amount').readableMicros(),
          url: product.at('url').url(),
          replenishDays: toReplenishDays(attribute(item, 'ithn_replenish_days')),
        };
      }),
    locale: null,
    url: order.at('urls', 'customer').url(),
  };
}

/** The amount is what went back in all, so that a second part raises it. */
function refundsOf(order: ToldValue, event: string, status: string, at: Date): Refund[] {
  if (event !== 'order.refunded' && !returned.includes(status)) return [];
  const amount = order.at('payment_actions', 'refund_action', 'refund_amount', 'amount').magnitude();
  const isPart = amount !== null && amount > 0n && !returned.includes(status);
  return [{ externalId: isPart ? 'refunded' : 'all', amount: isPart ? amount : null, at }];
}

function customerOf(customer: ToldValue): ToldOrder['customer'] {
  const mobile = customer.at('mobile').text();
  const code = customer.at('mobile_code').text();
  return {
    email: customer.at('email').text(),
    phone: mobile !== null && code !== null && !mobile.startsWith('+') ? `${code}${mobile}` : mobile,
    firstName: customer.at('first_name').text() ?? customer.at('name').text(),
    lastName: customer.at('last_name').text(),
    country: customer.at('country_code').text(),
  };
}

/** Salla tells of no box; a shop that adds fields to its checkout says by these what it showed. */
function marketingOf(order: ToldValue, at: Date): ToldMarketing {
  const isTicked = (key: string): boolean => yesOrNo(attribute(order, key)) === true;
  return {
    refusalOffered: isTicked('ithn_refusal_offered'),
    refused: yesOrNo(attribute(order, 'ithn_refused')),
    refusalText: attribute(order, 'ithn_refusal_text'),
    ticked: [
      ...(isTicked('ithn_email_consent') ? [{ channel: 'email' as const, at }] : []),
      ...(isTicked('ithn_sms_consent') ? [{ channel: 'sms' as const, at }] : []),
    ],
  };
}

/** `{ date, timezone }`, the date as a clock there shows it. */
function instantOf(told: ToldValue): Date | null {
  const text = told.at('date').text();
  if (text === null) return null;
  const at = zonedInstant(text, told.at('timezone').text() ?? 'Asia/Riyadh');
  if (at === null) throw webhookUnreadable(`${told.path}.date`);
  return at;
}

/** A field of the shop's own, among the order's custom fields or the item's options. */
function attribute(thing: ToldValue, name: string): string | null {
  const fields = [...thing.at('custom_fields').items(), ...thing.at('options').items()];
  return (
    fields
      .find(one => one.at('name').is(name) || one.at('key').is(name))
      ?.at('value')
      .text(1000) ?? null
  );
}
