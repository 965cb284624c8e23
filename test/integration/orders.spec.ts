import fc from 'fast-check';
import { type Scope } from '#access';
import { type Answer, testApi, type TestApi } from '../factories/api.js';
import { addWebShop, callOf, made, orderBody, type TestShop } from '../factories/shops.js';
import { SuppressionsService } from '#consent';
import { ScalePurchasesHandler } from '#orders';

let api: TestApi;
let shop: TestShop;
beforeAll(async () => {
  api = await testApi();
  shop = await addWebShop(api);
});
afterAll(() => api.close());

let orders = 0;
const tell = (more: Record<string, unknown> = {}): Promise<Answer> =>
  api.request('POST', '/v1/orders', {
    shopId: shop.id,
    ...orderBody({ externalId: `N-${++orders}`, ...more }),
  });
const ok = ({ status, body, text }: Answer): any => {
  if (status >= 300) throw new Error(text);
  return body;
};
const get = async (path: string): Promise<any> => ok(await api.request('GET', path));
const person = (email: string, more = {}): Record<string, unknown> => ({ customer: { email, ...more } });
const tickedAt = (at: string): Record<string, unknown> => ({
  marketing: { refusalOffered: false, ticked: [{ channel: 'email', at }] },
});
const statesOf = async (contactId: string): Promise<string[]> =>
  (await get(`/v1/contacts/${contactId}/consents`)).items
    .map((one: any) => [one.topicId, one.channel, one.status, one.basis].join(' '))
    .sort();

