import fc from 'fast-check';
import { ApplyRetentionHandler } from '#subjects';
import { testApi, type Answer, type TestApi } from '../factories/api.js';
import { mutated } from '../factories/hostile.js';
import { snapshot } from '../factories/snapshot.js';
import { addWebShop, callOf, corpus, made, orderBody, type TestShop } from '../factories/shops.js';

let phones = 0;
let api: TestApi;
beforeAll(async () => {
  api = await testApi();
});
afterAll(() => api.close());

const orderOf = async ({ body }: Answer): Promise<any> =>
  (await api.request('GET', `/v1/orders/${body.orderId}`)).body;
const contactOf = async (order: any): Promise<any> =>
  (await api.request('GET', `/v1/contacts/${order.contactId}`)).body;
const basesOf = async (order: any): Promise<Record<string, string>> => {
  const { body } = await api.request('GET', `/v1/contacts/${order.contactId}/consents`);
  return Object.fromEntries(
    body.items.map((one: any) => [`${one.topicId} ${one.channel}`, `${one.status} ${one.basis}`]),
  );
};

const purchasesOf = async (order: any): Promise<any> =>
  (await api.request('GET', `/v1/contacts/${order.contactId}/purchases`)).body;
/** All there is but what was refused, which is kept for the operator. */
const stored = async (): Promise<Record<string, string>> => {
  const { 'public.shop_refusal': _, ...rest } = await snapshot(api.database.db);
  return rest;
};
const unreadable = { status: 400, body: { code: 'WEBHOOK_UNREADABLE' } };

