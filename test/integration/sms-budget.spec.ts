import { UnknownsService } from '#sending';
import { addPhones, addSmsShop, SMS_HOUR } from '../factories/sms-shop.js';
import {
  addCampaign,
  dispatchOf,
  expectBalanced,
  launch,
  progressOf,
  type Shop,
  testSystem,
  type TestSystem,
  until,
  untilState,
} from '../factories/system.js';

const WORKERS = 4;
const sms = { channel: 'sms' };

describe('a budget', () => {
  const systems: TestSystem[] = [];
  let system: TestSystem;
  let shop: Shop;

  beforeAll(async () => {
    const env = { SENDING_BATCH: '20', SENDING_RUNNERS: '2' };
    system = await testSystem('postgres', { env });
    systems.push(system);
    while (systems.length < WORKERS)
      systems.push(await testSystem('postgres', { env, database: system.database }));
    for (const { clock } of systems) clock.set(SMS_HOUR);
    const set = await system.request('PUT', '/v1/sms-prices', {
      currency: 'USD',
      prices: [{ country: null, from: null, price: '0.05' }],
    });
    expect(set.status).toBe(200);
  });
  afterAll(async () => {
    for (const one of systems.reverse()) await one.close();
  });
  beforeEach(async () => {
    for (const { phone } of systems) await phone.clear();
    shop = await addSmsShop(system);
  });

  const sent = (): number => systems.reduce((sum, { phone }) => sum + phone.list(5000).length, 0);
  const cost = async (campaign: string): Promise<Record<string, unknown>> =>
    (await system.request('GET', `/v1/campaigns/${campaign}/cost`)).body as Record<string, unknown>;

  it('stops at the last message it can pay, with four workers, and goes on once it is raised', async () => {
    await addPhones(system, shop, 1600);
    const campaign = await addCampaign(system, shop, { ...sms, budget: '61.72' });
    await launch(system, campaign);
    // 1,234 messages cost 61.70: two cents are left, and no message is as cheap.
    const stopped = await until(
      () => progressOf(system, campaign),
      ({ accepted, attempting, waiting }) =>
        accepted === 1234 && attempting === 0 && waiting.some(({ reason }) => reason === 'BUDGET'),
      100_000,
    );
    expectBalanced(stopped);
    expect(sent()).toBe(1234);
    const told = await cost(campaign);
    expect(told).toMatchObject({
      spent: '61.70',
      left: '0.02',
      budget: '61.72',
      messages: 1234,
      parts: 1234,
    });
    process.stdout.write(
      `budget 61.72, ${WORKERS} workers: ${sent()} messages, spent ${String(told['spent'])}, overrun 0\n`,
    );
    // Nothing more leaves by itself: everybody of whom nothing was refused waits as well.
    const held = await system.database.db.query<{ open: number }>(
      `SELECT count(*) AS open FROM chunk WHERE dispatch_id = $1 AND state <> 'done' AND due_at <= $2`,
      [await dispatchOf(system, campaign), SMS_HOUR],
    );
    expect(held).toEqual([{ open: 0 }]);

    const raised = await system.request('PATCH', `/v1/campaigns/${campaign}`, { budget: '200' });
    expect(raised.status).toBe(200);
    const progress = await untilState(system, campaign, 'finished');
    expect(progress).toMatchObject({ accepted: 1600, unknown: 0, rejected: 0 });
    expect(sent()).toBe(1600);
    expect(await cost(campaign)).toMatchObject({ spent: '80.00', left: '120.00' });
  });

  it('of a month holds for all campaigns of the sender together', async () => {
    await addPhones(system, shop, 200);
    const set = await system.request('PUT', `/v1/senders/${shop.senderId}/sms-budget`, { monthly: '10.00' });
    expect(set.status).toBe(200);
    const campaigns = [await addCampaign(system, shop, sms), await addCampaign(system, shop, sms)];
    for (const campaign of campaigns) await launch(system, campaign);
    const all = async (): Promise<number[]> =>
      Promise.all(campaigns.map(async campaign => (await progressOf(system, campaign)).accepted));
    await until(all, accepted => accepted.reduce((a, b) => a + b, 0) === 200);
    const month = await system.request('GET', `/v1/senders/${shop.senderId}/sms-budget`);
    expect(month.body).toMatchObject({ monthly: '10.00', spent: '10.00', left: '0.00' });
    expect(sent()).toBe(200);
  });

  it('lets nobody wait for somebody who is too dear, or whose price nobody knows', async () => {
    const prices = [
      { country: 'SA', from: null, price: '0.05' },
      { country: 'FR', from: null, price: '9.00' },
    ];
    await system.request('PUT', '/v1/sms-prices', { currency: 'USD', prices });
    // Those with the lowest numbers, who are asked first: one too dear, one without a price.
    await addPhones(system, shop, 1, { prefix: '+33640' });
    await addPhones(system, shop, 1, { prefix: '+44770' });
    await addPhones(system, shop, 60);
    for (const { clock } of systems) clock.advance(120_000);
    const campaign = await addCampaign(system, shop, { ...sms, budget: '5.00' });
    await launch(system, campaign);
    const progress = await until(
      () => progressOf(system, campaign),
      ({ accepted, deferred }) => accepted === 60 && deferred === 2,
    );
    expectBalanced(progress);
    expect(await cost(campaign)).toMatchObject({ spent: '3.00', left: '2.00' });
    await system.request('PUT', '/v1/sms-prices', {
      ...{ currency: 'USD', prices: [{ country: null, from: null, price: '0.05' }] },
    });
    for (const { clock } of systems) clock.set(SMS_HOUR);
  });

  it('is given back what was refused before it was sent', async () => {
    const [first] = await addPhones(system, shop, 2);
    // The stand-in refuses this number as Twilio does: it cannot take SMS.
    await system.database.db.query(
      `UPDATE contact SET phone = '+15005550009', time_zone = 'Asia/Riyadh' WHERE id = $1`,
      [first],
    );
    const campaign = await addCampaign(system, shop, { ...sms, budget: '0.05' });
    await launch(system, campaign);
    // The first is refused; the second found the budget taken, and waits.
    const settled = await until(
      () => progressOf(system, campaign),
      ({ rejected, deferred }) => rejected === 1 && deferred === 1,
    );
    expect(settled.waiting).toMatchObject([{ reason: 'BUDGET', count: 1 }]);
    await until(
      () => cost(campaign),
      ({ spent }) => spent === '0.00',
    );
    for (const { clock } of systems) clock.advance(11 * 60_000);
    await until(
      () => progressOf(system, campaign),
      ({ accepted }) => accepted === 1,
    );
    expect(await cost(campaign)).toMatchObject({ spent: '0.05', messages: 1 });
    for (const { clock } of systems) clock.set(SMS_HOUR);
  });

  it('has again what an operator says was not sent, and pays once more when it turns out that it was', async () => {
    await addPhones(system, shop, 2);
    const campaign = await addCampaign(system, shop, { ...sms, budget: '1.00' });
    await launch(system, campaign);
    await untilState(system, campaign, 'finished');
    const dispatchId = await dispatchOf(system, campaign);
    const { senderId } = shop;
    const spent = async (): Promise<unknown[]> => [
      (await cost(campaign))['spent'],
      (await cost(campaign))['settled'],
      (await system.request('GET', `/v1/senders/${senderId}/sms-budget`)).body.spent,
    ];
    expect(await spent()).toEqual(['0.10', '0.10', '0.10']);
    const [row] = await system.database.db.query<{ id: number }>(
      `UPDATE message SET state = 'unknown', reason = 'NO_ANSWER' WHERE dispatch_id = $1
          AND contact_id = (SELECT max(contact_id) FROM message WHERE dispatch_id = $1) RETURNING contact_id AS id`,
      [dispatchId],
    );
    const contactId = row?.id ?? 0;
    const path = `/v1/messages/msg_${dispatchId}_${contactId}/resolve`;
    const body = { as: 'not_sent', reason: 'Not in the log of Twilio.' };
    expect((await system.request('POST', path, body)).status).toBe(200);
    expect(await spent()).toEqual(['0.05', '0.05', '0.05']);
    expect((await system.request('POST', path, body)).status).toBe(409);
    expect((await spent())[0]).toBe('0.05');

    const evidence = { kind: 'delivered', occurredAt: system.clock.now(), source: 'twilio' } as const;
    const unknowns = system.app.get(UnknownsService, { strict: false });
    expect(await unknowns.resolve(dispatchId, contactId, evidence)).toBe(true);
    expect(await spent()).toEqual(['0.10', '0.10', '0.10']);
  });

  it('lets go of what waits for a price, too, of a campaign that never paid for anything', async () => {
    await system.request('PUT', '/v1/sms-prices', { currency: 'USD', prices: [] });
    // Workers keep prices for a minute.
    for (const { clock } of systems) clock.advance(120_000);
    try {
      await system.request('PUT', `/v1/senders/${shop.senderId}/sms-budget`, { monthly: '5' });
      await addPhones(system, shop, 3);
      const campaign = await addCampaign(system, shop, sms);
      await launch(system, campaign);
      await until(
        () => progressOf(system, campaign),
        ({ waiting }) => waiting.some(({ reason, count }) => reason === 'BUDGET' && count === 3),
      );
      const { waits } = (await system.request('GET', `/v1/campaigns/${campaign}/progress`)).body;
      expect(waits).toContainEqual(expect.objectContaining({ code: 'BUDGET' }));
      await system.request('PUT', `/v1/senders/${shop.senderId}/sms-budget`, { monthly: null });
      expect(await untilState(system, campaign, 'finished')).toMatchObject({ accepted: 3 });
    } finally {
      await system.request('PUT', '/v1/sms-prices', {
        ...{ currency: 'USD', prices: [{ country: null, from: null, price: '0.05' }] },
      });
      for (const { clock } of systems) clock.set(SMS_HOUR);
    }
  });
});