describe('an order by the API', () => {
  it('is new once, then told again, and a copy of it changes nothing', async () => {
    const order = orderBody({ externalId: 'same', ...person('same@example.com') });
    const first = await api.request('POST', '/v1/orders', { shopId: shop.id, ...order });
    const again = await api.request('POST', '/v1/orders', { shopId: shop.id, ...order });
    expect([first.status, again.status]).toEqual([201, 200]);
    const { updatedAt: _, ...body } = first.body;
    expect(again.body).toMatchObject(body);
    expect(await get(`/v1/orders/${first.body.id}`)).toEqual(again.body);
  });

  it('is fulfilled, given back in part and in all, changed and cancelled; the facts follow each time', async () => {
    const order = ok(await tell(person('facts@example.com')));
    const facts = () => get(`/v1/contacts/${order.contactId}/purchases`);
    const act = (what: string, body: unknown = {}) =>
      api.request('POST', `/v1/orders/${order.id}/${what}`, body);
    expect(ok(await act('fulfil', { at: '2026-11-21T08:00:00Z' })).fulfilledAt).toBe(
      '2026-11-21T08:00:00.000Z',
    );
    expect(ok(await act('refund', { amount: '20.00', refundId: 'r1' }))).toMatchObject({ refunded: '20.00' });
    expect(ok(await act('refund', { amount: '20.00', refundId: 'r1' }))).toMatchObject({ refunded: '20.00' });
    expect(await facts()).toMatchObject({
      count: 1,
      totals: [{ total: { amount: '100.00', currency: 'SAR' } }],
    });
    const items = [
      { name: 'Ajwa dates', category: 'dates', quantity: 1, unitPrice: '60.00' },
      { name: 'Trade-in', quantity: 1, unitPrice: null },
    ];
    const changed = await api.request('PATCH', `/v1/orders/${order.id}`, {
      ...{ items, total: { amount: '60.00', currency: 'SAR' } },
    });
    expect(ok(changed)).toMatchObject({
      total: { amount: '60.00' },
      items: [{ quantity: 1 }, { unitPrice: null }],
      refunded: '20.00',
    });
    expect((await facts()).totals).toMatchObject([
      { total: { amount: '40.00' }, average: { amount: '40.00' } },
    ]);
    expect(ok(await act('refund'))).toMatchObject({
      refunded: '60.00',
      refundedAt: api.clock.now().toISOString(),
    });
    expect(await facts()).toMatchObject({ count: 0, totals: [], scores: { value: null } });
    const other = ok(await tell(person('facts@example.com')));
    expect(await facts()).toMatchObject({ count: 1 });
    ok(await api.request('POST', `/v1/orders/${other.id}/cancel`, {}));
    expect(await facts()).toMatchObject({ count: 0 });
  });

  it('stands again, and has its money, when a newer word says that it was a mistake', async () => {
    const order = ok(await tell({ externalId: 'mistake', ...person('mistake@example.com') }));
    const act = async (what: string, body: unknown = {}) =>
      ok(await api.request('POST', `/v1/orders/${order.id}/${what}`, body));
    const at = (minute: string) => `2026-11-20T10:${minute}:00Z`;
    await act('cancel', { at: at('01') });
    await act('refund', { at: at('02') });
    await act('refund', { at: at('02'), refundId: 'r1', amount: '20.00' });
    const facts = () => get(`/v1/contacts/${order.contactId}/purchases`);
    expect(await facts()).toMatchObject({ count: 0 });
    expect(await act('refund', { at: at('03'), withdrawn: true })).toMatchObject({
      refunded: '20.00',
      refundedAt: null,
    });
    const told = ok(
      await tell({ externalId: 'mistake', ...person('mistake@example.com'), toldAt: at('04') }),
    );
    expect(told.cancelledAt).toBeNull();
    expect(await facts()).toMatchObject({ count: 1, totals: [{ total: { amount: '100.00' } }] });
    expect(await act('refund', { at: at('05'), refundId: 'r1', withdrawn: true })).toMatchObject({
      refunds: [],
    });
    expect(await facts()).toMatchObject({ totals: [{ total: { amount: '120.00' } }] });
    const both = { refundId: 'r1', withdrawn: true, amount: '1.00' };
    expect(await api.request('POST', `/v1/orders/${order.id}/refund`, both)).toMatchObject({
      ...{ status: 400, body: { errors: [{ path: 'amount' }] } },
    });
  });

  it('is known from when it first was somebody’s purchase here, whatever is told of it later', async () => {
    const waiting = { externalId: 'known', placedAt: null };
    expect(ok(await tell({ ...waiting, ...person('known-at@example.com') })).knownAt).toBeNull();
    api.clock.advance(1000);
    const knownAt = api.clock.now().toISOString();
    const paid = { ...waiting, placedAt: '2026-11-20T11:00:00Z', toldAt: '2026-11-20T11:00:00Z' };
    expect(ok(await tell({ ...paid, ...person('known-at@example.com') }))).toMatchObject({ knownAt });
    api.clock.advance(1000);
    const earlier = { ...paid, placedAt: '2026-11-20T10:00:00Z', toldAt: '2026-11-20T12:00:00Z' };
    expect(ok(await tell({ ...earlier, ...person('known-at@example.com') }))).toMatchObject({
      ...{ knownAt, placedAt: '2026-11-20T10:00:00.000Z' },
    });
  });

  it('is of any size that a currency needs, and the sums and their scores with it', async () => {
    const idr = (amount: string) => ({
      ...{ total: { amount, currency: 'IDR' }, ...person('rich@example.com') },
      items: [{ name: 'Gold', quantity: 1, unitPrice: amount }],
    });
    const order = ok(await tell(idr('999999999999.99')));
    expect(order).toMatchObject({
      total: { amount: '999999999999.99' },
      items: [{ unitPrice: '999999999999.99' }],
    });
    for (let n = 0; n < 9; n++) ok(await tell(idr('999999999999.99')));
    const many = ok(await tell(idr('999999999999.99')));
    for (let n = 0; n < 12; n++) {
      const refund = { refundId: `r${n}`, amount: '999999999999.99' };
      ok(await api.request('POST', `/v1/orders/${many.id}/refund`, refund));
    }
    expect(await get(`/v1/orders/${many.id}`)).toMatchObject({ refunded: '11999999999999.88' });
    await api.app.get(ScalePurchasesHandler, { strict: false }).handle();
    expect(await get(`/v1/contacts/${order.contactId}/purchases`)).toMatchObject({
      count: 10,
      totals: [
        {
          total: { amount: '9999999999999.90', currency: 'IDR' },
          average: { amount: '999999999999.99', currency: 'IDR' },
        },
      ],
    });
    const scale = await get('/v1/purchase-scale');
    const { bounds } = scale.value.find((one: any) => one.currency === 'IDR');
    expect(bounds[0]).toBe('9999999999999.900001');
    const { body } = await api.request('POST', '/v1/segments/preview', {
      rule: {
        combinator: 'and',
        rules: [{ field: 'purchases.total.IDR', operator: '>=', value: 9_999_999_999_999 }],
      },
    });
    expect(body.count).toBe(1);
    expect((await get(`/v1/contacts/${order.contactId}/export`)).orders).toHaveLength(11);
    const page = await api.request('GET', `/v1/contacts/${order.contactId}/export?format=html&locale=en`);
    expect(page.text).toContain('999999999999.99 IDR');
  });

  it('is changed by whoever does not say of when, also where the shop’s clock is ahead', async () => {
    const toldAt = new Date(api.clock.now().getTime() + 200_000).toISOString();
    const order = ok(await tell({ ...person('ahead@example.com'), toldAt }));
    const total = { amount: '7.00', currency: 'SAR' };
    const late = { total, toldAt: '2026-11-01T00:00:00Z' };
    expect(ok(await api.request('PATCH', `/v1/orders/${order.id}`, late)).total.amount).toBe('120.00');
    expect(ok(await api.request('PATCH', `/v1/orders/${order.id}`, { total })).total.amount).toBe('7.00');
  });

  it('is told to whoever listens when it is placed and when money goes back, once, without a word of the person', async () => {
    const order = ok(await tell({ externalId: 'heard', ...person('heard@example.com') }));
    ok(await tell({ externalId: 'heard', ...person('heard@example.com') }));
    for (let time = 0; time < 2; time++) ok(await api.request('POST', `/v1/orders/${order.id}/refund`, {}));
    const events = await api.database.db.query(
      `SELECT kind, subject, payload FROM outgoing_event WHERE subject ->> 'orderId' = $1 ORDER BY id`,
      [order.id],
    );
    const subject = { orderId: order.id, shopId: shop.id };
    expect(events).toEqual([
      { kind: 'order.placed', subject, payload: {} },
      { kind: 'order.refunded', subject, payload: { isWhole: true } },
    ]);
  });

  it('that is not known whole yet cannot be changed, and is completed when it is told', async () => {
    const externalId = 'refund-first';
    const { db } = api.database;
    await db.query(
      `INSERT INTO shop_order (shop_id, external_id, told_at, created_at, updated_at) VALUES ($1, $2, $3, $3, $3)`,
      [shop.id.slice(4), externalId, '2026-11-20T10:00:00Z'],
    );
    const row = await db.queryOne<{ id: number }>('SELECT id FROM shop_order WHERE external_id = $1', [
      externalId,
    ]);
    const path = `/v1/orders/ord_${row?.id}`;
    expect(await api.request('PATCH', path, { items: [] })).toMatchObject({
      status: 409,
      body: { code: 'ORDER_UNTOLD' },
    });
    ok(await api.request('POST', `${path}/refund`, { amount: '10.00', refundId: 'r' }));
    expect(await get(path)).toMatchObject({
      total: null,
      refunded: '10.00',
      placedAt: null,
      contactId: null,
    });
    const order = ok(await tell({ externalId, ...person('stub@example.com') }));
    expect(order).toMatchObject({
      total: { amount: '120.00' },
      refunded: '10.00',
      placedAt: '2026-11-20T09:00:00.000Z',
    });
    expect((await get(`/v1/contacts/${order.contactId}/purchases`)).totals[0].total.amount).toBe('110.00');
  });

  it('is refused with a code and the place, and nothing of it stays', async () => {
    const refused: [Record<string, unknown>, number, string][] = [
      [{ total: { amount: '1', currency: 'XQX' } }, 422, 'CURRENCY_UNKNOWN'],
      [{ total: { amount: '-1', currency: 'SAR' } }, 400, 'VALIDATION_FAILED'],
      [{ total: { amount: 12.5, currency: 'SAR' } }, 400, 'VALIDATION_FAILED'],
      [{ locale: 'no language!' }, 400, 'VALIDATION_FAILED'],
      [{ placedAt: '2026-12-01T00:00:00Z' }, 422, 'TIME_IN_FUTURE'],
      [{ toldAt: undefined, ...tickedAt('2026-12-01T00:00:00Z') }, 422, 'TIME_IN_FUTURE'],
      [tickedAt('2026-11-20T09:00:01Z'), 422, 'TICKED_LATER'],
      [person('nobody'), 400, 'EMAIL_INVALID'],
      [{ customer: { phone: '050 123 4567' } }, 400, 'PHONE_NEEDS_COUNTRY'],
      [{ shopId: 'shp_999999' }, 404, 'SHOP_NOT_FOUND'],
      [{ items: [{ name: 'x', quantity: 0, unitPrice: '1' }] }, 400, 'VALIDATION_FAILED'],
    ];
    for (const [more, status, code] of refused) {
      expect(await tell({ externalId: 'refused', ...more })).toMatchObject({ status, body: { code } });
    }
    const { body } = await api.request('GET', `/v1/orders?shopId=${shop.id}&limit=200`);
    expect(body.items.filter((one: any) => one.externalId === 'refused')).toEqual([]);
  });

  it('is found by the id it has in its shop, and in no other', async () => {
    const other = await addWebShop(api);
    const externalId = 'A/1042 #7';
    const order = ok(await tell({ externalId }));
    const twin = ok(
      await api.request('POST', '/v1/orders', { shopId: other.id, ...orderBody({ externalId }) }),
    );
    const found = async (query: string): Promise<string[]> =>
      (await get(`/v1/orders?${query}`)).items.map((one: any) => one.id);
    const named = `externalId=${encodeURIComponent(externalId)}`;
    expect(await found(`shopId=${shop.id}&${named}`)).toEqual([order.id]);
    expect(await found(`shopId=${other.id}&${named}`)).toEqual([twin.id]);
    expect(await found(`shopId=${shop.id}&externalId=A`)).toEqual([]);
    expect(await api.request('GET', `/v1/orders?${named}`)).toMatchObject({
      ...{ status: 400, body: { code: 'VALIDATION_FAILED', errors: [{ path: 'shopId' }] } },
    });
  });

  it('by a key for orders alone makes no contact and records no consent', async () => {
    const email = 'scopes@example.com';
    const contact = await made(api, '/v1/contacts', { email });
    await made(api, '/v1/consents/withdrawals', {
      ...{ contactId: contact.id, source: 'tests', scope: { kind: 'everything' } },
    });
    api.clock.advance(1000);
    const now = api.clock.now().toISOString();
    const as = async (scopes: readonly Scope[], more: Record<string, unknown>): Promise<Answer> =>
      api.request(
        'POST',
        '/v1/orders',
        {
          shopId: shop.id,
          ...orderBody({ externalId: 'scoped', placedAt: now, toldAt: now, locale: 'en', ...more }),
        },
        { authorization: `Bearer ${await api.keyWith(...scopes)}` },
      );
    const refused = async (answer: Answer, scope: Scope): Promise<void> => {
      expect(answer).toMatchObject({ status: 403, body: { code: 'SCOPE_MISSING' } });
      expect(answer.text).toContain(scope);
    };
    const ticked = { ...person(email), ...tickedAt(now) };
    await refused(await as(['orders:write', 'contacts:write'], ticked), 'consents:write');
    await refused(
      await as(['orders:write', 'consents:write'], person('new-here@example.com')),
      'contacts:write',
    );
    expect((await get('/v1/contacts?email=new-here@example.com')).items).toEqual([]);
    expect(
      (await get(`/v1/orders?shopId=${shop.id}&limit=200`)).items.map((one: any) => one.externalId),
    ).not.toContain('scoped');
    expect((await as(['orders:write'], person(email))).status).toBe(201);
    expect(await statesOf(contact.id)).toContain(`${shop.marketingTopicId} email withdrawn `);
    expect((await as(['orders:write', 'consents:write'], ticked)).status).toBe(200);
    expect(await statesOf(contact.id)).toContain(`${shop.marketingTopicId} email granted express`);
  });

  it('is listed by contact and by shop, in pages', async () => {
    const made = [];
    for (let n = 0; n < 3; n++) made.push(ok(await tell(person('pages@example.com'))));
    const path = `/v1/orders?contactId=${made[0].contactId}&shopId=${shop.id}&limit=2`;
    const page = await get(path);
    const next = await get(`${path}&cursor=${page.nextCursor}`);
    expect([...page.items, ...next.items].map(one => one.id)).toEqual(made.map(one => one.id));
    expect(next.nextCursor).toBeNull();
    const kinds = (await get(`/v1/contacts/${made[0].contactId}/timeline`)).items.map((one: any) => one.kind);
    expect(kinds.filter((kind: string) => kind === 'order.placed')).toHaveLength(3);
  });
});