describe('Shopify tells of', () => {
  let shop: TestShop;
  beforeAll(async () => {
    shop = await addWebShop(api, 'shopify');
  });

  it('an order: its person, its items, and what it is the ground for', async () => {
    const answer = await callOf(api, shop, corpus('shopify-order'), 'orders/create');
    expect(answer).toMatchObject({ status: 200, body: { orderId: expect.stringMatching(/^ord_\d+$/) } });
    const order = await orderOf(answer);
    expect(order).toMatchObject({
      ...{ shopId: shop.id, externalId: '6209034715341', number: '#1042', refunded: '0.00' },
      total: { amount: '335.50', currency: 'SAR' },
      ...{ categories: ['dates'], locale: 'en-SA', placedAt: '2026-11-21T07:15:02.000Z', fulfilledAt: null },
      items: [
        {
          productId: '8874411327629',
          sku: 'AJW-1KG',
          name: 'Ajwa dates',
          category: 'dates',
          quantity: 2,
          unitPrice: '120.00',
        },
        { name: 'Dallah coffee pot', sku: null, category: null, quantity: 1, unitPrice: '70.00' },
      ],
    });
    expect(await contactOf(order)).toMatchObject({
      ...{
        email: 'layla.haddad@example.com',
        phone: '+966501234567',
        firstName: 'Layla',
        lastName: 'Haddad',
      },
      ...{ locale: 'en-SA', country: 'SA' },
    });
    expect(await basesOf(order)).toEqual({
      [`${shop.serviceTopicId} email`]: 'granted service',
      [`${shop.serviceTopicId} sms`]: 'granted service',
      [`${shop.receiptTopicId} email`]: 'granted transactional',
      [`${shop.receiptTopicId} sms`]: 'granted transactional',
      // Ticked by email; by SMS the refusal that was offered and not taken.
      [`${shop.marketingTopicId} email`]: 'granted express',
      [`${shop.marketingTopicId} sms`]: 'granted soft_opt_in',
    });
    const { body } = await api.request('GET', `/v1/contacts/${order.contactId}/purchases`);
    expect(body).toMatchObject({
      count: 1,
      totals: [{ total: { amount: '335.50', currency: 'SAR' }, average: { amount: '335.50' }, count: 1 }],
    });
  });

  it('a part given back, which the purchase facts lose, told once or twice', async () => {
    for (let time = 0; time < 2; time++) {
      const answer = await callOf(api, shop, corpus('shopify-refund'), 'refunds/create');
      const order = await orderOf(answer);
      expect(order).toMatchObject({ refunded: '120.00', refundedAt: null, refunds: [{ amount: '120.00' }] });
      const { body } = await api.request('GET', `/v1/contacts/${order.contactId}/purchases`);
      expect(body.totals).toMatchObject([{ total: { amount: '215.50' } }]);
    }
  });

  it('a fulfilment and a cancellation, and an older word undoes neither', async () => {
    const fulfilled = {
      ...corpus('shopify-order'),
      ...{ updated_at: '2026-11-21T11:50:00+03:00', fulfillment_status: 'fulfilled' },
      fulfillments: [{ id: 1, status: 'success', created_at: '2026-11-21T11:49:00+03:00' }],
    };
    await callOf(api, shop, fulfilled, 'orders/fulfilled');
    const cancelled = {
      ...fulfilled,
      updated_at: '2026-11-21T11:55:00+03:00',
      cancelled_at: '2026-11-21T11:54:00+03:00',
    };
    await callOf(api, shop, cancelled, 'orders/cancelled');
    const late = await orderOf(await callOf(api, shop, corpus('shopify-order'), 'orders/create'));
    expect(late).toMatchObject({
      ...{ fulfilledAt: '2026-11-21T08:49:00.000Z', cancelledAt: '2026-11-21T08:54:00.000Z' },
      toldAt: '2026-11-21T08:55:00.000Z',
    });
    const { body } = await api.request('GET', `/v1/contacts/${late.contactId}/purchases`);
    expect(body).toMatchObject({ count: 0, totals: [] });
  });

  it('what nobody asked for, and of tests, and it is taken and ignored', async () => {
    const before = await snapshot(api.database.db);
    const ignored = [
      await callOf(api, shop, { id: 1, title: 'A product' }, 'products/update'),
      await callOf(api, shop, corpus('shopify-order'), 'orders/edited'),
      await callOf(api, shop, { ...corpus('shopify-order'), id: 5, test: true }, 'orders/create'),
      await callOf(api, shop, { ...corpus('shopify-order'), id: 6 }, 'orders/create', {
        'x-shopify-test': 'true',
      }),
    ];
    for (const answer of ignored) expect(answer).toMatchObject({ status: 200, body: { ignored: true } });
    expect(await snapshot(api.database.db)).toEqual(before);
  });

  it('money that went back in the currency the customer paid in, and it counts in the shop’s', async () => {
    const abroad = {
      ...corpus('shopify-order'),
      ...{
        id: 8,
        currency: 'USD',
        presentment_currency: 'SAR',
        total_price: '100.00',
        email: 'abroad@example.com',
      },
      ...{ contact_email: 'abroad@example.com', phone: null, taxes_included: true },
    };
    await callOf(api, shop, abroad, 'orders/create');
    const both = (usd: string, sar: string) => ({
      shop_money: { amount: usd, currency_code: 'USD' },
      presentment_money: { amount: sar, currency_code: 'SAR' },
    });
    const refund = {
      ...{ ...corpus('shopify-refund'), id: 81, order_id: 8 },
      transactions: [{ id: 1, amount: '112.50', currency: 'SAR', kind: 'refund', status: 'success' }],
      refund_line_items: [{ id: 1, quantity: 1, subtotal_set: both('25.00', '93.75') }],
      order_adjustments: [{ id: 2, kind: 'shipping_refund', amount_set: both('-5.00', '-18.75') }],
    };
    const part = await orderOf(await callOf(api, shop, refund, 'refunds/create'));
    expect(part).toMatchObject({ total: { amount: '100.00' }, refunded: '30.00', refundedAt: null });
    // Where nobody tells what it is worth, it is no reason to call the order given back.
    const bare = { ...refund, id: 82, refund_line_items: [], order_adjustments: [] };
    expect(await orderOf(await callOf(api, shop, bare, 'refunds/create'))).toMatchObject({
      ...{ refunded: '30.00', refundedAt: null },
    });
    const whole = { ...abroad, updated_at: '2026-11-21T11:59:00+03:00', financial_status: 'refunded' };
    expect(await orderOf(await callOf(api, shop, whole, 'orders/updated'))).toMatchObject({
      ...{ refunded: '100.00', refundedAt: '2026-11-21T08:59:00.000Z' },
    });
  });

  it('an order, by its body: what the topic says alone, which nobody signed, cancels nothing and makes none', async () => {
    const order = { ...corpus('shopify-order'), id: 9, email: 'replay@example.com', phone: null };
    const made = await orderOf(await callOf(api, shop, order, 'orders/create'));
    const before = await stored();
    expect(await callOf(api, shop, order, 'orders/delete')).toMatchObject(unreadable);
    expect(await callOf(api, shop, { ...order, order_number: null }, 'orders/create')).toMatchObject(
      unreadable,
    );
    const draft = { ...order, id: 10, admin_graphql_api_id: 'gid://shopify/DraftOrder/10' };
    expect(await callOf(api, shop, draft, 'orders/create')).toMatchObject(unreadable);
    expect(await callOf(api, shop, order, 'refunds/create')).toMatchObject(unreadable);
    expect(await callOf(api, shop, { id: 9 }, 'orders/create')).toMatchObject(unreadable);
    expect(await stored()).toEqual(before);
    expect(await orderOf(await callOf(api, shop, { id: 9 }, 'orders/delete'))).toMatchObject({
      ...{ id: made.id, cancelledAt: api.clock.now().toISOString() },
    });
  });

  it.each([
    ['of this checkout, for the phone that it was placed with', {}, true],
    ['of ten minutes after', { at: '2026-11-21T10:25:04+03:00' }, true],
    ['of another phone', { placedWith: '+966501110003' }, false],
    ['of a customer without a phone', { isOfNobody: true, placedWith: '+966501110004' }, false],
    ['of years ago', { at: '2025-04-02T18:20:00+03:00' }, false],
    ['of more than an hour before', { at: '2026-11-21T09:15:03+03:00' }, false],
    ['of after the checkout', { at: '2026-11-21T10:25:05+03:00' }, false],
    ['of nobody knows when', { at: null }, false],
  ] as [string, { at?: string | null; placedWith?: string; isOfNobody?: boolean }, boolean][])(
    'consent to SMS %s',
    async (what, { at = '2026-11-21T10:15:01+03:00', placedWith = null, isOfNobody }, isTold) => {
      const n = ++phones;
      const [body, email] = [corpus('shopify-order'), `sms-${n}@example.com`];
      Object.assign(body, {
        id: `sms-${n}`,
        email,
        contact_email: email,
        phone: placedWith,
        note_attributes: [],
      });
      Object.assign(body.customer, {
        ...{ email, phone: isOfNobody ? null : `050 222 000${n}` },
        sms_marketing_consent: { state: 'subscribed', consent_updated_at: at },
      });
      const told = await orderOf(await callOf(api, shop, body, 'orders/create'));
      expect((await contactOf(told)).phone).toBe(placedWith ?? `+96650222000${n}`);
      expect((await basesOf(told))[`${shop.marketingTopicId} sms`]).toBe(
        isTold ? 'granted express' : undefined,
      );
    },
  );

  it.each([
    ['another address', { email: 'another@example.com' }],
    ['nobody knows which address', { email: null }],
    ['the customer, years ago', { at: '2025-04-02T18:20:00+03:00' }],
  ])('consent to email of %s, and nothing is recorded', async (what, consent) => {
    const own = `${what.replaceAll(/\W/g, '-')}@mail.example`;
    const { at, email } = { at: '2026-11-21T10:15:01+03:00', email: own, ...consent };
    const body = corpus('shopify-order');
    // Placed with what is told as the contact's address alone.
    Object.assign(body, { id: `mail-${what}`, email: null, contact_email: own, note_attributes: [] });
    Object.assign(body.customer, { email });
    body.customer.email_marketing_consent.consent_updated_at = at;
    const told = await orderOf(await callOf(api, shop, body, 'orders/create'));
    expect((await contactOf(told)).email).toBe(own);
    expect((await basesOf(told))[`${shop.marketingTopicId} email`]).toBeUndefined();
  });

  it('a box that was ticked nobody knows when, and it outweighs nothing that was taken back', async () => {
    const { customer, ...order } = corpus('shopify-order');
    delete customer.email_marketing_consent;
    const contact = await made(api, '/v1/contacts', { email: 'tick@example.com' });
    await made(api, '/v1/consents/withdrawals', {
      ...{ contactId: contact.id, scope: { kind: 'topic', topicId: shop.marketingTopicId } },
      ...{ source: 'tests', occurredAt: '2026-11-01T00:00:00Z' },
    });
    const told = await callOf(
      api,
      shop,
      { ...order, id: 7, email: 'tick@example.com', customer: { ...customer, email: 'tick@example.com' } },
      'orders/create',
    );
    expect((await basesOf(await orderOf(told)))[`${shop.marketingTopicId} email`]).toBe('withdrawn null');
  });
});

