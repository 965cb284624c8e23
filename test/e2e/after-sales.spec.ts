import { addSequence, pass, pathOf, rest, startSequence, waysOf } from '../factories/sequences.js';
import { addWebShop, orderOf, type WebShop } from '../factories/shop-orders.js';
import { queues, testSystem, type TestSystem } from '../factories/system.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** What happens after somebody buys, by itself: the shop's webhook, the steps over time, the mails that arrive. */
describe.each(queues)('after a purchase (queue on %s)', queue => {
  let system: TestSystem;
  let shop: WebShop;
  let service: string;
  let offer: string;
  let names = 0;

  beforeAll(async () => {
    system = await testSystem(queue);
    shop = await addWebShop(system);
    service = await template('Thanks', {
      en: {
        subject: 'Thank you, {{ contact.firstName }}',
        mjml: mjml('Your order is on its way. Reply and a person answers.'),
      },
    });
    offer = await template('More', {
      en: { subject: 'More shoes', mjml: mjml('New shoes, 20% off this week.') },
    });
  });
  afterAll(() => system.close());
  beforeEach(() => system.clock.set('2026-11-23T09:00:00Z'));
  // Each story is about one sequence: the next one's orders are none of its business.
  afterEach(async () => {
    const { body } = await system.request('GET', '/v1/sequences?limit=200');
    for (const { id, state } of (body as { items: { id: string; state: string }[] }).items)
      if (!['draft', 'stopped'].includes(state)) await system.request('POST', `/v1/sequences/${id}/stop`);
  });

  const mjml = (text: string): string =>
    `<mjml><mj-body><mj-section><mj-column><mj-text>${text}</mj-text></mj-column></mj-section></mj-body></mjml>`;
  const template = async (name: string, content: Record<string, unknown>): Promise<string> => {
    const answer = await system.request('POST', '/v1/templates', { name, content, defaultLocale: 'en' });
    expect(answer.status).toBe(201);
    return (answer.body as { id: string }).id;
  };
  const care = (id: string, more: Record<string, unknown> = {}) => ({
    ...{ id, type: 'send', topicId: shop.service, channel: 'email', templateId: service },
    ...more,
  });
  const sell = (id: string, more: Record<string, unknown> = {}) => ({
    ...{ id, type: 'send', topicId: shop.offers, channel: 'email', templateId: offer },
    ...more,
  });
  const wait = (id: string, time = 'P2D') => ({ id, type: 'wait', for: time });
  const afterSales = () => ({
    trigger: { on: 'order.placed', shopId: shop.id },
    reentry: 'per_order',
    exit: { orderEnded: true },
    steps: [
      care('thanks'),
      wait('two-days'),
      care('how-to'),
      wait('two-more'),
      sell('similar', { productCategories: ['shoes'] }),
    ],
  });
  const email = (): string => `buyer${++names}-${queue}@example.com`;
  const contactOf = async (address: string): Promise<number> => {
    const [row] = await system.database.db.query<{ id: number }>('SELECT id FROM contact WHERE email = $1', [
      address,
    ]);
    return row?.id as number;
  };
  const told = async (body: Record<string, unknown>): Promise<void> => {
    const answer = await shop.tell(body);
    if (answer.status !== 200) throw new Error(`${answer.status} ${answer.text}`);
  };
  const subjectsTo = async (address: string): Promise<string[]> =>
    (await system.inbox.list({ limit: 200 }))
      .filter(({ envelopeTo }) => envelopeTo.includes(address))
      .map(({ subject }) => subject)
      .reverse();

  it('a buyer without consent to offers gets service mails and nothing else', async () => {
    const id = await startSequence(system, `Service only ${++names}`, afterSales());
    const address = email();
    await told(orderOf(address, system.clock.now()));
    await pass(system, 5 * DAY, 12 * HOUR);
    expect(await subjectsTo(address)).toEqual(['Thank you, Layla', 'Thank you, Layla']);
    const [way] = await waysOf(system, id, await contactOf(address));
    expect(await pathOf(system, way?.id ?? '')).toContain('similar not_sent NO_CONSENT');
  });

  it('with a soft opt-in gets offers of similar products, and of nothing else', async () => {
    const definition = afterSales();
    const steps = [...definition.steps, wait('later'), sell('other', { productCategories: ['perfume'] })];
    const id = await startSequence(system, `Similar ${++names}`, { ...definition, steps });
    const address = email();
    await told(orderOf(address, system.clock.now(), { marketing: { refusalOffered: true, refused: false } }));
    await pass(system, 8 * DAY, 12 * HOUR);
    expect(await subjectsTo(address)).toEqual(['Thank you, Layla', 'Thank you, Layla', 'More shoes']);
    const [way] = await waysOf(system, id, await contactOf(address));
    const path = await pathOf(system, way?.id ?? '');
    expect(path).toContain('similar sent');
    expect(path).toContain('other not_sent NOT_SIMILAR');
  });

  it('leaves the launch at once when they buy, whatever waits', async () => {
    const id = await startSequence(system, `AIDA ${++names}`, {
      ...{ trigger: { on: 'api' }, exit: { purchase: true } },
      steps: [
        sell('attention'),
        wait('a'),
        sell('interest'),
        wait('b'),
        sell('desire'),
        wait('c'),
        sell('action'),
      ],
    });
    const address = email();
    await system.request('POST', '/v1/contacts', { email: address, firstName: 'Omar', country: 'GB' });
    const contactId = await contactOf(address);
    const agreed = await system.request('POST', '/v1/consents', {
      ...{
        contactId: `con_${contactId}`,
        channel: 'email',
        topicId: shop.offers,
        basis: 'express',
        method: 'checkbox',
      },
      ...{ source: 'https://shop.example', textShown: 'Yes, write to me.' },
    });
    expect(agreed.status).toBe(201);
    await system.request('POST', `/v1/sequences/${id}/enrolments`, { contactIds: [`con_${contactId}`] });
    await pass(system, 3 * DAY, 12 * HOUR);
    expect(await subjectsTo(address)).toHaveLength(2);
    await told(orderOf(address, system.clock.now()));
    expect(await waysOf(system, id, contactId)).toMatchObject([{ state: 'left', reason: 'PURCHASED' }]);
    await pass(system, 10 * DAY, DAY);
    expect(await subjectsTo(address)).toHaveLength(2);
  });

  it('who withdraws between two steps gets nothing more', async () => {
    const id = await startSequence(system, `Withdraws ${++names}`, afterSales());
    const address = email();
    await told(orderOf(address, system.clock.now()));
    await pass(system, DAY);
    const [newest] = (await system.inbox.list({ limit: 200 })).filter(({ envelopeTo }) =>
      envelopeTo.includes(address),
    );
    const mail = await system.inbox.get(newest?.id ?? '');
    const token = /\/u\/([^>]+)>/.exec(mail?.header('list-unsubscribe') ?? '')?.[1] ?? '';
    const gone = await fetch(`${system.url}/u/${token}`, {
      method: 'POST',
      body: 'List-Unsubscribe=One-Click',
    });
    expect(gone.status).toBe(200);
    const contactId = await contactOf(address);
    expect(await waysOf(system, id, contactId)).toMatchObject([{ state: 'left', reason: 'WITHDRAWN' }]);
    await pass(system, 8 * DAY, DAY);
    expect(await subjectsTo(address)).toHaveLength(1);
  });

  it('a refund ends what is left', async () => {
    const id = await startSequence(system, `Refund ${++names}`, afterSales());
    const address = email();
    const order = orderOf(address, system.clock.now());
    await told(order);
    await pass(system, DAY);
    await told({
      type: 'order.refunded',
      externalId: order['externalId'],
      at: system.clock.now().toISOString(),
    });
    await pass(system, 8 * DAY, DAY);
    expect(await subjectsTo(address)).toHaveLength(1);
    expect(await waysOf(system, id, await contactOf(address))).toMatchObject([
      { state: 'left', reason: 'ORDER_ENDED' },
    ]);
  });

  it('goes on by the definition they entered, whatever became of it since', async () => {
    const id = await startSequence(system, `Edited ${++names}`, afterSales());
    const [before, after] = [email(), email()];
    await told(orderOf(before, system.clock.now()));
    await rest(system);
    const edited = { ...afterSales(), steps: [care('only-thanks')] };
    expect((await system.request('PATCH', `/v1/sequences/${id}`, { definition: edited })).status).toBe(200);
    await told(orderOf(after, system.clock.now()));
    await pass(system, 5 * DAY, DAY);
    expect([(await subjectsTo(before)).length, (await subjectsTo(after)).length]).toEqual([2, 1]);
  });

  it('the same webhook three times is one order, one thanks', async () => {
    const id = await startSequence(system, `Thrice ${++names}`, afterSales());
    const address = email();
    const order = orderOf(address, system.clock.now());
    const answers = await Promise.all([1, 2, 3].map(() => shop.tell(order, 'msg_same')));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    await pass(system, HOUR);
    await told(order);
    await rest(system);
    expect(await subjectsTo(address)).toHaveLength(1);
    expect(await waysOf(system, id, await contactOf(address))).toHaveLength(1);
  });

  it('told in the wrong order, what is true in the end is what counts', async () => {
    const id = await startSequence(system, `Wrong order ${++names}`, afterSales());
    const [kept, returned] = [email(), email()];
    const at = (minutes: number): Date => new Date(system.clock.now().getTime() + minutes * 60_000 - HOUR);
    const good = orderOf(kept, at(0));
    const bad = orderOf(returned, at(0));
    await told({ type: 'order.fulfilled', externalId: good['externalId'], at: at(20).toISOString() });
    await told({ type: 'order.refunded', externalId: bad['externalId'], at: at(30).toISOString() });
    await told(bad);
    await told(good);
    await pass(system, HOUR);
    expect(await subjectsTo(kept)).toHaveLength(1);
    expect(await subjectsTo(returned)).toHaveLength(0);
    expect(await waysOf(system, id, await contactOf(returned))).toEqual([]);
  });

  it('after two days in which nobody worked it goes on in order and floods nobody', async () => {
    const definition = afterSales();
    const steps = [
      ...[care('thanks'), wait('d1', 'P1D'), care('hurry', { notLaterThan: 'PT6H' }), wait('d2', 'P1D')],
      ...[care('calm'), wait('d3', 'P1D'), care('last')],
    ];
    const id = await startSequence(system, `Outage ${++names}`, { ...definition, steps });
    const address = email();
    await told(orderOf(address, system.clock.now()));
    await rest(system);
    await system.worker.stop();
    system.clock.advance(3 * DAY);
    const next = await testSystem(queue, { database: system.database });
    try {
      next.clock.set(system.clock.now());
      await pass(next, HOUR);
      const contactId = await contactOf(address);
      const [way] = await waysOf(next, id, contactId);
      const path = (await pathOf(next, way?.id ?? '')).filter(move => /sent|too_late/.test(move));
      // One mail of two that came due; the one that was too late is named, the last waits its day.
      expect(path).toEqual(['thanks sent', 'hurry too_late', 'calm sent']);
      await pass(next, DAY, 6 * HOUR);
      expect(await waysOf(next, id, contactId)).toMatchObject([{ state: 'finished' }]);
    } finally {
      await next.close();
    }
  });

  it('nothing begins of an order whose sequence is a draft', async () => {
    const id = await addSequence(system, `Draft ${++names}`, afterSales());
    const address = email();
    await told(orderOf(address, system.clock.now()));
    expect(await waysOf(system, id, await contactOf(address))).toEqual([]);
  });
});