describe('a shop', () => {
  it('is listed with those of its sender, in pages', async () => {
    const first = await addWebShop(api);
    const second = await made(api, '/v1/shops', {
      ...{ name: 'Second of one sender', kind: 'salla', senderId: first.senderId, locale: 'ar' },
    });
    const path = `/v1/shops?senderId=${first.senderId}&limit=1`;
    const page = await get(path);
    const next = await get(`${path}&cursor=${page.nextCursor}`);
    expect([...page.items, ...next.items].map(one => one.id)).toEqual([first.id, second.id]);
    expect(next.nextCursor).toBeNull();
  });

  it('speaks one language or says nothing of it, until that is changed', async () => {
    const { senderId } = await addWebShop(api);
    const fields = { name: 'Of one language', senderId };
    const one = await made(api, '/v1/shops', { ...fields, kind: 'salla', locale: 'ar' });
    expect(await get(`/v1/shops/${one.id}`)).toMatchObject({ locale: 'ar' });
    expect(ok(await api.request('PUT', `/v1/shops/${one.id}`, fields)).locale).toBeNull();
    const french = await api.request('PUT', `/v1/shops/${one.id}`, { ...fields, locale: 'fr' });
    expect(french).toMatchObject({ status: 400, body: { errors: [{ path: 'locale' }] } });
  });
});

