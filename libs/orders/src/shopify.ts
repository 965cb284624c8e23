import { readContactInput } from '#contacts';
import { knownCurrency } from './currencies.js';
import { type ReadWebhook } from './read-webhook.js';
import { webhookUnreadable } from './shop.errors.js';
import { refundOf } from './shopify-refund.js';
import {
  nothingTold,
  type OrderDetails,
  type Refund,
  type ToldMarketing,
  type ToldOrder,
  toReplenishDays,
} from './told-order.js';
import { type ToldValue, yesOrNo } from './told-value.js';

/** A checkout that takes longer than this, or a customer record that follows later, tells of another box. */
const CHECKOUT_BEFORE_MS = 60 * 60_000;
const CHECKOUT_AFTER_MS = 10 * 60_000;

/**
 * Shopify's webhooks, as its REST Admin API has orders and refunds (shopify.dev, "Webhooks", 2022-10 and newer). Amounts are
 * those in the shop's own currency. The signature covers the body alone, so that the topic is believed only as far as the
 * body bears it out.
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
      return orderOf(body);
    case 'orders/delete':
      return { ...nothingTold(body.loneId(), now), cancelledAt: now };
    case 'refunds/create':
      return refundWord(body);
    default:
      return null;
  }
};

/** Checkouts and draft orders look like orders; they have no number and another type. @throws DomainError WEBHOOK_UNREADABLE */
function checkKind(body: ToldValue, kind: 'Order' | 'Refund', field: string): void {
  body.at(field).required();
  const type = body.at('admin_graphql_api_id').text();
  if (type !== null && !type.startsWith(`gid://shopify/${kind}/`))
    throw webhookUnreadable('admin_graphql_api_id is not of what the topic says');
}

function orderOf(order: ToldValue): ToldOrder {
  checkKind(order, 'Order', 'order_number');
  const createdAt = order.at('created_at').requiredInstant();
  const toldAt = order.at('updated_at').requiredInstant();
  return {
    externalId: order.at('id').required(),
    toldAt,
    details: detailsOf(order),
    begunAt: null,
    placedAt: order.at('processed_at').instant() ?? createdAt,
    fulfilledAt: fulfilledAtOf(order, toldAt),
    cancelledAt: order.at('cancelled_at').instant(),
    // What was cancelled there stays so.
    stands: false,
    refunds: refundsOf(order, toldAt),
    withdrawnRefunds: [],
    keeps: !order.at('financial_status').is('refunded'),
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
          unitPrice: item.at('price').readableMicros(),
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
    .flatMap(refund => refundOf(refund, order, toldAt) ?? []);
  if (!order.at('financial_status').is('refunded')) return refunds;
  const at = refunds.reduce<Date | null>(
    (last, one) => (last === null || one.at > last ? one.at : last),
    null,
  );
  return [...refunds, { externalId: 'all', amount: null, at: at ?? toldAt }];
}

function refundWord(refund: ToldValue): ToldOrder {
  checkKind(refund, 'Refund', 'order_id');
  const toldAt = refund.at('created_at').requiredInstant();
  const told = refundOf(refund, null, toldAt);
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
    ticked: [...emailTick(order), ...tickOf(order, 'sms')],
  };
}

/** Where the payload tells of the customer's consent (until 2025-01 it does), that counts; else the box of this checkout. */
function emailTick(order: ToldValue): ToldMarketing['ticked'] {
  if (order.at('customer', 'email_marketing_consent').isThere) return tickOf(order, 'email');
  return order.at('buyer_accepts_marketing').is(true) ? [{ channel: 'email', at: null }] : [];
}

/**
 * The consent is the customer's, and may be of years ago, of another form and for another address. It is this checkout's box
 * where it changed during the checkout, and is for the address that the order was placed with; else it says nothing.
 */
function tickOf(order: ToldValue, channel: 'email' | 'sms'): ToldMarketing['ticked'] {
  const consent = order.at('customer', `${channel}_marketing_consent`);
  if (!consent.at('state').is('subscribed')) return [];
  const at = consent.at('consent_updated_at').instant();
  const createdAt = order.at('created_at').instant();
  if (at === null || createdAt === null) return [];
  const since = at.getTime() - createdAt.getTime();
  if (since < -CHECKOUT_BEFORE_MS || since > CHECKOUT_AFTER_MS) return [];
  const key = channel === 'email' ? 'email' : 'phone';
  const told = customerOf(order) ?? {};
  const own = readContactInput({ country: told.country, [key]: order.at('customer', key).text() }).fields[
    key
  ];
  return own !== null && own === readContactInput(told).fields[key] ? [{ channel, at }] : [];
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
