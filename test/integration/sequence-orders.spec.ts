import { addPeople, addShop, type Shop, testSystem, type TestSystem } from '../factories/system.js';
import { bring, pass, rest, startSequence, waysOf } from '../factories/sequences.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Whose order it is, and whose shop it was placed in: two businesses share an installation, and people. */
describe('an order', () => {
  let system: TestSystem;
  let ours: Shop;
  let theirs: Shop;
  let ourShop: number;
  let theirShop: number;
  let names = 0;

  beforeAll(async () => {
    system = await testSystem('postgres');
    ours = await addShop(system);
    theirs = await addShop(system);
    ourShop = await webShop(ours);
    theirShop = await webShop(theirs);
  });
  afterAll(() => system.close());
  beforeEach(() => system.clock.set('2026-11-23T09:00:00Z'));

  const webShop = async ({ senderId }: Shop): Promise<number> => {
    const [row] = await system.database.db.query<{ id: number }>(
      `INSERT INTO shop (name, kind, sender_id, created_at, updated_at) VALUES ($1, 'generic', $2, now(), now()) RETURNING id`,
      [`Web ${++names}`, senderId.slice(4)],
    );
    return row?.id as number;
  };
  const send = (id: string) => ({
    ...{ id, type: 'send', topicId: ours.topicId, channel: 'email', templateId: ours.templateId },
  });
  const wait = { id: 'wait', type: 'wait', for: 'P1D' };
  const start = (trigger: unknown, steps: unknown[], more: Record<string, unknown> = {}) =>
    startSequence(system, `Orders ${++names}`, { trigger, ...more, steps });
  const person = async (): Promise<number> => (await addPeople(system, ours, 1))[0] as number;
  const order = async (shopId: number, contactId: number, at = system.clock.now()): Promise<number> => {
    const [made] = await system.database.db.query<{ id: number }>(
      `INSERT INTO shop_order (shop_id, external_id, contact_id, currency, total, categories, placed_at, told_at, created_at, updated_at)
       VALUES ($1, $2, $3, 'SAR', 100000000, '{shoes}', $4, $5, $5, $5) RETURNING id`,
      [shopId, `s${++names}`, contactId, at, system.clock.now()],
    );
    return made?.id as number;
  };

  it("of another business brings nobody in, ends nobody's way, and is not what a step listens for", async () => {
    const placed = await start({ on: 'order.placed' }, [send('thanks')], { reentry: 'per_order' });
    const leaves = await start({ on: 'api' }, [send('attention'), wait, send('interest')], {
      exit: { purchase: true },
    });
    const listens = await start({ on: 'api' }, [
      send('offer'),
      { id: 'buys', type: 'listen', for: 'order', atMost: 'P2D', next: null, otherwise: 'nudge' },
      send('nudge'),
    ]);
    const contactId = await person();
    await bring(system, leaves, [contactId]);
    await bring(system, listens, [contactId]);
    await pass(system, HOUR);
    await order(theirShop, contactId);
    await rest(system);
    expect(await waysOf(system, placed, contactId)).toEqual([]);
    expect(await waysOf(system, leaves, contactId)).toMatchObject([{ state: 'active' }]);
    expect(await waysOf(system, listens, contactId)).toMatchObject([{ step: 'buys', phase: 'listening' }]);

    await order(ourShop, contactId);
    await rest(system);
    expect(await waysOf(system, placed, contactId)).toMatchObject([{ state: 'finished' }]);
    expect(await waysOf(system, leaves, contactId)).toMatchObject([{ state: 'left', reason: 'PURCHASED' }]);
    expect(await waysOf(system, listens, contactId)).toMatchObject([{ state: 'finished' }]);
  });

  it('of a shop of another business cannot be what a sequence listens to', async () => {
    const answer = await system.request('POST', '/v1/sequences', {
      name: 'Of others',
      definition: {
        ...{ trigger: { on: 'order.placed', shopId: `shp_${theirShop}` }, reentry: 'per_order' },
        steps: [send('thanks')],
      },
    });
    expect(answer).toMatchObject({
      status: 422,
      body: { errors: [{ path: 'trigger.shopId', code: 'SEVERAL_SENDERS' }] },
    });
  });

  it('that turns out to be somebody else’s: who it was thought to be of leaves, and whose it is enters', async () => {
    const id = await start({ on: 'order.placed' }, [send('thanks'), wait, send('review')], {
      reentry: 'per_order',
    });
    const [first, second] = (await addPeople(system, ours, 2)) as [number, number];
    const orderId = await order(ourShop, first);
    await rest(system);
    expect(await waysOf(system, id, first)).toMatchObject([{ state: 'active', step: 'wait' }]);
    await system.database.db.query('UPDATE shop_order SET contact_id = $2, updated_at = $3 WHERE id = $1', [
      ...[orderId, second, system.clock.now()],
    ]);
    await rest(system);
    expect(await waysOf(system, id, first)).toMatchObject([{ state: 'left', reason: 'ORDER_MOVED' }]);
    expect(await waysOf(system, id, second)).toMatchObject([{ state: 'active', step: 'wait' }]);
  });

  it('that moved while who it was thought to be of stood at the entrance brings in whose it is alone', async () => {
    const id = await start({ on: 'order.placed' }, [wait], { reentry: 'per_order' });
    await system.request('POST', `/v1/sequences/${id}/pause`);
    const [first, second] = (await addPeople(system, ours, 2)) as [number, number];
    const orderId = await order(ourShop, first);
    await system.database.db.query('UPDATE shop_order SET contact_id = $2, updated_at = $3 WHERE id = $1', [
      ...[orderId, second, system.clock.now()],
    ]);
    await system.request('POST', `/v1/sequences/${id}/start`);
    await rest(system);
    expect(await waysOf(system, id, first)).toEqual([]);
    expect(await waysOf(system, id, second)).toHaveLength(1);
  });

  it('in which somebody agreed does not keep them from being welcomed', async () => {
    const id = await start({ on: 'consent.given', topicId: ours.topicId }, [send('hello')], {
      exit: { purchase: true },
    });
    const contactId = await person();
    await order(ourShop, contactId);
    await system.request('POST', '/v1/consents', {
      ...{ contactId: `con_${contactId}`, channel: 'email', topicId: ours.topicId, basis: 'express' },
      ...{ method: 'checkbox', source: 'https://shop.example/checkout', textShown: 'Yes, write to me.' },
    });
    await rest(system);
    expect(await waysOf(system, id, contactId)).toMatchObject([{ state: 'finished' }]);
  });

  it('or an event is what people enter by where messages are about one: nobody is added without', async () => {
    const contactIds = [`con_${await person()}`];
    for (const trigger of [{ on: 'order.placed' }, { on: 'event', name: 'cart.abandoned' }]) {
      const id = await start(trigger, [send('about')], { reentry: 'never' });
      expect(await system.request('POST', `/v1/sequences/${id}/enrolments`, { contactIds })).toMatchObject({
        ...{ status: 409, body: { code: 'SEQUENCE_NEEDS_OCCASION' } },
      });
    }
  });

  it('is the newest of each one’s own in a dry run, and one that they have in a simulation', async () => {
    const id = await start(
      { on: 'order.placed' },
      [{ id: 'used-up', type: 'wait-for-replenishment', before: 'P5D' }, send('again')],
      { reentry: 'per_order' },
    );
    await system.request('POST', `/v1/sequences/${id}/pause`);
    const [soon, late, never] = (await addPeople(system, ours, 3, { domain: 'dry.example' })) as [
      number,
      number,
      number,
    ];
    const [before, newest] = [await order(ourShop, soon), await order(ourShop, soon)];
    const other = await order(ourShop, late);
    for (const [orderId, days] of [
      [before, 400],
      [newest, 20],
      [other, 60],
    ])
      await system.database.db.query(
        `INSERT INTO shop_order_item (order_id, seq, name, quantity, unit_price, replenish_days) VALUES ($1, 0, 'Tea', 1, 0, $2)`,
        [orderId, days],
      );
    const { body: segment } = await system.request('POST', '/v1/segments', {
      name: 'Dry',
      rule: {
        combinator: 'and',
        rules: [{ field: 'contact.emailDomain', operator: '=', value: 'dry.example' }],
      },
    });
    const dry = await system.request('POST', `/v1/sequences/${id}/dry-run`, {
      ...{ segmentId: segment.id, days: 30 },
    });
    expect(dry).toMatchObject({
      status: 200,
      body: {
        ...{ people: 3, turnedAway: 1 },
        places: [{ step: 'used-up', people: 1, contactIds: [`con_${late}`] }],
        ends: [{ reason: 'COMPLETED', people: 1, contactIds: [`con_${soon}`] }],
        messages: [{ step: 'again', people: 1, contactIds: [`con_${soon}`] }],
      },
    });

    const simulate = (more: Record<string, unknown>, contactId = soon) =>
      system.request('POST', `/v1/sequences/${id}/simulate`, { contactId: `con_${contactId}`, ...more });
    const sentAt = async (more: Record<string, unknown>): Promise<string[]> =>
      ((await simulate({ days: 500, ...more })).body.moves as { outcome: string; at: string }[])
        .filter(({ outcome }) => outcome === 'sent')
        .map(({ at }) => at.slice(0, 10));
    expect(await sentAt({})).toEqual(['2026-12-08']);
    expect(await sentAt({ orderId: `ord_${before}` })).toEqual(['2027-12-23']);
    expect((await simulate({}, never)).body).toMatchObject({ end: { reason: 'NOTHING_TO_WAIT_FOR' } });
    expect(await simulate({ orderId: `ord_${other}` })).toMatchObject({
      ...{ status: 404, body: { code: 'ORDER_NOT_FOUND' } },
    });
    expect(await simulate({ did: ['used-up'] })).toMatchObject({
      ...{ status: 422, body: { code: 'STEP_UNKNOWN', errors: [{ path: 'did' }] } },
    });
  });
});