describe('WooCommerce tells of', () => {
  let shop: TestShop;
  beforeAll(async () => {
    shop = await addWebShop(api, 'woocommerce');
  });

  it('an order in Arabic, with a price of many decimals', async () => {
    const answer = await callOf(api, shop, corpus('woocommerce-order'), 'order.created');
    const order = await orderOf(answer);
    expect(order).toMatchObject({
      ...{ externalId: '9174', number: '9174', total: { amount: '1209.99', currency: 'EGP' }, locale: 'ar' },
      ...{ placedAt: '2026-11-21T08:05:40.000Z', toldAt: '2026-11-21T08:05:40.000Z', categories: ['قمصان'] },
      items: [{ name: 'قميص كتان', quantity: 3, unitPrice: '383.33' }],
    });
    expect(await contactOf(order)).toMatchObject({
      ...{
        email: 'nour.abdelrahman@example.com',
        phone: '+201001234567',
        firstName: 'نور',
        locale: 'ar',
        country: 'EG',
      },
    });
    const { body } = await api.request('GET', `/v1/contacts/${order.contactId}/consent-events`);
    const soft = body.items.find((one: any) => one.basis === 'soft_opt_in');
    expect(soft).toMatchObject({
      ...{ textShown: 'لا أرغب في عروض منتجات مشابهة', source: shop.id },
      evidence: { softOptIn: { orderId: order.id, productCategories: ['قمصان'], collectedBy: 'self' } },
    });
  });

  it('a status: one that awaits its payment is no purchase, one that failed is none, one that is paid is', async () => {
    const at = (status: string, minute: string, more = {}) => ({
      ...corpus('woocommerce-order'),
      ...{ id: 9200, status, date_modified_gmt: `2026-11-21T08:${minute}:00`, ...more },
    });
    const pending = await orderOf(await callOf(api, shop, at('pending', '10'), 'order.created'));
    expect(pending).toMatchObject({ placedAt: null, cancelledAt: null });
    const failed = await orderOf(await callOf(api, shop, at('failed', '11'), 'order.updated'));
    expect(failed).toMatchObject({ placedAt: null, cancelledAt: '2026-11-21T08:11:00.000Z' });
    const paid = await orderOf(await callOf(api, shop, at('processing', '12'), 'order.updated'));
    expect(paid).toMatchObject({ placedAt: '2026-11-21T08:12:00.000Z', cancelledAt: null });
    const refunds = [{ id: 9300, reason: '', total: '-209.99' }];
    const part = await orderOf(await callOf(api, shop, at('processing', '13', { refunds }), 'order.updated'));
    expect(part).toMatchObject({ refunded: '209.99', refundedAt: null });
    const all = await orderOf(await callOf(api, shop, at('refunded', '14', { refunds }), 'order.updated'));
    expect(all).toMatchObject({ refunded: '1209.99', refundedAt: '2026-11-21T08:14:00.000Z' });
    const back = await orderOf(await callOf(api, shop, at('completed', '16', { refunds }), 'order.updated'));
    expect(back).toMatchObject({ refunded: '209.99', refundedAt: null });
    expect(await purchasesOf(back)).toMatchObject({ count: 2, totals: [{ total: { amount: '2209.99' } }] });
    const done = await orderOf(
      await callOf(
        api,
        shop,
        at('completed', '15', { id: 9201, date_completed_gmt: '2026-11-21T08:14:59' }),
        'order.updated',
      ),
    );
    expect(done).toMatchObject({ fulfilledAt: '2026-11-21T08:14:59.000Z' });
    const deleted = await orderOf(await callOf(api, shop, { id: 9201 }, 'order.deleted'));
    expect(deleted).toMatchObject({ cancelledAt: api.clock.now().toISOString() });
  });

  it('a basket that is paid for later, bought when it was paid, whichever word comes first', async () => {
    const who = (id: number) => ({
      ...{ ...corpus('woocommerce-order'), id },
      billing: { email: `late-${id}@example.com`, country: 'EG' },
    });
    const pending = {
      status: 'pending',
      date_created_gmt: '2026-11-10T08:00:00',
      date_modified_gmt: '2026-11-10T08:00:00',
    };
    const paid = {
      ...pending,
      status: 'processing',
      date_paid_gmt: '2026-11-20T08:00:00',
      date_modified_gmt: '2026-11-20T08:00:01',
    };
    const edited = { ...paid, date_modified_gmt: '2026-11-20T09:30:00' };
    for (const [id, story] of [
      [9210, [pending, paid, edited]],
      [9211, [edited, paid, pending]],
    ] as const) {
      let order: any;
      for (const word of story) {
        order = await orderOf(await callOf(api, shop, { ...who(id), ...word }, 'order.updated'));
        api.clock.advance(1000);
      }
      expect(order.placedAt).toBe('2026-11-20T08:00:00.000Z');
      expect(await purchasesOf(order)).toMatchObject({ count: 1, lastAt: '2026-11-20T08:00:00.000Z' });
    }
  });

  it('an order that is paid for at the door, bought when it was ordered', async () => {
    const cash = { ...corpus('woocommerce-order'), id: 9212, payment_method: 'cod' };
    const door = {
      ...{ ...cash, status: 'completed', date_modified_gmt: '2026-11-21T08:40:00' },
      ...{ date_paid_gmt: '2026-11-21T08:40:00', date_completed_gmt: '2026-11-21T08:40:00' },
    };
    const first = await orderOf(await callOf(api, shop, cash, 'order.created'));
    const knownAt = api.clock.now().toISOString();
    expect(first).toMatchObject({ placedAt: '2026-11-21T08:05:40.000Z', knownAt });
    api.clock.advance(1000);
    const last = await orderOf(await callOf(api, shop, door, 'order.updated'));
    expect(last).toMatchObject({ placedAt: '2026-11-21T08:05:40.000Z', knownAt });
  });

  it('a deletion, of a body that is nothing else, once: a second one might be anybody’s', async () => {
    const order = { ...corpus('woocommerce-order'), id: 9213 };
    const made = await orderOf(await callOf(api, shop, order, 'order.created'));
    expect(await callOf(api, shop, order, 'order.deleted')).toMatchObject(unreadable);
    expect(await callOf(api, shop, { id: 9213, arg: 9213 }, 'order.deleted')).toMatchObject(unreadable);
    expect(
      (await orderOf(await callOf(api, shop, { id: 9213 }, 'order.deleted'))).cancelledAt,
    ).not.toBeNull();
    api.clock.advance(60_000);
    const modified = api.clock.now().toISOString().slice(0, 19);
    const restored = { ...order, date_modified_gmt: modified };
    expect(await orderOf(await callOf(api, shop, restored, 'order.restored'))).toMatchObject({
      ...{ id: made.id, cancelledAt: null },
    });
    api.clock.advance(60_000);
    const before = await snapshot(api.database.db);
    const replay = await callOf(api, shop, { id: 9213 }, 'order.deleted');
    expect(replay).toMatchObject({ status: 200, body: { orderId: made.id } });
    expect(await snapshot(api.database.db)).toEqual(before);
  });

  it('a line whose price is none, such as a trade-in, and the order is taken with its total', async () => {
    const { line_items: lines, ...order } = corpus('woocommerce-order');
    const tradeIn = { id: 5, name: 'Trade-in', quantity: 1, price: -50, product_id: 9 };
    const told = { ...order, id: 9214, line_items: [...lines, tradeIn] };
    const taken = await orderOf(await callOf(api, shop, told, 'order.created'));
    expect(taken.total.amount).toBe('1209.99');
    expect(taken.items).toMatchObject([{ unitPrice: '383.33' }, { name: 'Trade-in', unitPrice: null }]);
    const subscription = { ...told, id: 9215, billing_period: 'month' };
    expect(await callOf(api, shop, subscription, 'order.created')).toMatchObject(unreadable);
  });

  it('nothing yet, when it only asks whether anybody is there', async () => {
    const path = `/webhooks/shops/${shop.id}`;
    const type = { 'content-type': 'application/x-www-form-urlencoded' };
    expect(await api.request('POST', path, 'webhook_id=12', type)).toMatchObject({
      status: 200,
      body: { ignored: true },
    });
    expect((await api.request('POST', path, 'webhook_id=12&more=1', type)).status).toBe(401);
  });
});

