import { SendDispatchHandler } from '#sending';
import { addPhones, addSmsShop } from '../factories/sms-shop.js';
import {
  addCampaign,
  dispatchOf,
  expectBalanced,
  launch,
  type Progress,
  progressOf,
  type Shop,
  testSystem,
  type TestSystem,
  until,
  untilState,
} from '../factories/system.js';

/** Ten in the evening of Riyadh, a Tuesday; Saudi hours are from 9 to 21. */
const NIGHT = '2026-11-24T19:00:00.000Z';
const OPENING = '2026-11-25T06:00:00.000Z';
const PEOPLE = 25;

describe('a campaign by SMS and the hours of its people', () => {
  let system: TestSystem;
  let shop: Shop;

  beforeAll(async () => {
    system = await testSystem('postgres');
  });
  afterAll(() => system.close());
  beforeEach(async () => {
    await system.phone.clear();
    system.clock.set(NIGHT);
    shop = await addSmsShop(system);
  });

  // Nothing of one test shall come due in another, whose clock is later.
  afterEach(async () => {
    for (const { id } of (await system.request('GET', '/v1/campaigns?limit=200')).body.items) {
      await system.request('POST', `/v1/campaigns/${id}/cancel`);
    }
  });

  const sweep = () => system.app.get(SendDispatchHandler, { strict: false }).sweep();
  const untilWaiting = (campaign: string, count: number): Promise<Progress> =>
    until(
      () => progressOf(system, campaign),
      progress => progress.deferred === count && progress.attempting === 0,
    );
  /** Everything that is due at this moment of the clock was looked at: a sweep has run, and nobody works any more. */
  const settledAt = async (at: string | Date): Promise<void> => {
    system.clock.set(at);
    for (let looks = 0; looks < 3; looks++) {
      await sweep();
      await until(
        () => system.database.db.query(`SELECT 1 FROM chunk WHERE state = 'leased'`),
        rows => rows.length === 0,
      );
    }
  };
  const launchUntil = async (campaign: string, notLaterThan: string): Promise<void> => {
    const { status } = await system.request('POST', `/v1/campaigns/${campaign}/launch`, { notLaterThan });
    expect(status).toBe(202);
  };

  it('that is launched at night waits until the very moment hours begin, and then reaches everybody once', async () => {
    await addPhones(system, shop, PEOPLE);
    const campaign = await addCampaign(system, shop, { channel: 'sms' });
    await launch(system, campaign);
    const waiting = await untilWaiting(campaign, PEOPLE);
    expect(waiting.waiting).toMatchObject([
      { reason: 'QUIET_HOURS', count: PEOPLE, from: OPENING, until: OPENING },
    ]);
    expectBalanced(waiting);

    await settledAt(new Date(Date.parse(OPENING) - 1));
    expect(system.phone.list()).toEqual([]);
    expect((await progressOf(system, campaign)).deferred).toBe(PEOPLE);

    system.clock.set(OPENING);
    await sweep();
    const progress = await untilState(system, campaign, 'finished');
    expect(progress).toMatchObject({ frozen: PEOPLE, accepted: PEOPLE, deferred: 0, unknown: 0 });
    expectBalanced(progress);
    const sent = system.phone.list(100).map(({ to }) => to);
    expect(sent).toHaveLength(PEOPLE);
    expect(new Set(sent).size).toBe(PEOPLE);
    const rows = await system.database.db.query(
      'SELECT DISTINCT attempt, allowed_at FROM message WHERE dispatch_id = $1',
      [await dispatchOf(system, campaign)],
    );
    expect(rows).toEqual([{ attempt: 1, allowed_at: new Date(OPENING) }]);
  });

  it('waits for each person’s own hours: by their phone’s area, their zone, their address', async () => {
    const facts: [opens: string, options: object][] = [
      ['2026-11-25T06:00:00.000Z', { prefix: '+96650' }],
      // A Saudi sender begins at 9 by every clock; the US too.
      ['2026-11-25T14:00:00.000Z', { prefix: '+1212' }],
      ['2026-11-25T17:00:00.000Z', { prefix: '+1415' }],
      ['2026-11-25T09:00:00.000Z', { prefix: '+1212', timeZone: 'Europe/London' }],
      ['2026-11-25T14:00:00.000Z', { prefix: '+1212', country: 'GB' }],
    ];
    const opens = new Map<number, string>();
    for (const [at, options] of facts) {
      const [id] = await addPhones(system, shop, 1, options);
      opens.set(id!, at);
    }
    // Half past eight in the evening of California, and of the others night.
    system.clock.set('2026-11-25T04:30:00Z');
    const campaign = await addCampaign(system, shop, { channel: 'sms' });
    await launch(system, campaign);
    await untilWaiting(campaign, facts.length);
    const rows = await system.database.db.query<{ id: number; at: Date }>(
      'SELECT contact_id AS id, retry_at AS at FROM message WHERE dispatch_id = $1',
      [await dispatchOf(system, campaign)],
    );
    expect(new Map(rows.map(({ id, at }) => [id, at.toISOString()]))).toEqual(opens);
    const moments = [...new Set(opens.values())].sort();
    for (const [nth, at] of moments.entries()) {
      const due = [...opens.values()].filter(one => moments.indexOf(one) <= nth).length;
      await settledAt(new Date(Date.parse(at) - 1));
      expect(system.phone.list()).toHaveLength(
        [...opens.values()].filter(one => moments.indexOf(one) < nth).length,
      );
      system.clock.set(at);
      await sweep();
      await until(
        () => progressOf(system, campaign),
        progress => progress.accepted === due,
      );
    }
    expectBalanced(await untilState(system, campaign, 'finished'));
    expect(system.phone.list()).toHaveLength(facts.length);
  });

  it('is never sent late: what waits when "not later than" passes is not sent any more, and numbers balance', async () => {
    await addPhones(system, shop, PEOPLE);
    const campaign = await addCampaign(system, shop, { channel: 'sms' });
    await launchUntil(campaign, '2026-11-25T05:00:00Z');
    expectBalanced(await untilWaiting(campaign, PEOPLE));
    await settledAt('2026-11-25T05:00:00.001Z');
    const progress = await untilState(system, campaign, 'expired');
    expect(progress).toMatchObject({ frozen: PEOPLE, accepted: 0, cancelled: PEOPLE, deferred: 0 });
    expectBalanced(progress);
    await settledAt(OPENING);
    await settledAt('2026-11-25T09:00:00Z');
    expect(system.phone.list()).toEqual([]);
    expect(await progressOf(system, campaign)).toMatchObject({ state: 'expired', cancelled: PEOPLE });
  });

  it.each<[at: string, notLaterThan: string | null, seconds: number | null]>([
    // Twelve hours are left at nine, longer than any provider keeps an SMS.
    ['2026-11-25T06:00:00Z', null, null],
    ['2026-11-25T08:00:00Z', null, 36_000],
    ['2026-11-25T07:59:59.999Z', null, null],
    ['2026-11-25T12:34:56.789Z', null, 19_503],
    ['2026-11-25T17:59:57.500Z', null, 2],
    ['2026-11-25T12:00:00Z', '2026-11-25T12:30:00.900Z', 1800],
    ['2026-11-25T06:00:00Z', '2026-11-25T07:00:00Z', 3600],
    ['2026-11-25T17:30:00Z', '2026-11-25T19:00:00Z', 1800],
    ['2026-11-25T12:00:00Z', '2026-11-25T12:00:02Z', 2],
  ])(
    'is given to the provider at %s, not later than %s, for %s seconds: never into quiet hours, never past it',
    async (at, notLaterThan, seconds) => {
      await addPhones(system, shop, 2);
      system.clock.set(at);
      const campaign = await addCampaign(system, shop, { channel: 'sms' });
      if (notLaterThan === null) await launch(system, campaign);
      else await launchUntil(campaign, notLaterThan);
      await untilState(system, campaign, 'finished');
      // As the request is written: a second less where that took its time.
      const given = system.phone.list().map(({ validSeconds }) => validSeconds);
      expect(given).toHaveLength(2);
      for (const one of given) expect(seconds === null ? [null] : [seconds, seconds - 1]).toContain(one);
      if (seconds === null) return;
      const closing = Date.parse('2026-11-25T18:00:00Z');
      const end = Math.min(closing, notLaterThan === null ? Infinity : Date.parse(notLaterThan));
      expect(Date.parse(at) + seconds * 1000).toBeLessThanOrEqual(end);
    },
  );

  it('is not begun in the last second of the hours, and goes out the next morning', async () => {
    await addPhones(system, shop, 3);
    system.clock.set('2026-11-25T17:59:59.500Z');
    const campaign = await addCampaign(system, shop, { channel: 'sms' });
    await launch(system, campaign);
    const held = await untilWaiting(campaign, 3);
    expect(held.waiting).toMatchObject([{ count: 3, from: '2026-11-25T18:00:00.001Z' }]);
    await settledAt('2026-11-25T18:00:00.001Z');
    const waiting = await untilWaiting(campaign, 3);
    expect(waiting.waiting).toMatchObject([{ reason: 'QUIET_HOURS', from: '2026-11-26T06:00:00.000Z' }]);
    expect(system.phone.list()).toEqual([]);
    system.clock.set('2026-11-26T06:00:00Z');
    await sweep();
    expect(await untilState(system, campaign, 'finished')).toMatchObject({ accepted: 3 });
  });

  it('about an order goes out at night', async () => {
    const orders = await addSmsShop(system, { topic: { purpose: 'transactional' } });
    await addPhones(system, orders, 2);
    const campaign = await addCampaign(system, orders, { channel: 'sms' });
    await launch(system, campaign);
    const { accepted } = await untilState(system, campaign, 'finished');
    expect(accepted).toBe(2);
    expect(system.phone.list().map(({ validSeconds }) => validSeconds)).toEqual([null, null]);
  });
});