describe('who bought', () => {
  it('is known by email, else by phone; what is known of them stays, and of names and places what is lacking is filled in', async () => {
    const known = await made(api, '/v1/contacts', { email: 'known@example.com', firstName: 'Known' });
    const order = ok(
      await tell(
        person('KNOWN@example.com', { phone: '0501112233', country: 'SA', firstName: 'Other', locale: 'ar' }),
      ),
    );
    expect(order.contactId).toBe(known.id);
    expect(await get(`/v1/contacts/${known.id}`)).toMatchObject({
      ...{ firstName: 'Known', phone: null, country: 'SA', locale: 'ar' },
    });
    const texter = await made(api, '/v1/contacts', { phone: '+966501112244', email: 'texter@example.com' });
    expect(ok(await tell({ customer: { phone: '+966501112244' } })).contactId).toBe(texter.id);
  });

  it('gets no address by an order that a stranger may have placed, and nothing is recorded for it', async () => {
    const [email, phone] = ['victim@example.com', '+966501119999'];
    const mailed = await made(api, '/v1/contacts', { email });
    const texted = await made(api, '/v1/contacts', { phone });
    const more = { locale: 'en', marketing: { refusalOffered: true, refused: false } };
    const byEmail = ok(await tell({ ...person(email, { phone: '+966506666666' }), ...more }));
    expect(byEmail.contactId).toBe(mailed.id);
    expect(await get(`/v1/contacts/${mailed.id}`)).toMatchObject({ email, phone: null });
    expect((await statesOf(mailed.id)).filter(state => state.includes('sms'))).toEqual([]);

    const byPhone = ok(await tell({ ...person('attacker@evil.example', { phone }), ...more }));
    expect(byPhone.contactId).not.toBe(texted.id);
    expect(await get(`/v1/contacts/${texted.id}`)).toMatchObject({ email: null, phone, firstName: null });
    expect(await statesOf(texted.id)).toEqual([]);
    expect(await get(`/v1/contacts/${texted.id}/purchases`)).toMatchObject({ count: 0 });
    expect(await get(`/v1/contacts/${byPhone.contactId}`)).toMatchObject({
      ...{ email: 'attacker@evil.example', phone: null },
    });
    expect((await statesOf(byPhone.contactId)).filter(state => state.includes('sms'))).toEqual([]);
  });

  it('is each of several who share a phone, under their own email', async () => {
    const phone = '+966505555555';
    const ids: string[] = [];
    for (const name of ['sara', 'omar', 'huda', 'sara']) {
      ids.push(ok(await tell(person(`${name}@family.example`, { phone }))).contactId);
    }
    expect(new Set(ids).size).toBe(3);
    expect(ids[3]).toBe(ids[0]);
    expect(await get(`/v1/contacts/${ids[0]}/purchases`)).toMatchObject({ count: 2 });
    expect(await get(`/v1/contacts/${ids[1]}`)).toMatchObject({ email: 'omar@family.example', phone: null });
  });

  it('stays who they are when their address changes here and the shop goes on to tell the old one', async () => {
    const told = {
      externalId: 'moved-house',
      ...person('before-move@example.com', { phone: '+966501113355' }),
    };
    const { contactId } = ok(await tell(told));
    ok(await api.request('PATCH', `/v1/contacts/${contactId}`, { email: 'after-move@example.com' }));
    const fulfilledAt = '2026-11-20T12:00:00Z';
    expect(ok(await tell({ ...told, toldAt: fulfilledAt, fulfilledAt })).contactId).toBe(contactId);
    expect((await get('/v1/contacts?email=before-move@example.com')).items).toEqual([]);
    // Another order at that address is somebody's who has it now; and a mistake that the shop mends is no former address.
    const other = ok(await tell(person('before-move@example.com')));
    expect(other.contactId).not.toBe(contactId);
    const mended = ok(
      await tell({ ...told, ...person('right@example.com'), toldAt: '2026-11-20T13:00:00Z' }),
    );
    expect(await get(`/v1/contacts/${mended.contactId}`)).toMatchObject({ email: 'right@example.com' });
  });

  it('is nobody before they have bought, and whom the purchase names then, also where it is told late', async () => {
    const externalId = 'cart';
    const pending = { externalId, ...person('cart@example.com'), placedAt: null };
    const cart = ok(await tell({ ...pending, toldAt: '2026-11-20T10:00:00Z' }));
    expect(cart).toMatchObject({ contactId: null, isForgotten: false, placedAt: null });
    expect((await get('/v1/contacts?email=cart@example.com')).items).toEqual([]);
    const placed = ok(await tell({ ...pending, placedAt: '2026-11-20T09:00:00Z' }));
    expect(await get(`/v1/contacts/${placed.contactId}`)).toMatchObject({ email: 'cart@example.com' });
    const again = ok(await tell({ ...pending, toldAt: '2026-11-20T11:00:00Z' }));
    expect(again.contactId).toBe(placed.contactId);
  });

  it('of an email and a phone of two people is the email’s, and neither is changed into the other', async () => {
    const one = await made(api, '/v1/contacts', { email: 'one@example.com' });
    const two = await made(api, '/v1/contacts', { email: 'two@example.com', phone: '+966502223344' });
    const order = ok(await tell(person('one@example.com', { phone: '+966502223344' })));
    expect(order.contactId).toBe(one.id);
    expect((await get(`/v1/contacts/${one.id}`)).phone).toBeNull();
    expect((await get(`/v1/contacts/${two.id}`)).phone).toBe('+966502223344');
    // The phone that was told is not this person's: nothing is recorded for it, nor for an address nobody told.
    expect((await statesOf(one.id)).filter(state => state.includes('sms'))).toEqual([]);
    const third = ok(await tell(person('third@example.com', { phone: '+966502223344' })));
    expect([one.id, two.id]).not.toContain(third.contactId);
    expect((await statesOf(third.contactId)).filter(state => state.includes('sms'))).toEqual([]);
    expect(await statesOf(two.id)).toEqual([]);
  });

  it('stays whom they are when their address is put right here and the shop goes on with the old one', async () => {
    const externalId = 'corrected';
    const order = ok(await tell({ externalId, ...person('tpyo@example.com', { phone: '+966504445566' }) }));
    ok(await api.request('PATCH', `/v1/contacts/${order.contactId}`, { email: 'typo@example.com' }));
    const later = { externalId, toldAt: '2026-11-20T12:00:00Z', fulfilledAt: '2026-11-20T12:00:00Z' };
    const told = ok(await tell({ ...later, ...person('TPYO@example.com', { phone: '+966504445566' }) }));
    expect(told).toMatchObject({ contactId: order.contactId, fulfilledAt: '2026-11-20T12:00:00.000Z' });
    expect((await get('/v1/contacts?email=tpyo@example.com')).items).toEqual([]);
    // Another address is another word about whose it is.
    const other = ok(
      await tell({ ...later, toldAt: '2026-11-20T13:00:00Z', ...person('other@example.com') }),
    );
    expect(other.contactId).not.toBe(order.contactId);
    const back = ok(await tell({ ...later, toldAt: '2026-11-20T14:00:00Z', ...person('typo@example.com') }));
    expect(back.contactId).toBe(order.contactId);
    await api.request('DELETE', `/v1/contacts/${order.contactId}`);
    const [row] = await api.database.db.query(
      'SELECT told_email_hash AS email, told_phone_hash AS phone FROM shop_order WHERE external_id = $1',
      [externalId],
    );
    expect(row).toEqual({ email: null, phone: null });
  });

  it('is one person when many words of them come at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => tell(person('crowd@example.com', { phone: '+966503334455' }))),
    );
    expect(new Set(answers.map(answer => ok(answer).contactId)).size).toBe(1);
    expect(await get(`/v1/contacts/${answers[0]?.body.contactId}/purchases`)).toMatchObject({ count: 6 });
  });
});