describe('Salla tells of', () => {
  let shop: TestShop;
  beforeAll(async () => {
    shop = await addWebShop(api, 'salla');
  });

  it('an order in Arabic, with its times on the clocks of Riyadh', async () => {
    const order = await orderOf(await callOf(api, shop, corpus('salla-order')));
    expect(order).toMatchObject({
      ...{ externalId: '1730218846', number: '55120934', total: { amount: '221.38', currency: 'SAR' } },
      ...{ placedAt: '2026-11-21T08:30:12.000Z', toldAt: '2026-11-21T08:30:12.000Z', categories: ['قهوة'] },
      items: [{ productId: '720881993', name: 'بن حراز ٢٥٠ جم', quantity: 3, unitPrice: '57.50' }],
    });
    expect(await contactOf(order)).toMatchObject({
      ...{
        email: 'a.alqahtani@example.com',
        phone: '+966551234567',
        firstName: 'عبدالله',
        lastName: 'القحطاني',
      },
    });
  });

  const withChoice = (id: number, email: string, more: Record<string, unknown> = {}) => {
    const { data, ...rest } = corpus('salla-order');
    const fields = { ithn_refusal_offered: 'yes', ithn_refused: 'no', ...more };
    const custom_fields = Object.entries(fields).map(([name, value]) => ({ name, value }));
    const customer = { ...data.customer, email, mobile: 551230000 + id };
    return { ...rest, data: { ...data, id, customer, custom_fields } };
  };
  const offersOf = async (order: any): Promise<any[]> => {
    const { body } = await api.request('GET', `/v1/contacts/${order.contactId}/consent-events`);
    return body.items.filter((one: any) => one.channel === 'email' && /express|soft/.test(one.basis));
  };

  it('no language, and what it says of offers is recorded where it speaks one alone', async () => {
    const arabic = await addWebShop(api, 'salla', { locale: 'ar' });
    const refusal = await orderOf(await callOf(api, arabic, withChoice(31, 'one-language@example.com')));
    expect(refusal.locale).toBeNull();
    expect(await offersOf(refusal)).toMatchObject([
      {
        ...{ basis: 'soft_opt_in', textShown: 'لا أرغب في عروض منتجات مشابهة', source: arabic.id },
        locale: 'ar',
      },
    ]);
    expect(await contactOf(refusal)).toMatchObject({ locale: 'ar' });
    const box = withChoice(32, 'box-in-arabic@example.com', { ithn_email_consent: 'yes' });
    expect(await offersOf(await orderOf(await callOf(api, arabic, box)))).toMatchObject([
      { basis: 'express', textShown: 'نعم، أرسلوا لي العروض' },
    ]);
  });

  it('no language, and nothing is recorded of two texts, though the customer is known to read one', async () => {
    await made(api, '/v1/contacts', { email: 'reader@example.com', locale: 'en' });
    for (const [id, email] of [
      [33, 'stranger@example.com'],
      [34, 'reader@example.com'],
    ] as const) {
      const box = withChoice(id, email, { ithn_email_consent: 'yes' });
      expect(await offersOf(await orderOf(await callOf(api, shop, box)))).toEqual([]);
    }
  });

  it('its own wording of the refusal, and that is recorded in whatever language it is', async () => {
    const own = withChoice(35, 'wording@example.com', { ithn_refusal_text: 'لا عروض' });
    expect(await offersOf(await orderOf(await callOf(api, shop, own)))).toMatchObject([
      { basis: 'soft_opt_in', textShown: 'لا عروض' },
    ]);
  });

  it('a status of the order within it, and of one that came back', async () => {
    const shipped = await orderOf(await callOf(api, shop, corpus('salla-status')));
    expect(shipped).toMatchObject({ externalId: '1730218846', fulfilledAt: '2026-11-21T08:50:00.000Z' });
    const { data, ...rest } = corpus('salla-order');
    const refunded = {
      ...rest,
      event: 'order.refunded',
      created_at: 'Sat Nov 21 2026 11:55:00 GMT+0300',
      data,
    };
    expect(await orderOf(await callOf(api, shop, refunded))).toMatchObject({
      ...{ refunded: '221.38', refundedAt: '2026-11-21T08:55:00.000Z' },
    });
    const waiting = { ...data, id: 2, status: { slug: 'payment_pending' } };
    expect(await orderOf(await callOf(api, shop, { ...rest, data: waiting }))).toMatchObject({
      placedAt: null,
    });
    const cancelled = {
      ...rest,
      event: 'order.cancelled',
      data: { ...data, id: 2, status: { slug: 'canceled' } },
    };
    // It was never paid: nobody bought anything.
    expect(await orderOf(await callOf(api, shop, cancelled))).toMatchObject({
      ...{ placedAt: null, knownAt: null, cancelledAt: '2026-11-21T08:30:12.000Z' },
    });
    const paid = { refund_action: { paid_amount: { amount: 221.38, currency: 'SAR' } } };
    const refused = { ...cancelled, data: { ...cancelled.data, id: 3, payment_actions: paid } };
    expect(await orderOf(await callOf(api, shop, refused))).toMatchObject({
      ...{ placedAt: '2026-11-21T08:30:12.000Z', cancelledAt: '2026-11-21T08:30:12.000Z' },
    });
    const late = { ...rest, created_at: 'Sat Nov 21 2026 11:58:00 GMT+0300', data: { ...data, id: 2 } };
    expect(await orderOf(await callOf(api, shop, late))).toMatchObject({
      ...{ placedAt: '2026-11-21T08:58:00.000Z', cancelledAt: null },
    });
    const undated = { ...late, created_at: undefined };
    expect(await callOf(api, shop, undated)).toMatchObject(unreadable);
    expect((await callOf(api, shop, { ...rest, event: 'product.created' })).body).toEqual({ ignored: true });
  });

  it('by its token, where that is how it proves itself', async () => {
    const token = { 'x-salla-security-strategy': 'Token', 'x-salla-signature': '' };
    const right = await callOf(api, shop, corpus('salla-order'), '', {
      ...token,
      authorization: shop.secret,
    });
    expect(right.status).toBe(200);
    const wrong = await callOf(api, shop, corpus('salla-order'), '', { ...token, authorization: 'another' });
    expect(wrong).toMatchObject({ status: 401, body: { code: 'WEBHOOK_SIGNATURE_INVALID' } });
  });
});

