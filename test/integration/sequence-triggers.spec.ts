import fc from 'fast-check';
import { addPeople, addShop, agree, type Shop, testSystem, type TestSystem } from '../factories/system.js';
import { bring, look, pass, pathOf, rest, startSequence, waysOf } from '../factories/sequences.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** What brings people in and what ends their way, as the database itself hears it: whoever writes it. */
describe('what a sequence hears', () => {
  let system: TestSystem;
  let shop: Shop;
  let shopId: number;
  let names = 0;

  beforeAll(async () => {
    system = await testSystem('postgres');
    shop = await addShop(system);
    const [row] = await system.database.db.query<{ id: number }>(
      `INSERT INTO shop (name, kind, sender_id, created_at, updated_at) VALUES ('Web', 'generic', $1, now(), now()) RETURNING id`,
      [shop.senderId.slice(4)],
    );
    shopId = row?.id as number;
  });
  afterAll(() => system.close());
  beforeEach(() => system.clock.set('2026-11-23T09:00:00Z'));

  const send = (id: string, more: Record<string, unknown> = {}) => ({
    ...{ id, type: 'send', topicId: shop.topicId, channel: 'email', templateId: shop.templateId },
    ...more,
  });
  const start = (trigger: unknown, steps: unknown[], more: Record<string, unknown> = {}) =>
    startSequence(system, `Hears ${++names}`, { trigger, ...more, steps });
  const person = async (): Promise<number> => (await addPeople(system, shop, 1))[0] as number;
  const wait = { id: 'wait', type: 'wait', for: 'P1D' };
  let orders = 0;
  const order = async (
    contactId: number | null,
    more: Record<string, string | null> = {},
  ): Promise<number> => {
    const now = system.clock.now().toISOString();
    const row = { placed_at: now, fulfilled_at: null, cancelled_at: null, refunded_at: null, ...more };
    const [made] = await system.database.db.query<{ id: number }>(
      `INSERT INTO shop_order (shop_id, external_id, contact_id, currency, total, categories, placed_at, fulfilled_at, cancelled_at,
                               refunded_at, told_at, created_at, updated_at)
       VALUES ($1, $2, $3, 'SAR', 100000000, '{shoes}', $4, $5, $6, $7, $8, $8, $8) RETURNING id`,
      [
        shopId,
        `o${++orders}`,
        contactId,
        row.placed_at,
        row.fulfilled_at,
        row.cancelled_at,
        row.refunded_at,
        now,
      ],
    );
    return made?.id as number;
  };
  const tell = (id: number, column: string, value: unknown = system.clock.now()): Promise<unknown> =>
    system.database.db.query(`UPDATE shop_order SET ${column} = $2, updated_at = $3 WHERE id = $1`, [
      ...[id, value, system.clock.now()],
    ]);
  const mailsTo = async (contactId: number): Promise<number> => {
    const [row] = await system.database.db.query<{ count: number }>(
      `SELECT count(*)::int AS count FROM message WHERE contact_id = $1 AND state = 'accepted'`,
      [contactId],
    );
    return row?.count ?? 0;
  };

  it('an order, once for each, and two at a time do not share a message', async () => {
    const id = await start({ on: 'order.placed' }, [send('thanks'), wait, send('review')], {
      reentry: 'per_order',
    });
    const contactId = await person();
    await order(contactId);
    await order(contactId);
    await rest(system);
    expect(await mailsTo(contactId)).toBe(2);
    await pass(system, DAY + HOUR, HOUR * 5);
    expect(await mailsTo(contactId)).toBe(4);
    expect(await waysOf(system, id, contactId)).toMatchObject([{ state: 'finished' }, { state: 'finished' }]);
    expect((await system.request('POST', `/v1/sequences/${id}/stop`)).status).toBe(200);
  });

  it('nothing of orders of long ago that are told today, nor of those that were given back by then', async () => {
    const id = await start({ on: 'order.placed' }, [wait], { reentry: 'per_order' });
    const [old, cancelled, stranger, recent] = (await addPeople(system, shop, 4)) as [
      number,
      number,
      number,
      number,
    ];
    await order(old, { placed_at: '2025-11-01T00:00:00Z' });
    await order(cancelled, { cancelled_at: '2026-11-23T08:00:00Z' });
    const later = await order(null);
    await order(recent, { placed_at: '2026-11-21T10:00:00Z' });
    await rest(system);
    for (const contactId of [old, cancelled, stranger])
      expect(await waysOf(system, id, contactId)).toEqual([]);
    expect(await waysOf(system, id, recent)).toMatchObject([{ state: 'finished' }]);
    await tell(later, 'contact_id', stranger);
    await rest(system);
    expect(await waysOf(system, id, stranger)).toHaveLength(1);
    expect((await system.request('POST', `/v1/sequences/${id}/stop`)).status).toBe(200);
  });

  it('that an order is given back: the rest of its way is not sent', async () => {
    const id = await start({ on: 'order.placed' }, [send('thanks'), wait, send('review')], {
      ...{ reentry: 'per_order', exit: { orderEnded: true } },
    });
    const contactId = await person();
    const first = await order(contactId);
    await order(contactId);
    await rest(system);
    await tell(first, 'refunded_at');
    expect(await waysOf(system, id, contactId)).toMatchObject([
      { state: 'left', reason: 'ORDER_ENDED' },
      { state: 'active' },
    ]);
    await pass(system, 2 * DAY, DAY);
    expect(await mailsTo(contactId)).toBe(3);
    expect((await system.request('POST', `/v1/sequences/${id}/stop`)).status).toBe(200);
  });

  it('that somebody buys, and lets them go in the same moment', async () => {
    const id = await start({ on: 'api' }, [send('attention'), wait, send('interest')], {
      exit: { purchase: true },
    });
    const [buys, looks] = (await addPeople(system, shop, 2)) as [number, number];
    await bring(system, id, [buys, looks]);
    await pass(system, HOUR);
    await order(buys);
    expect(await waysOf(system, id, buys)).toMatchObject([{ state: 'left', reason: 'PURCHASED' }]);
    await pass(system, 2 * DAY, DAY);
    expect([await mailsTo(buys), await mailsTo(looks)]).toEqual([1, 2]);
  });

  it('a fulfilment, and waits until what was bought is used up', async () => {
    const id = await start(
      { on: 'order.fulfilled' },
      [{ id: 'used-up', type: 'wait-for-replenishment', before: 'P3D' }, send('again')],
      { reentry: 'per_order' },
    );
    const [lasts, unknown] = (await addPeople(system, shop, 2)) as [number, number];
    const one = await order(lasts);
    const two = await order(unknown);
    await system.database.db.query(
      `INSERT INTO shop_order_item (order_id, seq, name, quantity, unit_price, replenish_days)
       VALUES ($1, 1, 'Coffee', 1, 100, 30), ($1, 2, 'Filters', 1, 100, 20), ($2, 1, 'Mill', 1, 100, NULL)`,
      [one, two],
    );
    await rest(system);
    expect(await waysOf(system, id, lasts)).toEqual([]);
    system.clock.advance(DAY);
    await tell(one, 'fulfilled_at');
    await tell(two, 'fulfilled_at');
    await rest(system);
    expect(await waysOf(system, id, lasts)).toMatchObject([{ lookAt: '2026-12-11T09:00:00.000Z' }]);
    expect(await waysOf(system, id, unknown)).toMatchObject([
      { state: 'left', reason: 'NOTHING_TO_WAIT_FOR' },
    ]);
    await tell(one, 'told_at');
    await rest(system);
    expect(await waysOf(system, id, lasts)).toHaveLength(1);
  });

  it('an event with the data it asks for', async () => {
    const id = await start(
      { on: 'event', name: 'cart.abandoned', data: { currency: 'SAR' } },
      [send('cart')],
      {
        reentry: { afterDays: 1 },
      },
    );
    const [saudi, british] = (await addPeople(system, shop, 2)) as [number, number];
    await system.database.db.query(
      `INSERT INTO person_event (contact_id, name, data, occurred_at, received_at)
       VALUES ($1, 'cart.abandoned', '{"currency":"SAR","total":5}', $3, $3), ($2, 'cart.abandoned', '{"currency":"GBP"}', $3, $3),
              ($2, 'cart.filled', '{"currency":"SAR"}', $3, $3)`,
      [saudi, british, system.clock.now()],
    );
    await rest(system);
    expect([await mailsTo(saudi), await mailsTo(british)]).toEqual([1, 0]);
    expect((await waysOf(system, id, saudi))[0]).toMatchObject({ state: 'finished' });
  });

  it('a consent that somebody gave themselves, not one that was imported', async () => {
    const topic = await system.request('POST', '/v1/topics', {
      ...{ senderId: shop.senderId, key: `welcome-${++names}`, name: { en: 'News', ar: 'أخبار' } },
    });
    const { id: topicId } = topic.body as { id: string };
    const id = await start({ on: 'consent.given', topicId }, [send('welcome', { topicId })]);
    const [asked, imported] = await addPeople(system, shop, 2, { consent: false });
    const given = await system.request('POST', '/v1/consents', {
      ...{ contactId: `con_${asked}`, channel: 'email', topicId, basis: 'express', method: 'checkbox' },
      ...{ source: 'https://shop.example/signup', textShown: 'Yes, write to me.' },
    });
    expect(given.status).toBe(201);
    await system.database.db.query(
      `INSERT INTO consent_event (contact_id, channel, sender_id, topic_id, action, basis, method, source, actor, occurred_at, recorded_at)
       VALUES ($1, 'email', $2, $3, 'granted', 'express', 'import', 'imp_1', 'tests', $4, $4)`,
      [imported, shop.senderId.slice(4), topicId.slice(4), system.clock.now()],
    );
    await rest(system);
    expect(await mailsTo(asked as number)).toBe(1);
    expect(await waysOf(system, id, imported as number)).toEqual([]);
  });

  it('who joins its segment and who leaves it, and not who was there before unless it says so', async () => {
    const rule = {
      combinator: 'and',
      rules: [{ field: 'contact.lastName', operator: '=', value: 'Haddad' }],
    };
    const { body } = await system.request('POST', '/v1/segments', { name: `Haddads ${++names}`, rule });
    const { id: segmentId } = body as { id: string };
    const [before, joins] = (await addPeople(system, shop, 2)) as [number, number];
    const name = (contactId: number, lastName: string): Promise<unknown> =>
      system.request('PATCH', `/v1/contacts/con_${contactId}`, { lastName });
    await name(before, 'Haddad');
    const later = await start({ on: 'segment.joined', segmentId }, [wait, send('one')], {
      exit: { leftSegment: true },
    });
    const present = await start({ on: 'segment.joined', segmentId, members: 'present' }, [wait]);
    const lookAgain = async (): Promise<void> => {
      system.clock.advance(6 * 60_000);
      for (const id of [later, present]) await look(system, id);
    };
    await lookAgain();
    await name(joins, 'Haddad');
    await lookAgain();
    expect(await waysOf(system, later, before)).toEqual([]);
    expect(await waysOf(system, later, joins)).toHaveLength(1);
    expect(await waysOf(system, present, before)).toHaveLength(1);
    await name(joins, 'Miller');
    await lookAgain();
    expect(await waysOf(system, later, joins)).toMatchObject([{ state: 'left', reason: 'LEFT_SEGMENT' }]);
    await pass(system, 2 * DAY, DAY);
    expect(await mailsTo(joins)).toBe(0);
  });

  it("somebody's day at its hour on their own clock, every year, and 29 February on the 28th", async () => {
    await system.request('POST', '/v1/attributes', { key: 'birthday', type: 'date' });
    system.clock.set('2027-02-26T12:00:00Z');
    const id = await start({ on: 'date', attribute: 'birthday', yearly: true, at: '08:00' }, [wait], {
      reentry: { afterDays: 300 },
    });
    const people = (await addPeople(system, shop, 4)) as [number, number, number, number];
    const days = ['1990-02-28', '1992-02-29', '1990-03-01', '1990-02-27'];
    const zones = ['Asia/Riyadh', 'Asia/Riyadh', 'Pacific/Kiritimati', 'America/New_York'];
    for (const [at, contactId] of people.entries())
      await system.request('PATCH', `/v1/contacts/con_${contactId}`, {
        ...{ attributes: { birthday: days[at] }, timeZone: zones[at] },
      });
    const entered = new Map<number, string>();
    for (let hour = 0; hour < 80; hour++) {
      system.clock.advance(HOUR);
      await look(system, id);
      for (const contactId of people)
        if (!entered.has(contactId) && (await waysOf(system, id, contactId)).length > 0)
          entered.set(contactId, system.clock.now().toISOString().slice(0, 16));
    }
    expect(people.map(contactId => entered.get(contactId))).toEqual([
      // 08:00 in Riyadh is 05:00; on Kiritimati 18:00 of the day before; in New York 13:00.
      ...['2027-02-28T05:00', '2027-02-28T05:00', '2027-02-28T18:00', '2027-02-27T13:00'],
    ]);
    for (const contactId of people) expect(await waysOf(system, id, contactId)).toHaveLength(1);
  });

  it('orders told in any order: the same people are on the same ways', async () => {
    const id = await start({ on: 'order.placed' }, [{ ...wait, for: 'P9D' }], {
      ...{ reentry: 'per_order', exit: { orderEnded: true } },
    });
    await fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray(['placed_at', 'fulfilled_at', 'contact_id', 'refunded_at', 'told_at'], {
          minLength: 2,
        }),
        async words => {
          const contactId = await person();
          const told = await order(null, { placed_at: null });
          for (const word of words)
            await tell(told, word, word === 'contact_id' ? contactId : system.clock.now());
          await rest(system);
          const ways = await waysOf(system, id, contactId);
          const isThere = words.includes('placed_at') && words.includes('contact_id');
          if (!isThere) expect(ways).toEqual([]);
          else if (words.includes('refunded_at'))
            expect(ways.filter(({ state }) => state === 'active')).toEqual([]);
          else expect(ways).toMatchObject([{ state: 'active' }]);
        },
      ),
      { numRuns: 25 },
    );
  });

  it('that a profile is deleted: nothing of their way is kept', async () => {
    const id = await start({ on: 'api' }, [wait, send('one')]);
    const contactId = await person();
    await bring(system, id, [contactId]);
    expect((await system.request('DELETE', `/v1/contacts/con_${contactId}`)).status).toBe(204);
    expect(await waysOf(system, id, contactId)).toEqual([]);
    await pass(system, 2 * DAY, DAY);
    const { body } = await system.request('GET', `/v1/sequences/${id}/places`);
    expect(body).toMatchObject({ onTheirWay: 0, finished: 0, left: 0 });
  });

  it('whom it may not write to is not written to, and goes on', async () => {
    const id = await start({ on: 'api' }, [send('one'), wait, send('two')]);
    const [contactId] = (await addPeople(system, shop, 1, { consent: false })) as [number];
    await bring(system, id, [contactId]);
    await agree(system, shop, [contactId]);
    await pass(system, DAY + HOUR, HOUR);
    const [way] = await waysOf(system, id, contactId);
    const path = await pathOf(system, way?.id ?? '');
    expect(path).toContain('one not_sent NO_CONSENT');
    expect(path).toContain('two sent');
  });
});
