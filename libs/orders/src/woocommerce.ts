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
import { ToldValue, yesOrNo } from './told-value.js';

/** Nobody has bought anything yet, or ever did. A status of the shop's own making is an order as any. */
const unplaced = ['pending', 'failed', 'checkout-draft', 'auto-draft', 'draft'];
const cancelled = ['cancelled', 'failed', 'trash'];

/**
 * WooCommerce's webhooks, as its REST API (version 3) has orders. The signature covers the body alone, so that the topic is
 * believed only as far as the body bears it out.
 */
export const readWooCommerce: ReadWebhook = ({ headers, body, now }) => {
  switch (headers['x-wc-webhook-topic']) {
    case 'order.created':
    case 'order.updated':
    case 'order.restored':
      return orderOf(body);
    case 'order.deleted':
      return { ...nothingTold(body.loneId(), now), cancelledAt: now };
    default:
      return null;
  }
};

/** What WooCommerce posts, unsigned, to see whether anybody is there, when a webhook is saved. */
export function isWooCommercePing(body: Buffer): boolean {
  return body.length < 100 && /^webhook_id=\d+$/.test(body.toString());
}

function orderOf(order: ToldValue): ToldOrder {
  // Subscriptions look like orders and are none.
  if (order.at('billing_period').isThere) throw webhookUnreadable('it is a subscription and no order');
  const createdAt = order.at('date_created_gmt').instant();
  const toldAt = order.at('date_modified_gmt').requiredInstant();
  const status = order.at('status').required();
  const paidAt = order.at('date_paid_gmt').instant();
  const isCancelled = cancelled.includes(status);
  // Cancelled before it was paid: nobody bought anything.
  const isPlaced = isCancelled ? paidAt !== null : paidAt !== null || !unplaced.includes(status);
  const isFulfilled = status === 'completed';
  return {
    externalId: order.at('id').required(),
    toldAt,
    details: detailsOf(order),
    begunAt: createdAt,
    // A basket that waits for its payment was made earlier than it was bought. Cash on delivery and transfers are dated by the
    // first word in which they are orders, which comes with the checkout; the money may come weeks later.
    placedAt: isPlaced ? (paidAt ?? toldAt) : null,
    fulfilledAt: isFulfilled ? (order.at('date_completed_gmt').instant() ?? toldAt) : null,
    cancelledAt: isCancelled ? toldAt : null,
    stands: !isCancelled,
    refunds: refundsOf(order, status, toldAt),
    withdrawnRefunds: [],
    keeps: status !== 'refunded',
    customer: customerOf(order),
    marketing: marketingOf(order, createdAt),
  };
}

function detailsOf(order: ToldValue): OrderDetails {
  return {
    number: order.at('number').text(100),
    currency: knownCurrency(order.at('currency').required(), 'currency'),
    total: order.at('total').requiredMicros(),
    items: order
      .at('line_items')
      .items()
      .flatMap(item => {
        const quantity = item.at('quantity').quantity();
        const name = item.at('name').text();
        if (quantity === null || name === null) return [];
        return {
          productId: item.at('product_id').text(),
          sku: item.at('sku').text(),
          name,
          category: meta(item, 'ithn_category'),
          quantity,
          unitPrice: item.at('price').readableMicros(),
          url: null,
          replenishDays: toReplenishDays(meta(item, 'ithn_replenish_days')),
        };
      }),
    locale: new ToldValue(meta(order, 'wpml_language')).locale(),
    url: null,
  };
}

/** Refunds come without their times: the first word that tells of one dates it. */
function refundsOf(order: ToldValue, status: string, at: Date): Refund[] {
  const parts = order
    .at('refunds')
    .items()
    .map(refund => ({
      externalId: refund.at('id').required(),
      amount: refund.at('total').magnitude() ?? 0n,
      at,
    }));
  return status === 'refunded' ? [...parts, { externalId: 'all', amount: null, at }] : parts;
}

function customerOf(order: ToldValue): ToldOrder['customer'] {
  const billing = order.at('billing');
  return {
    email: billing.at('email').text(),
    phone: billing.at('phone').text(),
    firstName: billing.at('first_name').text(),
    lastName: billing.at('last_name').text(),
    country: billing.at('country').text() ?? order.at('shipping', 'country').text(),
    locale: meta(order, 'wpml_language'),
  };
}

/** WooCommerce has no box of its own; the shop's checkout says by these fields what it showed. */
function marketingOf(order: ToldValue, at: Date | null): ToldMarketing {
  const isTicked = (key: string): boolean => yesOrNo(meta(order, key)) === true;
  return {
    refusalOffered: isTicked('ithn_refusal_offered'),
    refused: yesOrNo(meta(order, 'ithn_refused')),
    refusalText: meta(order, 'ithn_refusal_text'),
    ticked: [
      ...(isTicked('ithn_email_consent') ? [{ channel: 'email' as const, at }] : []),
      ...(isTicked('ithn_sms_consent') ? [{ channel: 'sms' as const, at }] : []),
    ],
  };
}

/** A field of the shop's own, also under the name that WordPress hides (`_ithn_category`). */
function meta(thing: ToldValue, key: string): string | null {
  return (
    thing
      .at('meta_data')
      .items()
      .find(one => one.at('key').is(key) || one.at('key').is(`_${key}`))
      ?.at('value')
      .text(1000) ?? null
  );
}