describe('a shop of another make tells of', () => {
  let shop: TestShop;
  beforeAll(async () => {
    shop = await addWebShop(api);
  });

  it('an order in the words of the API, and then of what became of it', async () => {
    const placed = await orderOf(await callOf(api, shop, { type: 'order.placed', ...orderBody() }));
    expect(placed).toMatchObject({ externalId: 'A-1', total: { amount: '120.00', currency: 'SAR' } });
    const at = '2026-11-20T10:00:00Z';
    const fact = (type: string, more = {}) => callOf(api, shop, { type, externalId: 'A-1', at, ...more });
    await fact('order.fulfilled');
    await fact('order.refunded', { refundId: 'r1', amount: '20.00' });
    const order = await orderOf(await fact('order.cancelled'));
    expect(order).toMatchObject({ fulfilledAt: '2026-11-20T10:00:00.000Z', refunded: '20.00' });
    expect(order).toMatchObject({ cancelledAt: '2026-11-20T10:00:00.000Z' });
    expect(await callOf(api, shop, { type: 'cart.abandoned' })).toMatchObject({
      status: 200,
      body: { ignored: true },
    });
  });

  it('a cancellation and a refund that were mistakes, and it stands again by a newer word', async () => {
    const externalId = 'mistaken';
    const at = (minute: string) => `2026-11-20T10:${minute}:00Z`;
    const call = async (body: Record<string, unknown>) =>
      orderOf(await callOf(api, shop, { externalId, ...body }));
    await call({ type: 'order.placed', ...orderBody({ externalId }) });
    await call({ type: 'order.cancelled', at: at('01') });
    await call({ type: 'order.refunded', at: at('02') });
    const gone = await call({ type: 'order.refunded', at: at('03'), refundId: 'r', amount: '20.00' });
    expect(gone).toMatchObject({ cancelledAt: '2026-11-20T10:01:00.000Z', refunded: '120.00' });
    const older = await call({ type: 'order.placed', ...orderBody({ externalId }), toldAt: at('00') });
    expect(older.cancelledAt).not.toBeNull();
    expect(
      await call({ type: 'order.placed', ...orderBody({ externalId }), toldAt: at('04') }),
    ).toMatchObject({
      ...{ cancelledAt: null, refunded: '120.00' },
    });
    expect(await call({ type: 'order.refunded', at: at('05'), withdrawn: true })).toMatchObject({
      ...{ refunded: '20.00', refundedAt: null, refunds: [{ refundId: 'r' }] },
    });
    const mended = await call({ type: 'order.refunded', at: at('06'), refundId: 'r', withdrawn: true });
    expect(mended).toMatchObject({ refunded: '0.00', refunds: [] });
    const both = { type: 'order.refunded', externalId, at: at('07'), amount: '1.00', withdrawn: true };
    expect(await callOf(api, shop, both)).toMatchObject(unreadable);
  });

  it('an address that is none, and is told where', async () => {
    const customer = { email: 'not an address' };
    const answer = await callOf(api, shop, { type: 'order.placed', ...orderBody({ customer }) });
    expect(answer).toMatchObject({
      status: 400,
      body: { code: 'EMAIL_INVALID', errors: [{ path: 'customer.email' }] },
    });
  });
});