describe('a purchase is a ground', () => {
  const offered = { refusalOffered: true, refused: false };

  it('for service once, and never over what the person took back', async () => {
    const order = ok(await tell(person('ground@example.com')));
    await made(api, '/v1/consents/withdrawals', {
      ...{ contactId: order.contactId, source: 'tests' },
      scope: { kind: 'topic', topicId: shop.serviceTopicId },
    });
    api.clock.advance(60_000);
    ok(await tell(person('ground@example.com')));
    ok(await tell({ ...person('ground@example.com'), placedAt: api.clock.now().toISOString() }));
    const { items } = await get(`/v1/contacts/${order.contactId}/consent-events`);
    expect(items.map((one: any) => [one.action, one.basis])).toEqual([
      ['granted', 'service'],
      ['granted', 'transactional'],
      ['withdrawn', null],
    ]);
  });

  it.each([
    ['nothing is told', {}, []],
    ['no refusal was offered', { marketing: { refusalOffered: false, refused: false } }, []],
    ['nobody says whether it was taken', { marketing: { refusalOffered: true } }, []],
    [
      'nothing with a category was bought',
      { marketing: offered, items: [{ name: 'x', quantity: 1, unitPrice: '1' }] },
      [],
    ],
    ['nobody can say in which language', { marketing: offered, locale: null }, []],
    ['it was offered and not taken', { marketing: offered, locale: 'ar' }, ['granted soft_opt_in']],
    [
      'a box was ticked',
      { marketing: { refusalOffered: false, ticked: [{ channel: 'email' }] }, locale: 'en' },
      ['granted express'],
    ],
    ['it was offered and taken', { marketing: { refusalOffered: true, refused: true } }, ['withdrawn ']],
  ])('for offers when %s', async (what, more, wanted) => {
    const order = ok(await tell({ ...person(`${what.replaceAll(/\W/g, '-')}@example.com`), ...more }));
    const states = await statesOf(order.contactId);
    const offers = states.filter(state => state.startsWith(shop.marketingTopicId));
    expect(offers).toEqual(wanted.map(state => `${shop.marketingTopicId} email ${state}`));
  });

  it('for no offers in a language that the order does not tell, whatever the customer likes to read', async () => {
    const who = await made(api, '/v1/contacts', { email: 'reads-english@example.com', locale: 'en' });
    ok(await tell({ ...person('reads-english@example.com', { locale: 'en' }), marketing: offered }));
    expect((await statesOf(who.id)).filter(state => state.startsWith(shop.marketingTopicId))).toEqual([]);
  });

  it('for nothing where the word says that it is off; a refusal at it stays said', async () => {
    const cancelledAt = '2026-11-20T09:00:00Z';
    const off = ok(
      await tell({ ...person('off@example.com'), cancelledAt, locale: 'en', marketing: offered }),
    );
    expect(await statesOf(off.contactId)).toEqual([]);
    const refused = { refusalOffered: true, refused: true };
    ok(await tell({ ...person('off@example.com'), cancelledAt, marketing: refused }));
    expect(await statesOf(off.contactId)).toEqual([`${shop.marketingTopicId} email withdrawn `]);
  });

  it('for no offers in words that the shop shows only since', async () => {
    const web = await addWebShop(api, 'generic', { refusalText: null, consentText: null });
    const settings = await get(`/v1/shops/${web.id}`);
    const { name, senderId, serviceTopicIds, marketingTopicId } = settings;
    const order = {
      ...{ externalId: 'before-the-text', shopId: web.id, locale: 'en', ...person('before@example.com') },
      marketing: { ...offered, ticked: [{ channel: 'email', at: '2026-11-20T09:00:00Z' }] },
    };
    const offers = async (id: string) =>
      (await statesOf(id)).filter(state => state.startsWith(web.marketingTopicId));
    const first = ok(await tell(order));
    const put = (more: Record<string, unknown>) =>
      api.request('PUT', `/v1/shops/${web.id}`, {
        ...{ name, senderId, serviceTopicIds, marketingTopicId, ...more },
      });
    const texts = { refusalText: { en: 'Written on Monday' }, consentText: { en: 'Ticked on Monday' } };
    expect(ok(await put(texts)).offersSince).toBe(api.clock.now().toISOString());
    api.clock.advance(60_000);
    // Another name is no other offer.
    expect(ok(await put({ ...texts, name: 'Renamed' })).offersSince).not.toBe(api.clock.now().toISOString());
    const more = {
      toldAt: '2026-11-20T10:00:00Z',
      marketing: { ...order.marketing, refusalText: 'Told with it' },
    };
    ok(await tell({ ...order, ...more }));
    expect(await offers(first.contactId)).toEqual([]);
    expect(settings.offersSince).toBe('2026-01-01T00:00:00.000Z');
    // What was said no to before counts all the same.
    ok(await tell({ ...order, externalId: 'no', marketing: { refusalOffered: true, refused: true } }));
    expect(await offers(first.contactId)).toEqual([`${web.marketingTopicId} email withdrawn `]);
    const now = api.clock.now().toISOString();
    const later = ok(
      await tell({
        ...order,
        ...person('after@example.com'),
        externalId: 'since',
        placedAt: now,
        toldAt: now,
      }),
    );
    expect(await offers(later.contactId)).toEqual([`${web.marketingTopicId} email granted soft_opt_in`]);
  });

  it('for nothing of a sender that the shop did not sell for then', async () => {
    const [web, other] = [await addWebShop(api), await addWebShop(api)];
    const { name } = await get(`/v1/shops/${web.id}`);
    const order = { shopId: web.id, externalId: 'another-seller', ...person('seller@example.com') };
    ok(
      await api.request('PUT', `/v1/shops/${web.id}`, {
        name,
        senderId: other.senderId,
        serviceTopicIds: [other.serviceTopicId],
      }),
    );
    const before = ok(await tell(order));
    expect(await statesOf(before.contactId)).toEqual([]);
    const now = api.clock.now().toISOString();
    ok(await tell({ ...order, externalId: 'this-seller', placedAt: now, toldAt: now }));
    expect(await statesOf(before.contactId)).toEqual([`${other.serviceTopicId} email granted service`]);
  });

  it('once in the ledger, however often it is told, also after the address changed and changed back', async () => {
    const web = await addWebShop(api);
    const order = (externalId: string, placedAt: string, category: string) => ({
      ...{
        shopId: web.id,
        externalId,
        locale: 'en',
        ...person('often@example.com'),
        placedAt,
        toldAt: placedAt,
      },
      items: [{ name: category, category, quantity: 1, unitPrice: '1.00' }],
      marketing: { ...offered, ticked: [] },
    });
    const later = order('often-2', '2026-11-20T10:00:00Z', 'shoes');
    const { contactId } = ok(await tell(later));
    ok(await tell(order('often-1', '2026-11-20T09:00:00Z', 'dates')));
    const soft = async () =>
      api.database.db.query(
        `SELECT since, categories FROM consent_state WHERE contact_id = $1 AND basis = 'soft_opt_in'`,
        [contactId.slice(4)],
      );
    // The newest stands, for what both were about.
    const both = [{ since: new Date('2026-11-20T10:00:00Z'), categories: ['dates', 'shoes'] }];
    expect(await soft()).toEqual(both);
    const ledger = async (): Promise<number> =>
      (await get(`/v1/contacts/${contactId}/consent-events?limit=200`)).items.filter(
        (one: any) => one.action === 'granted',
      ).length;
    const length = await ledger();
    const again = async (): Promise<void> => {
      for (let time = 0; time < 3; time++) {
        ok(await tell(later));
        ok(await tell(order('often-1', '2026-11-20T09:00:00Z', 'dates')));
      }
    };
    await again();
    expect([await ledger(), await soft()]).toEqual([length, both]);
    for (const email of ['moved@example.com', 'often@example.com'])
      ok(await api.request('PATCH', `/v1/contacts/${contactId}`, { email }));
    // The other order of the two was no ground for service yet, and is one now, once.
    await again();
    expect(await ledger()).toBe(length + 2);
    await again();
    expect(await ledger()).toBe(length + 2);
  });

  it('of a box that nobody knows when it was ticked, until a refusal, whichever is told first', async () => {
    const outcomes: unknown[] = [];
    for (const isTickFirst of [true, false]) {
      const who = person(`undated-${isTickFirst}@example.com`);
      const tick = {
        ...who,
        locale: 'en',
        marketing: { refusalOffered: false, ticked: [{ channel: 'email' }] },
      };
      const no = {
        ...who,
        placedAt: '2026-11-19T09:00:00Z',
        marketing: { refusalOffered: true, refused: true },
      };
      const [first, second] = isTickFirst ? [tick, no] : [no, tick];
      const { contactId } = ok(await tell(first));
      ok(await tell(second));
      outcomes.push((await statesOf(contactId)).filter(state => state.startsWith(shop.marketingTopicId)));
    }
    expect(outcomes).toEqual(Array(2).fill([`${shop.marketingTopicId} email withdrawn `]));
  });

  it('for no offers of a box whose words nobody knows', async () => {
    const silent = await addWebShop(api, 'generic', { consentText: null });
    const order = ok(
      await api.request('POST', '/v1/orders', {
        ...{ shopId: silent.id, ...orderBody(person('silent@example.com')), locale: 'en' },
        marketing: { refusalOffered: false, ticked: [{ channel: 'email', at: '2026-11-20T09:00:00Z' }] },
      }),
    );
    expect(
      (await statesOf(order.contactId)).filter(state => state.startsWith(silent.marketingTopicId)),
    ).toEqual([]);
  });

  it.each([
    ['the order tells', { locale: 'en', shop: 'ar', customer: 'ar' }, 'Yes, send me offers'],
    ['the shop alone speaks', { locale: null, shop: 'ar', customer: 'en' }, 'نعم، أرسلوا لي العروض'],
  ])('in the words of the language that %s', async (what, { locale, shop: spoken, customer }, textShown) => {
    const own = await addWebShop(api, 'generic', { locale: spoken });
    const order = ok(
      await api.request('POST', '/v1/orders', {
        ...{ shopId: own.id, ...orderBody(), locale },
        customer: { email: `${what.replaceAll(' ', '-')}@example.com`, locale: customer },
        marketing: { refusalOffered: false, ticked: [{ channel: 'email', at: '2026-11-20T09:00:00Z' }] },
      }),
    );
    const { items } = await get(`/v1/contacts/${order.contactId}/consent-events`);
    expect(items.find((one: any) => one.basis === 'express')).toMatchObject({
      ...{ textShown, locale: locale ?? spoken },
    });
    expect(await get(`/v1/contacts/${order.contactId}`)).toMatchObject({ locale: customer });
  });

  it('a refusal at a later purchase takes back what an earlier one was the ground for, but no consent since', async () => {
    const who = person('refuser@example.com');
    const order = ok(await tell({ ...who, marketing: offered, locale: 'en' }));
    const refusal = {
      ...{ ...who, externalId: 'refusal', placedAt: '2026-11-20T10:00:00Z', toldAt: '2026-11-20T10:00:00Z' },
      marketing: { refusalOffered: true, refused: true },
    };
    const offers = async () =>
      (await statesOf(order.contactId)).filter(state => state.startsWith(shop.marketingTopicId));
    ok(await tell(refusal));
    expect(await offers()).toEqual([`${shop.marketingTopicId} email withdrawn `]);
    await made(api, '/v1/consents', {
      ...{ contactId: order.contactId, channel: 'email', topicId: shop.marketingTopicId },
      ...{ textShown: 'Yes', source: 'tests' },
    });
    ok(await tell({ ...refusal, toldAt: '2026-11-20T11:00:00Z' }));
    expect(await offers()).toEqual([`${shop.marketingTopicId} email granted express`]);
  });
});

