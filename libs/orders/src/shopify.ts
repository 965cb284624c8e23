import { knownCurrency } from './currencies.js';
import { type ReadWebhook } from './read-webhook.js';
import {
  nothingTold,
  type OrderDetails,
  type Refund,
  type ToldMarketing,
  type ToldOrder,
  toReplenishDays,
} from './told-order.js';
import { type ToldValue, yesOrNo } from './told-value.js';

/**
 * Shopify's webhooks, as its REST Admin API has orders and refunds (shopify.dev, "Webhooks", 2022-10 and newer). Amounts are
 * those in the shop's own currency.
 */
export const readShopify: ReadWebhook = ({ headers, body, now }) => {
  const topic = headers['x-shopify-topic'];
  // Orders of the shop's own tests: nobody bought anything.
  if (headers['x-shopify-test'] === 'true' || body.at('test').is(true)) return null;
  switch (topic) {
    case 'orders/create':
    case 'orders/updated':
    case 'orders/paid':
    case 'orders/fulfilled':
    case 'orders/partially_fulfilled':
    case 'orders/cancelled':
      return orderOf(body, now);
    case 'orders/delete':
      return { ...nothingTold(body.at('id').required(), now), cancelledAt: now };
    case 'refunds/create':
      return refundWord(body, now);
    default:
      return null;
  }
};

function orderOf(order: ToldValue, now: Date): ToldOrder {
  const createdAt = order.at('created_at').instant();
  const toldAt = order.at('updated_at').instant() ?? createdAt ?? now;
  return {
    externalId: order.at('id').required(),
    toldAt,
    details: detailsOf(order),
    placedAt: order.at('processed_at').instant() ?? createdAt ?? toldAt,
    fulfilledAt: fulfilledAtOf(order, toldAt),
    cancelledAt: order.at('cancelled_at').instant(),
    // What was cancelled there stays so.
    stands: false,
    refunds: refundsOf(order, toldAt),
    customer: customerOf(order),
    marketing: marketingOf(order),
  };
}

function detailsOf(order: ToldValue): OrderDetails {
  return {
    number: order.at('name').text(100),
    currency: knownCurrency(order.at('currency').required(), 'currency'),
    total: order.at('total_price').requiredMicros(),
    items: order
      .at('line_items')
      .items()
      .flatMap(item => {
        // What an edit took out again stays in the list with a current quantity of 0.
        const quantity = item
          .at(item.at('current_quantity').isThere ? 'current_quantity' : 'quantity')
          .quantity();
        const name = item.at('title').text() ?? item.at('name').text();
        if (quantity === null || name === null) return [];
        return {
          productId: item.at('product_id').text(),
          sku: item.at('sku').text(),
          name,
          category:
            attribute(item.at('properties'), 'ithn_category') ??
            attribute(item.at('properties'), '_ithn_category'),
          quantity,
          unitPrice: item.at('price').micros() ?? 0,
          url: null,
          replenishDays: toReplenishDays(
            attribute(item.at('properties'), 'ithn_replenish_days') ??
              attribute(item.at('properties'), '_ithn_replenish_days'),
          ),
        };
      }),
    locale: order.at('customer_locale').locale(),
    url: order.at('order_status_url').url(),
  };
}

function fulfilledAtOf(order: ToldValue, toldAt: Date): Date | null {
  if (!order.at('fulfillment_status').is('fulfilled')) return null;
  const times = order
    .at('fulfillments')
    .items()
    .filter(one => !one.at('status').is('cancelled'))
    .flatMap(one => one.at('created_at').instant() ?? []);
  return times.reduce<Date | null>((last, at) => (last === null || at > last ? at : last), null) ?? toldAt;
}

function refundsOf(order: ToldValue, toldAt: Date): Refund[] {
  const refunds = order
    .at('refunds')
    .items()
    .flatMap(refund => refundOf(refund, toldAt) ?? []);
  if (!order.at('financial_status').is('refunded')) return refunds;
  const at = refunds.reduce<Date | null>(
    (last, one) => (last === null || one.at > last ? one.at : last),
    null,
  );
  return [...refunds, { externalId: 'all', amount: null, at: at ?? toldAt }];
}

function refundOf(refund: ToldValue, toldAt: Date): Refund | null {
  const amount = refund
    .at('transactions')
    .items()
    .filter(one => one.at('kind').is('refund') && one.at('status').is('success'))
    .reduce((sum, one) => sum + (one.at('amount').micros() ?? 0), 0);
  const at = refund.at('processed_at').instant() ?? refund.at('created_at').instant() ?? toldAt;
  // A refund without money is a correction of the stock.
  return amount === 0 ? null : { externalId: refund.at('id').required(), amount, at };
}

function refundWord(refund: ToldValue, now: Date): ToldOrder {
  const toldAt = refund.at('created_at').instant() ?? now;
  const told = refundOf(refund, toldAt);
  return { ...nothingTold(refund.at('order_id').required(), toldAt), refunds: told ? [told] : [] };
}

function customerOf(order: ToldValue): ToldOrder['customer'] {
  const customer = order.at('customer');
  const billing = order.at('billing_address');
  return {
    email: order.at('email').text() ?? order.at('contact_email').text() ?? customer.at('email').text(),
    phone: order.at('phone').text() ?? customer.at('phone').text() ?? billing.at('phone').text(),
    firstName: customer.at('first_name').text() ?? billing.at('first_name').text(),
    lastName: customer.at('last_name').text() ?? billing.at('last_name').text(),
    locale: order.at('customer_locale').text(),
    country:
      billing.at('country_code').text() ??
      order.at('shipping_address', 'country_code').text() ??
      customer.at('default_address', 'country_code').text(),
  };
}

function marketingOf(order: ToldValue): ToldMarketing {
  const notes = order.at('note_attributes');
  return {
    refusalOffered: yesOrNo(attribute(notes, 'ithn_refusal_offered')) === true,
    refused: yesOrNo(attribute(notes, 'ithn_refused')),
    refusalText: attribute(notes, 'ithn_refusal_text'),
    ticked: [...emailTick(order), ...smsTick(order)],
  };
}

/** Where the payload tells of the customer's consent (until 2025-01 it does), that counts; else the box of this checkout. */
function emailTick(order: ToldValue): ToldMarketing['ticked'] {
  const consent = order.at('customer', 'email_marketing_consent');
  if (!consent.isThere) {
    return order.at('buyer_accepts_marketing').is(true) ? [{ channel: 'email', at: null }] : [];
  }
  if (!consent.at('state').is('subscribed')) return [];
  const own = order.at('customer', 'email').text()?.toLowerCase();
  // Of another address than the one this order was placed with it says nothing.
  if (own !== undefined && own !== (order.at('email').text() ?? own).toLowerCase()) return [];
  return [{ channel: 'email', at: consent.at('consent_updated_at').instant() }];
}

function smsTick(order: ToldValue): ToldMarketing['ticked'] {
  const consent = order.at('customer', 'sms_marketing_consent');
  if (!consent.at('state').is('subscribed')) return [];
  return [{ channel: 'sms', at: consent.at('consent_updated_at').instant() }];
}

/** The value of `{ name, value }` with this name. */
function attribute(list: ToldValue, name: string): string | null {
  return (
    list
      .items()
      .find(one => one.at('name').is(name))
      ?.at('value')
      .text(1000) ?? null
  );
}