describe('nothing is stored of a webhook', () => {
  const kinds = ['shopify', 'woocommerce', 'salla', 'generic'] as const;
  const calls = {
    shopify: ['shopify-order', 'orders/create'],
    woocommerce: ['woocommerce-order', 'order.created'],
    salla: ['salla-order', ''],
  } as const;
  const bodyFor = (kind: (typeof kinds)[number]) =>
    kind === 'generic' ? { type: 'order.placed', ...orderBody() } : corpus(calls[kind][0]);
  const topicFor = (kind: (typeof kinds)[number]) => (kind === 'generic' ? '' : calls[kind][1]);

  it.each(kinds)('of %s that is unsigned, signed by another, changed, huge or unreadable', async kind => {
    const shop = await addWebShop(api, kind);
    const [body, topic] = [bodyFor(kind), topicFor(kind)];
    const before = await stored();
    const other =
      kind === 'generic' ? 'whsec_' + Buffer.alloc(32).toString('base64') : 'some-other-secret-here';
    const path = `/webhooks/shops/${shop.id}`;
    const refused: [Answer, number, string][] = [
      [await api.request('POST', path, JSON.stringify(body)), 401, 'WEBHOOK_UNSIGNED'],
      [await callOf(api, { ...shop, secret: other }, body, topic), 401, 'WEBHOOK_SIGNATURE_INVALID'],
      [await callOf(api, shop, '{"id":1', topic), 400, 'WEBHOOK_UNREADABLE'],
      [await callOf(api, shop, '[]', topic), 400, 'WEBHOOK_UNREADABLE'],
      [await callOf(api, shop, ' '.repeat(2 * 1024 * 1024 + 1), topic), 413, 'WEBHOOK_TOO_LARGE'],
    ];
    const { post } = (await api.request('GET', '/openapi.json')).body.paths['/webhooks/shops/{id}'];
    for (const [{ status, body }, wanted, code] of refused) {
      expect([status, body.code]).toEqual([wanted, code]);
      expect(post.responses[status].description).toContain(`\`${code}\``);
    }
    expect(await stored()).toEqual(before);
  });

  it.each(kinds)('of %s in a currency that there is not, or of the future', async kind => {
    const shop = await addWebShop(api, kind);
    const before = await stored();
    const body = JSON.stringify(bodyFor(kind)).replaceAll(/"(SAR|EGP)"/g, '"XQX"');
    expect(await callOf(api, shop, body, topicFor(kind))).toMatchObject({
      ...{ status: 422, body: { code: 'CURRENCY_UNKNOWN' } },
    });
    const later = JSON.stringify(bodyFor(kind))
      .replaceAll('2026-11', '2027-11')
      .replaceAll('Nov 21 2026', 'Nov 21 2027');
    const answer = await callOf(api, shop, later, topicFor(kind));
    expect([answer.status, answer.body.code]).toEqual(
      kind === 'salla' ? [401, 'WEBHOOK_TOO_OLD'] : [422, 'TIME_IN_FUTURE'],
    );
    expect(await stored()).toEqual(before);
  });

  it.each(kinds)(
    'of %s that is damaged anywhere and cannot be read; what can be read is taken whole',
    async kind => {
      const shop = await addWebShop(api, kind);
      const statuses = new Set<number>();
      await fc.assert(
        fc.asyncProperty(mutated(fc.constant(bodyFor(kind))), async body => {
          const before = await stored();
          const { status, text } = await callOf(api, shop, JSON.stringify(body) ?? 'null', topicFor(kind));
          statuses.add(status);
          expect([200, 400, 401, 422].includes(status) ? null : text).toBeNull();
          if (status !== 200) expect(await stored()).toEqual(before);
        }),
        { seed: 20261121, numRuns: 60 },
      );
      expect(statuses.size).toBeGreaterThan(1);
    },
  );

  it('that is of another time, but a retry of Shopify of two days is taken', async () => {
    const shop = await addWebShop(api, 'shopify');
    const ago = (hours: number) => new Date(api.clock.now().getTime() - hours * 3_600_000).toISOString();
    const call = (hours: number) =>
      callOf(api, shop, corpus('shopify-order'), 'orders/create', { 'x-shopify-triggered-at': ago(hours) });
    for (const hours of [73, -0.1]) {
      expect(await call(hours)).toMatchObject({ status: 401, body: { code: 'WEBHOOK_TOO_OLD' } });
    }
    for (const header of ['', 'lately']) {
      const undated = { 'x-shopify-triggered-at': header };
      const answer = await callOf(api, shop, corpus('shopify-order'), 'orders/create', undated);
      expect(answer).toMatchObject({ status: 401, body: { code: 'WEBHOOK_TOO_OLD' } });
    }
    expect((await call(48)).status).toBe(200);
    const own = await addWebShop(api);
    const old = String(Math.floor(api.clock.now().getTime() / 1000) - 301);
    api.clock.advance(301_000);
    const replayed = callOf({ ...api, clock: { now: () => new Date(Number(old) * 1000) } } as TestApi, own, {
      ...{ type: 'order.placed', ...orderBody() },
    });
    expect(await replayed).toMatchObject({ status: 401, body: { code: 'WEBHOOK_TOO_OLD' } });
  });

  it('of a shop that there is not, or that has no secret yet', async () => {
    const shop = await addWebShop(api, 'salla', { secret: null });
    expect(await callOf(api, shop, corpus('salla-order'))).toMatchObject({
      ...{ status: 404, body: { code: 'WEBHOOK_NOT_CONFIGURED' } },
    });
    for (const id of ['shp_99999', 'shp_0', 'ord_1', '%00']) {
      expect(await callOf(api, { ...shop, id }, {})).toMatchObject({
        status: 404,
        body: { code: 'SHOP_NOT_FOUND' },
      });
    }
  });
});

