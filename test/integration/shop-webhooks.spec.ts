import fc from 'fast-check';
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
      ...{ placedAt: '2026-11-21T08:05:11.000Z', toldAt: '2026-11-21T08:05:40.000Z', categories: ['قمصان'] },
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
    expect(paid).toMatchObject({ placedAt: '2026-11-21T08:05:11.000Z', cancelledAt: null });
    const refunds = [{ id: 9300, reason: '', total: '-209.99' }];
    const part = await orderOf(await callOf(api, shop, at('processing', '13', { refunds }), 'order.updated'));
    expect(part).toMatchObject({ refunded: '209.99', refundedAt: null });
    const all = await orderOf(await callOf(api, shop, at('refunded', '14', { refunds }), 'order.updated'));
    expect(all).toMatchObject({ refunded: '1209.99', refundedAt: '2026-11-21T08:14:00.000Z' });
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
      ...{ placedAt: '2026-11-21T08:30:09.000Z', toldAt: '2026-11-21T08:30:12.000Z', categories: ['قهوة'] },
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
    expect(await orderOf(await callOf(api, shop, cancelled))).toMatchObject({
      cancelledAt: '2026-11-21T08:30:12.000Z',
    });
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
    const before = await snapshot(api.database.db);
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
    for (const [{ status, body }, wanted, code] of refused)
      expect([status, body.code]).toEqual([wanted, code]);
    expect(await snapshot(api.database.db)).toEqual(before);
  });

  it.each(kinds)('of %s in a currency that there is not, or of the future', async kind => {
    const shop = await addWebShop(api, kind);
    const before = await snapshot(api.database.db);
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
    expect(await snapshot(api.database.db)).toEqual(before);
  });

  it.each(kinds)(
    'of %s that is damaged anywhere and cannot be read; what can be read is taken whole',
    async kind => {
      const shop = await addWebShop(api, kind);
      const statuses = new Set<number>();
      await fc.assert(
        fc.asyncProperty(mutated(fc.constant(bodyFor(kind))), async body => {
          const before = await snapshot(api.database.db);
          const { status, text } = await callOf(api, shop, JSON.stringify(body) ?? 'null', topicFor(kind));
          statuses.add(status);
          expect([200, 400, 401, 422].includes(status) ? null : text).toBeNull();
          if (status !== 200) expect(await snapshot(api.database.db)).toEqual(before);
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
