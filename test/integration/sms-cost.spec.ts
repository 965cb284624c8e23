import { BudgetWaitsRepository, SmsPricesService, SmsSpendService } from '#sending';
import {
  addCampaign,
  addPeople,
  addShop,
  dispatchOf,
  launch,
  progressOf,
  type Shop,
  testSystem,
  type TestSystem,
} from '../factories/system.js';

const NOW = '2026-11-30T20:30:00.000Z';
const LATER = '2026-12-01T05:00:00.000Z';

describe('what SMS cost and may cost', () => {
  let system: TestSystem;
  let shop: Shop;
  let spend: SmsSpendService;

  beforeAll(async () => {
    system = await testSystem('postgres', { startWorker: false });
    spend = system.app.get(SmsSpendService, { strict: false });
  });
  afterAll(() => system.close());
  beforeEach(async () => {
    system.clock.set(NOW);
    shop = await addShop(system);
  });

  const senderRow = (): number => Number(shop.senderId.slice(4));
  const put = (path: string, body: unknown) => system.request('PUT', `/v1/${path}`, body);
  const get = async (path: string) => (await system.request('GET', `/v1/${path}`)).body;

  describe('prices', () => {
    const prices = [
      { country: null, from: null, price: '0.10' },
      { country: null, from: '+15005550006', price: '0.000001' },
      { country: 'SA', from: null, price: '0.045' },
      { country: 'SA', from: 'Shop', price: '0.00' },
    ];

    it('are read back as they were written, and only these are there', async () => {
      await put('sms-prices', { currency: 'USD', prices: [{ country: 'GB', price: '1' }] });
      const answer = await put('sms-prices', { currency: 'USD', prices: prices.toReversed() });
      expect([answer.status, answer.body]).toEqual([200, { currency: 'USD', prices }]);
      expect(await get('sms-prices')).toEqual({ currency: 'USD', prices });
      const [event] = await system.database.db.query(
        `SELECT detail FROM audit_event WHERE action = 'sms-prices.set' ORDER BY id DESC LIMIT 1`,
      );
      expect(event).toMatchObject({ detail: { currency: 'USD' } });
    });

    it('are known at once where they were set, and to others within a minute', async () => {
      const service = system.app.get(SmsPricesService, { strict: false });
      await put('sms-prices', { currency: 'USD', prices: [{ country: 'SA', price: '0.04' }] });
      expect((await service.now()).of('SA', 'Shop')).toBe(40_000);
      await put('sms-prices', { currency: 'USD', prices: [{ country: 'SA', price: '0.05' }] });
      expect((await service.now()).of('SA', 'Shop')).toBe(50_000);
      await system.database.db.query(`UPDATE sms_price SET micros = 60000 WHERE country = 'SA'`);
      expect((await service.now()).of('SA', 'Shop')).toBe(50_000);
      system.clock.set('2026-11-30T20:31:01Z');
      expect((await service.now()).of('SA', 'Shop')).toBe(60_000);
    });

    it('are all of one who sets them, when two do at once', async () => {
      const sets = [1, 2, 3, 4].map(n => ({
        currency: 'USD',
        prices: ['GB', 'SA', 'US'].map(country => ({ country, from: null, price: `0.0${n}` })),
      }));
      const answers = await Promise.all(sets.map(set => put('sms-prices', set)));
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
      expect(sets).toContainEqual(await get('sms-prices'));
    });

    const one = (more: unknown): unknown => ({ currency: 'USD', prices: [more] });
    it.each([
      ['another currency', 422, { currency: 'EUR', prices: [] }, 'currency', 'WRONG_CURRENCY'],
      [
        'a pair twice',
        422,
        { currency: 'USD', prices: [prices[2], prices[0], { country: 'SA', price: '9' }] },
        'prices.2',
        'REPEATED',
      ],
      ['a source that is none', 422, one({ from: '+', price: '1' }), 'prices.0.from', 'NOT_A_SOURCE'],
      ['less than nothing', 400, one({ price: '-0.01' }), 'prices.0.price', 'INVALID_FORMAT'],
      ['seven decimals', 400, one({ price: '0.0000001' }), 'prices.0.price', 'INVALID_FORMAT'],
      ['a float', 400, one({ price: 0.1 }), 'prices.0.price', 'INVALID_TYPE'],
      ['more than there is', 400, one({ price: '1234567890' }), 'prices.0.price', 'INVALID_FORMAT'],
      ['no currency', 400, { prices: [] }, 'currency', 'INVALID_TYPE'],
      [
        'a country that is none',
        400,
        one({ country: 'XX', price: '1' }),
        'prices.0.country',
        'INVALID_VALUE',
      ],
    ])('with %s are refused, and say where', async (_, status, body, path, code) => {
      const before = await get('sms-prices');
      const answer = await put('sms-prices', body);
      expect(answer.status).toBe(status);
      expect(answer.body.errors).toContainEqual(expect.objectContaining({ path, code }));
      expect(await get('sms-prices')).toEqual(before);
    });
  });

  describe('the budget of a sender', () => {
    const path = (): string => `senders/${shop.senderId}/sms-budget`;

    it('is of a month on its own clock, and holds for the one under way', async () => {
      await system.request('PATCH', `/v1/senders/${shop.senderId}`, { timeZone: 'Asia/Riyadh' });
      expect(await get(path())).toEqual({
        ...{ currency: 'USD', monthly: null, spent: '0.00', left: null, month: '2026-11' },
        timeZone: 'Asia/Riyadh',
      });
      const campaign = await addCampaign(system, shop);
      await launch(system, campaign);
      const account = spend.account(await dispatchOf(system, campaign), {
        id: senderRow(),
        timeZone: 'Asia/Riyadh',
      });
      await spend.take(account, [30_000_000]);
      const set = await put(path(), { monthly: '50' });
      expect([set.status, set.body]).toEqual([
        200,
        expect.objectContaining({ monthly: '50.00', spent: '30.00', left: '20.00' }),
      ]);
      expect(await spend.take(account, [20_000_001, 20_000_000])).toEqual({
        taken: [false, true],
        exhausted: 'month',
      });
      // Midnight in Riyadh.
      system.clock.set('2026-11-30T21:00:00Z');
      expect(await get(path())).toMatchObject({ month: '2026-12', spent: '0.00', left: '50.00' });
      // Lower than what was spent; read back as it was given, with its currency.
      system.clock.set(NOW);
      const lowered = await put(path(), { monthly: { amount: '10', currency: 'USD' } });
      expect(lowered.body).toMatchObject({ monthly: '10.00', spent: '50.00', left: '0.00' });
      expect((await put(path(), { monthly: null })).body).toMatchObject({ monthly: null, left: null });
    });

    it.each([
      ['another currency', 422, { monthly: { amount: '1', currency: 'EUR' } }, 'WRONG_CURRENCY'],
      ['a number', 400, { monthly: 5 }, 'VALIDATION_FAILED'],
      ['less than nothing', 400, { monthly: '-5' }, 'VALIDATION_FAILED'],
      ['seven decimals', 400, { monthly: '5.0000001' }, 'VALIDATION_FAILED'],
      ['nothing', 400, {}, 'VALIDATION_FAILED'],
    ])('of %s is refused, and nothing changes', async (_, status, body, code) => {
      await put(path(), { monthly: '7' });
      const answer = await put(path(), body);
      expect([answer.status, answer.body.code]).toEqual([status, code]);
      expect(await get(path())).toMatchObject({ monthly: '7.00' });
    });

    it('is there for senders that are, alone', async () => {
      for (const answer of [
        await system.request('GET', '/v1/senders/snd_999999/sms-budget'),
        await put('senders/snd_999999/sms-budget', { monthly: '1' }),
      ])
        expect([answer.status, answer.body.code]).toEqual([404, 'SENDER_NOT_FOUND']);
    });
  });

  describe('the budget of a campaign', () => {
    const patch = (campaign: string, body: unknown) =>
      system.request('PATCH', `/v1/campaigns/${campaign}`, body);

    it('is read with its currency, and may be written back as it was read', async () => {
      const campaign = await addCampaign(system, shop, { budget: '12.5' });
      const read = (await get(`campaigns/${campaign}`)).budget;
      expect(read).toEqual({ amount: '12.50', currency: 'USD' });
      const changed = await patch(campaign, { name: 'Other', budget: { ...read, amount: '13' } });
      expect(changed.body).toMatchObject({ name: 'Other', budget: { amount: '13.00', currency: 'USD' } });
      const refused = await patch(campaign, { name: 'Third', budget: { amount: '13', currency: 'SAR' } });
      expect([refused.status, refused.body.code]).toEqual([422, 'WRONG_CURRENCY']);
      expect(await get(`campaigns/${campaign}`)).toMatchObject({ name: 'Other' });
      expect((await patch(campaign, { budget: null })).body.budget).toBeNull();
    });

    it('begins with the launch, changes while it runs, and is over with it', async () => {
      const campaign = await addCampaign(system, shop, { budget: '2' });
      await launch(system, campaign);
      const dispatch = await dispatchOf(system, campaign);
      expect(await spend.of(dispatch)).toEqual({ most: 2_000_000, spent: 0 });
      const raised = await patch(campaign, { budget: '3' });
      expect([raised.status, raised.body.budget]).toEqual([200, { amount: '3.00', currency: 'USD' }]);
      expect(await spend.of(dispatch)).toEqual({ most: 3_000_000, spent: 0 });
      const both = await patch(campaign, { budget: '4', rate: { messages: 5, per: 'hour' } });
      expect(both.status).toBe(200);
      const more = await patch(campaign, { budget: '5', name: 'Too late' });
      expect([more.status, more.body.code]).toEqual([409, 'CAMPAIGN_STATE']);
      expect(await spend.of(dispatch)).toMatchObject({ most: 4_000_000 });
      await system.request('POST', `/v1/campaigns/${campaign}/cancel`);
      const late = await patch(campaign, { budget: '9' });
      expect([late.status, late.body.code]).toEqual([409, 'CAMPAIGN_STATE']);
    });

    it('without any price for what its SMS come from keeps it from being launched', async () => {
      await put('sms-prices', { currency: 'USD', prices: [{ country: 'GB', price: '0.05' }] });
      await put(`senders/${shop.senderId}/sms-sources`, { sources: [{ country: 'SA', from: 'Shop' }] });
      const campaign = await addCampaign(system, shop, { budget: '2' });
      await system.database.db.query(`UPDATE campaign SET channel = 'sms' WHERE id = $1`, [
        campaign.slice(4),
      ]);
      const codes = async (): Promise<string[]> => {
        const { body } = await system.request('POST', `/v1/campaigns/${campaign}/schedule`, {
          at: '2026-12-24T09:00:00Z',
        });
        await system.request('POST', `/v1/campaigns/${campaign}/unschedule`);
        return ((body.errors ?? []) as { code: string }[]).map(({ code }) => code);
      };
      expect(await codes()).toContain('SMS_PRICE_MISSING');
      await put('sms-prices', { currency: 'USD', prices: [{ country: 'SA', price: '0.05' }] });
      expect(await codes()).not.toContain('SMS_PRICE_MISSING');
      await put('sms-prices', { currency: 'USD', prices: [] });
      expect(await codes()).toContain('SMS_PRICE_MISSING');
      await patch(campaign, { budget: null });
      expect(await codes()).not.toContain('SMS_PRICE_MISSING');
    });
  });

  describe('what waits for money', () => {
    let campaign: string;
    let dispatch: number;
    /** Chunks by what they wait for. */
    let chunks: Record<'refused' | 'putOff' | 'hour' | 'retry', number>;

    beforeEach(async () => {
      const people = await addPeople(system, shop, 8);
      campaign = await addCampaign(system, shop, { budget: '1' });
      await launch(system, campaign);
      dispatch = await dispatchOf(system, campaign);
      const { db } = system.database;
      await db.query(
        `UPDATE dispatch SET state = 'running', channel = 'sms', frozen = 8, excluded = '{}', local_time = '2026-12-01T08:00',
                             past_hour = 'next_day' WHERE id = $1`,
        [dispatch],
      );
      const chunk = async (two: number[], due: string, generation: number): Promise<number> => {
        const [row] = await db.query<{ id: number }>(
          `INSERT INTO chunk (dispatch_id, lane, contact_ids, size, due_at, lease_generation)
           VALUES ($1, 'sms', $2, 2, $3, $4) RETURNING id`,
          [dispatch, two, due, generation],
        );
        return row?.id as number;
      };
      chunks = {
        refused: await chunk(people.slice(0, 2), LATER, 1),
        putOff: await chunk(people.slice(2, 4), NOW, 0),
        hour: await chunk(people.slice(4, 6), LATER, 0),
        retry: await chunk(people.slice(6), LATER, 1),
      };
      const message = (contact: number | undefined, reason: string, at: number): Promise<unknown> =>
        db.query(
          `INSERT INTO message (dispatch_id, contact_id, state, reason, attempt, chunk_id, lease_generation, law_pack,
                                allowed_at, retry_at)
           VALUES ($1, $2, 'deferred', $3, 1, $4, 1, 'SA@1', $5, $6)`,
          [dispatch, contact, reason, at, NOW, LATER],
        );
      await message(people[0], 'BUDGET', chunks.refused);
      await message(people[1], 'TRY_LATER', chunks.refused);
      await message(people[6], 'TRY_LATER', chunks.retry);
      await spend.take(
        { dispatchId: dispatch, senderId: senderRow(), month: '2026-11' },
        [400_000, 550_000, 60_000],
      );
    });

    const dues = async (): Promise<Record<string, string>> => {
      const rows = await system.database.db.query<{ id: number; due: Date }>(
        `SELECT id, due_at AS due FROM chunk WHERE dispatch_id = $1`,
        [dispatch],
      );
      return Object.fromEntries(
        Object.entries(chunks).map(([name, id]) => [
          name,
          rows.find(row => row.id === id)?.due.toISOString() ?? '',
        ]),
      );
    };
    const putOff = async (): Promise<void> => {
      const waits = system.app.get(BudgetWaitsRepository, { strict: false });
      await waits.putOff(dispatch, new Date(LATER), system.clock.now());
    };
    const retries = () =>
      system.database.db.query<{ reason: string; at: Date }>(
        `SELECT reason, retry_at AS at FROM message WHERE dispatch_id = $1 ORDER BY contact_id`,
        [dispatch],
      );
    const letGo = {
      chunks: { refused: NOW, putOff: NOW, hour: LATER, retry: LATER },
      messages: [
        { reason: 'BUDGET', at: new Date(NOW) },
        { reason: 'TRY_LATER', at: new Date(LATER) },
        { reason: 'TRY_LATER', at: new Date(LATER) },
      ],
    };

    it('waits together, but for those whose hour is still to come', async () => {
      await putOff();
      expect(await dues()).toEqual({ refused: LATER, putOff: LATER, hour: LATER, retry: LATER });
      // Had it been put off with the others, it would now come due at their hour and not at its own.
      await system.database.db.query(`UPDATE chunk SET due_at = $2 WHERE id = $1`, [
        chunks.hour,
        '2026-11-30T22:00:00Z',
      ]);
      await putOff();
      expect(await dues()).toMatchObject({ hour: '2026-11-30T22:00:00.000Z' });
    });

    it('goes on when the budget of the campaign is raised, and what waits for something else does not', async () => {
      await putOff();
      expect((await system.request('PATCH', `/v1/campaigns/${campaign}`, { budget: '2' })).status).toBe(200);
      expect(await dues()).toEqual(letGo.chunks);
      expect(await retries()).toEqual(letGo.messages);
    });

    it('goes on when the budget of the sender is raised', async () => {
      await putOff();
      expect((await put(`senders/${shop.senderId}/sms-budget`, { monthly: '100' })).status).toBe(200);
      expect(await dues()).toEqual(letGo.chunks);
      expect(await retries()).toEqual(letGo.messages);
    });

    it('says in the progress which limit holds it, how much of it is spent, and until when', async () => {
      await putOff();
      const waits = async () =>
        ((await progressOf(system, campaign)) as unknown as { waits: unknown[] }).waits;
      expect(await waits()).toEqual([
        {
          code: 'BUDGET',
          message: 'the campaign has spent 0.95 of 1.00 USD; what waits costs more than is left',
          until: null,
        },
      ]);
      await system.request('PATCH', `/v1/senders/${shop.senderId}`, { timeZone: 'Asia/Riyadh' });
      await put(`senders/${shop.senderId}/sms-budget`, { monthly: '0.96' });
      expect(await waits()).toEqual([
        {
          code: 'BUDGET',
          message:
            'the sender has spent 0.95 of 0.96 USD on SMS in 2026-11; what waits costs more than is left',
          until: '2026-11-30T21:00:00.000Z',
        },
      ]);
      const { waiting } = await progressOf(system, campaign);
      expect(waiting).toContainEqual(
        expect.objectContaining({
          reason: 'BUDGET',
          count: 1,
          words: {
            en: expect.stringMatching(/money for text messages is spent/),
            ar: expect.stringMatching(/ميزانية/),
          },
        }),
      );
      // Two wait for their hour; the two that were put off are not among them.
      await putOff();
      const ofHours = (await progressOf(system, campaign)).waiting.filter(
        ({ reason }) => reason === 'LOCAL_TIME',
      );
      expect(ofHours).toMatchObject([{ count: 2 }]);
    });

    it('is not said of a campaign that waits for nothing but an hour', async () => {
      await system.database.db.query(
        `UPDATE message SET reason = 'TRY_LATER' WHERE dispatch_id = $1 AND reason = 'BUDGET'`,
        [dispatch],
      );
      const { waits } = (await progressOf(system, campaign)) as unknown as { waits: unknown[] };
      expect(waits).toEqual([]);
    });
  });

  it('is told of a campaign before it is launched, while it runs, and when its messages are forgotten', async () => {
    const people = await addPeople(system, shop, 4);
    const bare = await system.request('POST', '/v1/campaigns', { name: 'Bare' });
    expect(await get(`campaigns/${bare.body.id}/cost`)).toEqual({
      ...{ currency: 'USD', spent: '0.00', budget: null, left: null, messages: 0, parts: 0, settled: '0.00' },
      month: null,
    });
    const campaign = await addCampaign(system, shop, { budget: '1' });
    expect(await get(`campaigns/${campaign}/cost`)).toMatchObject({ spent: '0.00', left: '1.00' });
    await launch(system, campaign);
    const dispatch = await dispatchOf(system, campaign);
    const states = ['accepted', 'unknown', 'rejected', 'accepted'];
    await system.database.db.query(
      `INSERT INTO message (dispatch_id, contact_id, state, attempt, chunk_id, lease_generation, law_pack, allowed_at,
                            channel, parts, cost)
       SELECT $1, id, state, 1, 1, 1, 'SA@1', $4, channel, parts, parts * 45000
         FROM unnest($2::bigint[], $3::text[], ARRAY['sms', 'sms', 'sms', 'email'], ARRAY[2, 1, 3, NULL]) AS m (id, state, channel, parts)`,
      [dispatch, people, states, NOW],
    );
    const account = { dispatchId: dispatch, senderId: senderRow(), month: '2026-11' };
    await spend.take(account, [90_000, 45_000, 135_000]);
    await spend.giveBack(account, 135_000);
    await put(`senders/${shop.senderId}/sms-budget`, { monthly: '100' });
    const cost = {
      ...{ currency: 'USD', spent: '0.135', budget: '1.00', left: '0.865' },
      ...{ messages: 2, parts: 3, settled: '0.135' },
      month: { month: '2026-11', timeZone: 'UTC', spent: '0.135', budget: '100.00', left: '99.865' },
    };
    expect(await get(`campaigns/${campaign}/cost`)).toEqual(cost);
    await system.database.db.query(
      'UPDATE dispatch_range SET dropped_at = now() WHERE from_id <= $1 AND to_id > $1',
      [dispatch],
    );
    expect(await get(`campaigns/${campaign}/cost`)).toEqual({
      ...cost,
      ...{ messages: null, parts: null, settled: null },
    });
    await system.database.db.query('UPDATE dispatch_range SET dropped_at = NULL');
  });
});