describe('somebody who is gone', () => {
  it.each([
    ['erased', 'POST', '/erasure', {}],
    ['deleted', 'DELETE', '', undefined],
  ])(
    '%s: their order stays without them, and what the shop still tells brings nobody back',
    async (what, method, path, body) => {
      const told = {
        ...person(`${what}@example.com`),
        number: '#7',
        url: 'https://shop.example/o/7',
        locale: 'en',
      };
      const order = ok(await tell({ externalId: what, ...told }));
      const contact = `/v1/contacts/${order.contactId}`;
      const answer = await api.request(method, contact + path, body);
      expect(answer.status).toBeLessThan(300);
      const later = ok(
        await tell({
          externalId: what,
          ...told,
          toldAt: '2026-11-20T12:00:00Z',
          fulfilledAt: '2026-11-20T12:00:00Z',
        }),
      );
      expect(later).toMatchObject({
        ...{ id: order.id, contactId: null, isForgotten: true, number: null, url: null, locale: null },
        ...{ fulfilledAt: '2026-11-20T12:00:00.000Z', total: { amount: '120.00' } },
      });
      expect((await api.request('GET', contact)).status).toBe(404);
      expect((await get(`/v1/contacts?email=${what}@example.com`)).items).toEqual([]);
    },
  );

  it('comes back by no older order either, and by a new one as whom they are then', async () => {
    const order = ok(await tell(person('old@example.com')));
    api.clock.advance(1000);
    ok(await api.request('POST', `/v1/contacts/${order.contactId}/erasure`, {}));
    const older = ok(await tell({ externalId: 'imported-history', ...person('old@example.com') }));
    expect(older).toMatchObject({ contactId: null, isForgotten: true });
    api.clock.advance(1000);
    const now = api.clock.now().toISOString();
    const newer = ok(await tell({ ...person('old@example.com'), placedAt: now, toldAt: now }));
    expect(newer.contactId).not.toBeNull();
    expect(newer.contactId).not.toBe(order.contactId);
  });

  it.each(['manual', 'carrier', 'none'])(
    'comes back by no older order whatever else bars the address (%s), or no longer does',
    async bar => {
      const phone = `+9665077700${bar.length}0`;
      const order = ok(await tell({ customer: { phone } }));
      const add = (reason: string) =>
        api.app.get(SuppressionsService, { strict: false }).add('sms', phone, null, reason as never, 'tests');
      if (bar !== 'none') await add(bar);
      api.clock.advance(1000);
      ok(await api.request('POST', `/v1/contacts/${order.contactId}/erasure`, {}));
      if (bar === 'none') {
        const { items } = await get(`/v1/suppressions?channel=sms&address=${encodeURIComponent(phone)}`);
        for (const { id } of items) ok(await api.request('DELETE', `/v1/suppressions/${id}?why=They+asked`));
      }
      const older = ok(await tell({ customer: { phone } }));
      expect(older).toMatchObject({ contactId: null, isForgotten: true });
    },
  );

  it('takes nobody along who shares their phone; what they erased is left out of it', async () => {
    const [mother, son] = ['mother@family.example', 'son@family.example'];
    const phone = '+966508880001';
    const { contactId } = ok(await tell(person(mother, { phone })));
    const told = { externalId: 'of-the-son', ...person(son, { phone }) };
    const order = ok(await tell(told));
    api.clock.advance(1000);
    ok(await api.request('POST', `/v1/contacts/${contactId}/erasure`, {}));
    const again = ok(await tell({ ...told, toldAt: '2026-11-20T12:00:00Z', number: '#9' }));
    expect(again).toMatchObject({ contactId: order.contactId, isForgotten: false });
    const daughter = ok(await tell(person('daughter@family.example', { phone })));
    expect(await get(`/v1/contacts/${daughter.contactId}`)).toMatchObject({ phone: null });
  });

  it('got all of it in their copy', async () => {
    const order = ok(await tell({ ...person('copy@example.com'), number: '#77' }));
    const contact = `/v1/contacts/${order.contactId}/export`;
    expect((await get(contact)).orders).toMatchObject([{ id: order.id, number: '#77' }]);
    for (const [locale, heading] of [
      ['en', 'What you bought'],
      ['ar', 'مشترياتك'],
    ]) {
      const { text } = await api.request('GET', `${contact}?format=html&locale=${locale}`);
      expect(text).toContain(heading);
      expect(text).toContain('Ajwa dates');
    }
  });
});

