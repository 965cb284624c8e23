import fc from 'fast-check';
import { type SpendOf, SmsSpendRepository } from '#sending';
import { sameDatabase, testDatabase, type TestDatabase } from '../factories/database.js';
import { until } from '../factories/system.js';

const MONTH = '2026-11';

type OfDispatch = SpendOf & { dispatchId: number };

/** What the two limits leave, as the statement decides it, in words. */
function greedy(left: { own: number; month: number }, costs: readonly number[]): boolean[] {
  return costs.map(cost => {
    if (cost > left.own || cost > left.month) return false;
    left.own -= cost;
    left.month -= cost;
    return true;
  });
}

describe('money for SMS', () => {
  let database: TestDatabase;
  let others: TestDatabase[];
  let spenders: SmsSpendRepository[];
  let spend: SmsSpendRepository;
  let senderId = 0;
  let dispatches: number[] = [];

  beforeAll(async () => {
    database = await testDatabase();
    others = await Promise.all([1, 2, 3].map(() => sameDatabase(database)));
    spenders = [database, ...others].map(({ db }) => new SmsSpendRepository(db));
    spend = spenders[0] as SmsSpendRepository;
    await database.db.query(
      `ALTER TABLE sms_spend ADD CONSTRAINT within CHECK (most IS NULL OR spent <= most)`,
    );
  });
  afterAll(async () => {
    await Promise.all(others.map(other => other.close()));
    await database.close();
  });
  beforeEach(async () => {
    const [sender] = await database.db.query<{ id: number }>(
      `INSERT INTO sender (key, time_zone, created_at, updated_at)
       VALUES ('shop-' || (SELECT count(*) FROM sender), 'Asia/Riyadh', now(), now()) RETURNING id`,
    );
    senderId = sender?.id as number;
    dispatches = [await addDispatch(), await addDispatch()];
  });

  async function addDispatch(): Promise<number> {
    const [row] = await database.db.query<{ id: number }>(
      `WITH topic AS (
         INSERT INTO topic (sender_id, key, name, created_at, updated_at)
         VALUES ($1, 'offers-' || (SELECT count(*) FROM topic), '{"en": "Offers"}', now(), now()) RETURNING id
       ), template AS (
         INSERT INTO template (name, channel, created_at, updated_at)
         VALUES ('Offer ' || (SELECT count(*) FROM template), 'sms', now(), now()) RETURNING id
       ), version AS (
         INSERT INTO template_version (template_id, number, default_locale, content, created_at)
         SELECT id, 1, 'en', '{}', now() FROM template RETURNING id
       )
       INSERT INTO dispatch (name, state, channel, message_class, sender_id, topic_id, template_version_id, audience, created_at)
       SELECT 'Offer', 'running', 'sms', 'marketing', $1, topic.id, version.id, 'null', now() FROM topic, version RETURNING id`,
      [senderId],
    );
    return row?.id as number;
  }

  const of = (at = 0, month = MONTH): OfDispatch => ({
    dispatchId: dispatches[at] as number,
    senderId,
    month,
  });
  const limit = async (own: number | null, monthly: number | null): Promise<void> => {
    for (const id of dispatches) await spend.setDispatch(id, own);
    await database.db.transaction(() => spend.setMonth(senderId, MONTH, monthly));
  };
  const reset = async (own: number | null, monthly: number | null): Promise<void> => {
    await database.db.query('DELETE FROM sms_spend WHERE sender_id = $1 OR dispatch_id = ANY($2::bigint[])', [
      senderId,
      dispatches,
    ]);
    await limit(own, monthly);
  };
  const spent = async (): Promise<{ own: number[]; month: number }> => ({
    own: [(await spend.ofDispatch(of(0).dispatchId)).spent, (await spend.ofDispatch(of(1).dispatchId)).spent],
    month: (await spend.ofMonth(senderId, MONTH)).spent,
  });

  it('is taken in order while it fits both limits, and a cheaper message may fit after a dearer one did not', async () => {
    await limit(100, 1000);
    expect(await spend.take(of(), [60, 50, 40, 1, 0])).toEqual({
      taken: [true, false, true, false, true],
      exhausted: 'campaign',
    });
    await limit(100_000, 150);
    expect(await spend.take(of(1), [51, 50, 1])).toEqual({ taken: [false, true, false], exhausted: 'month' });
    expect(await spent()).toEqual({ own: [100, 50], month: 150 });
  });

  it('is only added up where there is no limit, from the first message on', async () => {
    expect(await spend.take(of(), [5, 6])).toEqual({ taken: [true, true], exhausted: null });
    expect(await spend.ofDispatch(of().dispatchId)).toEqual({ most: null, spent: 11 });
    expect(await spend.ofMonth(senderId, MONTH)).toEqual({ most: null, spent: 11 });
  });

  it('follows the arithmetic in words, whatever the limits and costs', async () => {
    const most = fc.option(fc.integer({ min: 0, max: 300 }));
    const batch = fc.record({
      at: fc.integer({ min: 0, max: 1 }),
      costs: fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 20 }),
    });
    await fc.assert(
      fc.asyncProperty(most, most, fc.array(batch, { maxLength: 6 }), async (own, monthly, batches) => {
        await reset(own, monthly);
        const left = [own ?? Infinity, own ?? Infinity];
        let month = monthly ?? Infinity;
        for (const { at, costs } of batches) {
          const expected = { own: left[at] as number, month };
          const words = greedy(expected, costs);
          left[at] = expected.own;
          month = expected.month;
          const { taken, exhausted } = await spend.take(of(at), costs);
          expect(taken).toEqual(words);
          expect(exhausted === null).toBe(!words.includes(false));
        }
      }),
      { numRuns: 60 },
    );
  });

  const visits = fc.array(
    fc.record({
      at: fc.integer({ min: 0, max: 1 }),
      costs: fc.array(fc.integer({ min: 0, max: 5000 }), { minLength: 1, maxLength: 25 }),
    }),
    { minLength: 1, maxLength: 5 },
  );
  const limits = fc.record({
    own: fc.option(fc.integer({ min: 0, max: 100_000 })),
    monthly: fc.option(fc.integer({ min: 0, max: 150_000 })),
  });
  const four = fc.tuple(visits, visits, visits, visits);

  it('is spent to the last message that fits and never beyond, by four who take at the same time', async () => {
    await fc.assert(
      fc.asyncProperty(limits, four, async ({ own, monthly }, workers) => {
        await reset(own, monthly);
        const sums = [0, 0];
        const refused: { at: number; cost: number }[] = [];
        await Promise.all(
          workers.map(async (steps, who) => {
            for (const { at, costs } of steps) {
              const { taken } = await (spenders[who] as SmsSpendRepository).take(of(at), costs);
              costs.forEach((cost, n) => {
                if (taken[n]) sums[at] = (sums[at] as number) + cost;
                else refused.push({ at, cost });
              });
            }
          }),
        );
        const now = await spent();
        expect(now).toEqual({ own: sums, month: (sums[0] as number) + (sums[1] as number) });
        const left = (at: number): number =>
          Math.min((own ?? Infinity) - (now.own[at] as number), (monthly ?? Infinity) - now.month);
        expect(Math.min(left(0), left(1))).toBeGreaterThanOrEqual(0);
        for (const { at, cost } of refused) expect(cost).toBeGreaterThan(left(at));
      }),
      { numRuns: 40 },
    );
  });

  it('that is given back in between can be taken again, and every sum is still right', async () => {
    await fc.assert(
      fc.asyncProperty(limits, four, async ({ own, monthly }, workers) => {
        await reset(own, monthly);
        const sums = [0, 0];
        await Promise.all(
          workers.map(async (steps, who) => {
            const spender = spenders[who] as SmsSpendRepository;
            for (const { at, costs } of steps) {
              const { taken } = await spender.take(of(at), costs);
              const got = costs.filter((_, n) => taken[n]);
              const back = got.filter((_, n) => n % 2 === 0).reduce((sum, cost) => sum + cost, 0);
              await spender.giveBack(of(at), back);
              sums[at] = (sums[at] as number) + got.reduce((sum, cost) => sum + cost, 0) - back;
            }
          }),
        );
        const now = await spent();
        expect(now).toEqual({ own: sums, month: (sums[0] as number) + (sums[1] as number) });
        // What is left can still be had, all of it and not a millionth more.
        const left = Math.min((own ?? Infinity) - (sums[0] as number), (monthly ?? Infinity) - now.month);
        if (left !== Infinity)
          expect((await spend.take(of(0), [left + 1, left, 1])).taken).toEqual([false, true, false]);
      }),
      { numRuns: 40 },
    );
  });

  it('of a new month begins with the sender’s budget, also when that is being set this very moment', async () => {
    const other = spenders[1] as SmsSpendRepository;
    let take: Promise<unknown> = Promise.resolve();
    await database.db.transaction(async () => {
      await spend.setMonth(senderId, MONTH, 1000);
      let isOver = false;
      take = other.take(of(0, '2026-12'), [7]).finally(() => (isOver = true));
      await until(
        async () => isOver || (await isAnyoneWaiting()),
        holds => holds,
      );
    });
    await take;
    expect(await spend.ofMonth(senderId, '2026-12')).toEqual({ most: 1000, spent: 7 });
    expect(await spend.ofMonth(senderId, '2027-01')).toEqual({ most: 1000, spent: 0 });
    // The month under way, and one that a worker whose clock is ahead has begun.
    await database.db.transaction(() => spend.setMonth(senderId, MONTH, 500));
    expect(await spend.ofMonth(senderId, MONTH)).toEqual({ most: 500, spent: 0 });
    expect(await spend.ofMonth(senderId, '2026-12')).toEqual({ most: 500, spent: 7 });
  });

  async function isAnyoneWaiting(): Promise<boolean> {
    const row = await (others[2] as TestDatabase).db.queryOne<{ waits: boolean }>(
      `SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock') AS waits`,
    );
    return row?.waits ?? false;
  }

  it('beyond a limit that was lowered stays spent, and only what costs nothing goes', async () => {
    await database.db.query('ALTER TABLE sms_spend DROP CONSTRAINT within');
    await spend.take(of(), [90]);
    await limit(50, null);
    expect(await spend.take(of(), [1, 0])).toEqual({ taken: [false, true], exhausted: 'campaign' });
    expect(await spend.ofDispatch(of().dispatchId)).toEqual({ most: 50, spent: 90 });
  });

  it('is right to the millionth for twenty thousand messages of four at once, and it says how long that takes', async () => {
    const costs = Array.from({ length: 50 }, (_, n) => 45_000 + n);
    const each: number[] = [];
    await Promise.all(
      spenders.map(async spender => {
        for (let n = 0; n < 100; n++) {
          const begun = performance.now();
          await spender.take(of(), costs);
          each.push(performance.now() - begun);
        }
      }),
    );
    each.sort((a, b) => a - b);
    const alone = performance.now();
    for (let n = 0; n < 100; n++) await spend.take(of(), costs);
    const one = (performance.now() - alone) / 100;
    process.stdout.write(
      `50 costs: ${one.toFixed(2)} ms alone, ${(each[200] as number).toFixed(1)} ms in the middle with four at once\n`,
    );
    expect((await spend.ofMonth(senderId, MONTH)).spent).toBe(
      500 * costs.reduce((sum, cost) => sum + cost, 0),
    );
  });

  it('of a message of no dispatch is taken of the month alone', async () => {
    const alone: SpendOf = { dispatchId: null, senderId, month: '2027-03' };
    expect(await spend.take(alone, [40, 50])).toEqual({ taken: [true, true], exhausted: null });
    await spend.giveBack(alone, 40);
    expect(await spend.ofMonth(senderId, '2027-03')).toMatchObject({ spent: 50 });
    const { db } = database;
    expect(await db.query('SELECT 1 FROM sms_spend WHERE key IS NULL')).toEqual([]);
  });
});