it('a secret that was changed is heard for a while beside the new one, and no longer', async () => {
  const shop = await addWebShop(api);
  const order = { type: 'order.placed', ...orderBody() };
  const changed = await made(api, `/v1/shops/${shop.id}/secret`, { keepOldHours: 1 });
  expect(changed.secret).toMatch(/^whsec_/);
  const now = { ...shop, secret: changed.secret as string };
  expect((await callOf(api, shop, order)).status).toBe(200);
  expect((await callOf(api, now, order)).status).toBe(200);
  api.clock.advance(3_600_000);
  expect((await callOf(api, shop, order)).status).toBe(401);
  expect((await callOf(api, now, order)).status).toBe(200);
});

describe('what a shop signed and could not be taken', () => {
  it('is there for the operator: when, why, of which order, and nothing of the person', async () => {
    const shop = await addWebShop(api, 'woocommerce');
    const { body: none } = await api.request('GET', `/v1/shops/${shop.id}/refusals`);
    expect(none).toEqual({ items: [] });
    const order = corpus('woocommerce-order');
    await callOf(api, shop, { ...order, currency: 'XQX' }, 'order.created');
    await callOf(api, { ...shop, secret: 'some-other-secret-here' }, order, 'order.created');
    await callOf(api, shop, '[]', 'order.created');
    const refusedAt = api.clock.now().toISOString();
    const { status, body } = await api.request('GET', `/v1/shops/${shop.id}/refusals`);
    expect([status, body]).toEqual([
      200,
      {
        items: [
          { refusedAt, code: 'WEBHOOK_UNREADABLE', path: 'it is no JSON object in UTF-8', externalId: null },
          { refusedAt, code: 'CURRENCY_UNKNOWN', path: 'currency', externalId: '9174' },
        ],
      },
    ]);
    expect((await api.request('GET', '/v1/shops/shp_99999/refusals')).status).toBe(404);
  });

  it('is the last hundred of each shop', async () => {
    const [shop, other] = [await addWebShop(api, 'woocommerce'), await addWebShop(api, 'woocommerce')];
    await callOf(api, other, { id: 'other' }, 'order.created');
    for (let id = 1; id <= 103; id++) await callOf(api, shop, { id }, 'order.created');
    const refused = async ({ id }: TestShop) =>
      (await api.request('GET', `/v1/shops/${id}/refusals`)).body.items.map((one: any) => one.externalId);
    expect(await refused(shop)).toEqual(Array.from({ length: 100 }, (_, at) => String(103 - at)));
    expect(await refused(other)).toEqual(['other']);
    const rows = await api.database.db.query('SELECT FROM shop_refusal WHERE shop_id = $1', [
      shop.id.slice(4),
    ]);
    expect(rows).toHaveLength(100);
  });
});