describe('recency, frequency and value', () => {
  it('are scored by fifths of the customers there are, until an operator sets bounds', async () => {
    const own = await testApi();
    try {
      const web = await addWebShop(own);
      const customers: string[] = [];
      for (let n = 1; n <= 5; n++) {
        for (let times = 0; times < n; times++) {
          const answer = await own.request('POST', '/v1/orders', {
            ...{
              shopId: web.id,
              ...orderBody(person(`fifth-${n}@example.com`)),
              externalId: `${n}-${times}`,
            },
            placedAt: `2026-11-${10 + n}T09:00:00Z`,
          });
          customers[n - 1] = ok(answer).contactId;
        }
      }
      const scores = async (): Promise<unknown[]> => {
        const all = [];
        for (const id of customers) {
          const { recency, frequency, value } = ok(
            await own.request('GET', `/v1/contacts/${id}/purchases`),
          ).scores;
          all.push([recency, frequency, value]);
        }
        return all;
      };
      expect(await scores()).toEqual(customers.map(() => [null, null, null]));
      await own.app.get(ScalePurchasesHandler, { strict: false }).handle();
      expect(await scores()).toEqual([1, 2, 3, 4, 5].map(n => [n, n, n]));
      const set = await own.request('PUT', '/v1/purchase-scale', {
        ...{ frequency: [2, 2, 2, 2], value: [{ currency: 'SAR', bounds: ['1', '2', '3', '600.00'] }] },
      });
      expect(ok(set)).toMatchObject({
        recency: { setBy: 'fifths' },
        frequency: { setBy: 'operator', bounds: [2, 2, 2, 2] },
        value: [{ currency: 'SAR', bounds: ['1.00', '2.00', '3.00', '600.00'], setBy: 'operator' }],
      });
      await own.app.get(ScalePurchasesHandler, { strict: false }).handle();
      expect(await scores()).toEqual([
        [1, 1, 4],
        [2, 5, 4],
        [3, 5, 4],
        [4, 5, 4],
        [5, 5, 5],
      ]);
      expect(ok(await own.request('PUT', '/v1/purchase-scale', {})).frequency.setBy).toBe('fifths');
      const wrong = await own.request('PUT', '/v1/purchase-scale', { frequency: [3, 2, 1, 0] });
      expect(wrong).toMatchObject({ status: 400, body: { errors: [{ path: 'frequency' }] } });
    } finally {
      await own.close();
    }
  });

  it('leave those who bought once, as most did, in the lowest fifth', async () => {
    await api.app.get(ScalePurchasesHandler, { strict: false }).handle();
    const order = ok(await tell(person('once@example.com')));
    const { count, scores } = await get(`/v1/contacts/${order.contactId}/purchases`);
    expect([count, scores.frequency]).toEqual([1, 1]);
  });
});