it('a body that was refused may come again, one that was taken changes nothing, until it is forgotten', async () => {
  const shop = await addWebShop(api, 'woocommerce');
  const order = {
    ...corpus('woocommerce-order'),
    id: 9300,
    date_modified_gmt: api.clock.now().toISOString().slice(0, 19),
  };
  const early = {
    ...order,
    date_modified_gmt: new Date(api.clock.now().getTime() + 600_000).toISOString().slice(0, 19),
  };
  expect((await callOf(api, shop, early, 'order.created')).body.code).toBe('TIME_IN_FUTURE');
  api.clock.advance(600_000);
  const taken = await callOf(api, shop, early, 'order.created');
  expect(taken.status).toBe(200);
  await callOf(api, shop, { id: 9300 }, 'order.deleted');
  const rows = async () =>
    (await api.database.db.query('SELECT FROM shop_word WHERE shop_id = $1', [shop.id.slice(4)])).length;
  expect(await rows()).toBe(2);
  // As another topic, at another time: the same bytes are the same word.
  api.clock.advance(60_000);
  const before = await snapshot(api.database.db);
  expect(await callOf(api, shop, early, 'order.restored')).toMatchObject({ status: 200, body: taken.body });
  expect(await snapshot(api.database.db)).toEqual(before);
  api.clock.advance(31 * 24 * 3_600_000);
  await api.app.get(ApplyRetentionHandler, { strict: false }).handle();
  expect(await rows()).toBe(1);
});