it('whatever order a shop’s words of two orders come in, and however often, the same orders, facts and consents come out', async () => {
  const minute = (at: number): string => `2026-11-20T09:${String(at).padStart(2, '0')}:00Z`;
  let stories = 0;
  type Word = (story: string) => Record<string, unknown>;
  const placed =
    (order: 'a' | 'b', at: number, category: string, more: Record<string, unknown> = {}): Word =>
    story => ({
      ...orderBody({
        externalId: `${story}-${order}`,
        ...person(`${story}@example.com`),
        toldAt: minute(at),
      }),
      ...{ placedAt: minute(order === 'a' ? 0 : 10), locale: 'en' },
      items: [{ name: category, category, quantity: at + 1, unitPrice: '10.00' }],
      total: { amount: `${10 * (at + 1)}.00`, currency: 'SAR' },
      marketing: { refusalOffered: true, refused: false },
      ...more,
    });
  const tick = (at?: string) => ({
    marketing: { refusalOffered: false, ticked: [{ channel: 'email', ...(at === undefined ? {} : { at }) }] },
  });
  const no = { marketing: { refusalOffered: true, refused: true } };
  const fact =
    (type: string, at: number, more = {}): Word =>
    story => ({
      ...{ type, externalId: `${story}-a`, at: minute(at) },
      ...more,
    });
  const words: Word[] = [
    ...[placed('a', 1, 'dates'), placed('a', 2, 'coffee'), placed('a', 2, 'tea')],
    placed('a', 4, 'dates', tick(minute(0))),
    ...[placed('b', 12, 'shoes'), placed('b', 13, 'socks'), placed('b', 14, 'shoes', { placedAt: null })],
    ...[
      placed('b', 15, 'shoes', no),
      placed('b', 16, 'shoes', tick()),
      placed('b', 17, 'shoes', tick(minute(11))),
    ],
    ...[
      fact('order.fulfilled', 3),
      fact('order.fulfilled', 5),
      fact('order.cancelled', 2),
      fact('order.cancelled', 6),
    ],
    ...[fact('order.refunded', 5, { refundId: 'a', withdrawn: true }), fact('order.refunded', 3)],
    fact('order.refunded', 4, { withdrawn: true }),
    fact('order.refunded', 4, { refundId: 'a', amount: '10.00' }),
    fact('order.refunded', 5, { refundId: 'b', amount: '5.00' }),
  ];
  const outcome = async (told: readonly Word[]): Promise<unknown> => {
    const story = `story-${++stories}`;
    const ids = new Set<string>();
    for (const word of told) {
      const body = word(story);
      const answer = await callOf(api, shop, 'type' in body ? body : { type: 'order.placed', ...body });
      ids.add(ok(answer).orderId);
    }
    const orders = [];
    const people = new Set<string>();
    for (const id of ids) {
      const {
        contactId,
        id: _id,
        createdAt: _c,
        updatedAt: _u,
        knownAt: _k,
        ...order
      } = await get(`/v1/orders/${id}`);
      orders.push({ ...order, externalId: order.externalId.slice(-1), hasContact: contactId !== null });
      if (contactId !== null) people.add(contactId);
    }
    orders.sort((a, b) => (a.externalId < b.externalId ? -1 : 1));
    expect(people.size).toBeLessThan(2);
    const [contactId] = people;
    if (contactId === undefined) return { orders };
    const { contactId: _, ...facts } = await get(`/v1/contacts/${contactId}/purchases`);
    // Of a soft opt-in also what it is for, and since when: the newest purchase's.
    const states = await api.database.db.query(
      `SELECT topic_id, channel, status, basis, categories, CASE basis WHEN 'soft_opt_in' THEN since END AS since
         FROM consent_state WHERE contact_id = $1 ORDER BY topic_id, channel`,
      [contactId.slice(4)],
    );
    return { orders, facts, states };
  };
  const story = fc
    .subarray(words, { minLength: 2 })
    .chain(all =>
      fc.tuple(
        fc.constant(all),
        fc.shuffledSubarray(all, { minLength: all.length }),
        fc.array(fc.constantFrom(...all), { maxLength: 3 }),
      ),
    );
  await fc.assert(
    fc.asyncProperty(story, async ([all, shuffled, again]) => {
      expect(await outcome([...shuffled, ...again])).toEqual(await outcome(all));
    }),
    { numRuns: 40 },
  );
});
