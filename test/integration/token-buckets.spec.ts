import fc from 'fast-check';
import { TokenBucketRepository, type WarmUp, WarmUpRepository, warmUpToday } from '#sending';
import { testDatabase, type TestDatabase } from '../factories/database.js';
import { type Bucket, exchange } from '../factories/token-bucket-oracle.js';

const SECOND = 1000;
const start = Date.parse('2026-11-21T09:00:00Z');
const at = (seconds: number): Date => new Date(start + seconds * SECOND);

/** The buckets as PostgreSQL keeps them, against the arithmetic in words, and against many at once. */
describe('token buckets in PostgreSQL', () => {
  let database: TestDatabase;
  let buckets: TokenBucketRepository;
  let warmUps: WarmUpRepository;

  beforeAll(async () => {
    database = await testDatabase();
    buckets = new TokenBucketRepository(database.db);
    warmUps = new WarmUpRepository(database.db);
    await database.db.query(
      `INSERT INTO sender (key, from_email, time_zone, created_at, updated_at) VALUES
         ('riyadh', 'news@Mail.Example', 'Asia/Riyadh', now(), now()), ('york', 'news@york.example', 'America/New_York', now(), now())`,
    );
  });
  afterAll(() => database.close());
  beforeEach(() => database.db.query('TRUNCATE token_bucket, warm_up, warm_up_day'));

  const sender = { scope: 'sender', senderId: 1 } as const;
  const reset = (rate: number): Promise<unknown> =>
    database.db.query(
      `INSERT INTO token_bucket (key, scope, sender_id, set_rate, tokens, refilled_at) VALUES ('sender:1', 'sender', 1, $1, $2, $3)
       ON CONFLICT (key) DO UPDATE SET set_rate = $1, tokens = $2, refilled_at = $3, holders = '{}'`,
      [rate, Math.max(1, rate), at(0)],
    );

  it('follow the arithmetic in words, whoever comes when and wants or gives back what', async () => {
    const visit = fc.record({
      owner: fc.constantFrom('a', 'b', 'c'),
      // Milliseconds, as a Date keeps them.
      wait: fc.integer({ min: -500, max: 5000 }),
      want: fc.integer({ min: 0, max: 3000 }),
      back: fc.integer({ min: 0, max: 50 }),
    });
    const rates = fc.oneof(
      fc.double({ min: 0.01, max: 2, noNaN: true }),
      fc.double({ min: 2, max: 2000, noNaN: true }),
    );
    await fc.assert(
      fc.asyncProperty(rates, fc.array(visit, { minLength: 1, maxLength: 15 }), async (rate, visits) => {
        await reset(rate);
        let bucket: Bucket = { rate, tokens: Math.max(1, rate), refilledAt: start / SECOND, holders: {} };
        let now = 0;
        for (const { owner, wait, want, back } of visits) {
          now += wait / SECOND;
          const [answer] = await buckets.exchange(owner, [{ key: 'sender:1', back, want }], at(now));
          const expected = exchange(bucket, owner, back, want, at(now).getTime() / SECOND);
          bucket = expected.bucket;
          // A hair's breadth before a whole token either may round: then the other is a token behind.
          expect(Math.abs((answer?.granted ?? NaN) - expected.granted)).toBeLessThanOrEqual(1);
          bucket.tokens += expected.granted - (answer?.granted ?? 0);
          const [row] = await database.db.query<{ tokens: number }>('SELECT tokens FROM token_bucket');
          expect(row?.tokens).toBeCloseTo(bucket.tokens, 3);
        }
      }),
      { numRuns: 40 },
    );
  });

  it('give each token once, to however many come at the same moment', async () => {
    await reset(1000);
    await buckets.setRate({ scope: 'lane', senderId: 1, lane: 'google' }, { messages: 700, per: 'second' });
    const wishes = ['lane:1:google', 'sender:1'].map(key => ({ key, back: 0, want: 40 }));
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, n) =>
        buckets.exchange(`worker-${n}`, n % 2 ? wishes : wishes.toReversed(), at(0)),
      ),
    );
    const granted = (key: string): number =>
      answers.flat().reduce((sum, answer) => sum + (answer.key === key ? answer.granted : 0), 0);
    const left = await database.db.query<{ key: string; tokens: number }>(
      'SELECT key, tokens FROM token_bucket ORDER BY key',
    );
    expect(granted('sender:1') + (left.find(({ key }) => key === 'sender:1')?.tokens ?? 0)).toBe(1000);
    expect(granted('sender:1')).toBeGreaterThan(990);
    expect(granted('lane:1:google')).toBeLessThanOrEqual(701);
  });

  it('keep their tokens through a change of the rate, and forget a limit that is lifted', async () => {
    await buckets.setRate(sender, { messages: 500, per: 'hour' });
    expect(await buckets.find(sender)).toMatchObject({ messages: 500, per: 'hour', rate: 500 / 3600 });
    const now = new Date();
    expect(await buckets.exchange('a', [{ key: 'sender:1', back: 0, want: 9 }], now)).toMatchObject([
      { granted: 1 },
    ]);
    await buckets.setRate(sender, { messages: 1, per: 'second' });
    expect(await buckets.exchange('a', [{ key: 'sender:1', back: 0, want: 9 }], now)).toMatchObject([
      { granted: 0 },
    ]);
    await buckets.clearRate(sender);
    expect(await buckets.find(sender)).toBeNull();
    expect(await buckets.exchange('a', [{ key: 'sender:1', back: 0, want: 9 }], now)).toEqual([]);
  });

  it('slow a lane once, however many workers heard of it, and keep it slow when people lift their limit', async () => {
    const lane = { scope: 'lane', senderId: 1, lane: 'google' } as const;
    const slow = { rate: 5, peak: 10, since: 7, slowedAt: 7, changedAt: 7, reason: '421 4.7.28' };
    const tries = await Promise.all([1, 2, 3].map(() => buckets.setLaneSpeed(lane, null, slow, at(0))));
    expect(tries.filter(Boolean)).toHaveLength(1);
    await buckets.setRate(lane, { messages: 8, per: 'second' });
    expect(await buckets.find(lane)).toMatchObject({ rate: 5, slow });
    await buckets.clearRate(lane);
    expect(await buckets.find(lane)).toMatchObject({ rate: 5, messages: null });
    expect(await buckets.setLaneSpeed(lane, { ...slow, changedAt: 6 }, null, at(0))).toBe(false);
    expect(await buckets.setLaneSpeed(lane, slow, null, at(0))).toBe(true);
    expect(await buckets.find(lane)).toBeNull();
  });

  it('are gone when the limit people set and the slowness of the lane end in the same moment', async () => {
    const lane = { scope: 'lane', senderId: 1, lane: 'google' } as const;
    const slow = { rate: 5, peak: 10, since: 7, slowedAt: 7, changedAt: 7, reason: '421 4.7.28' };
    for (let round = 0; round < 25; round++) {
      await buckets.setRate(lane, { messages: 8, per: 'second' });
      await buckets.setLaneSpeed(lane, null, slow, at(0));
      await Promise.all([buckets.clearRate(lane), buckets.setLaneSpeed(lane, slow, null, at(0))]);
      expect(await buckets.find(lane)).toBeNull();
    }
  });

  describe('and the warm-up of a domain', () => {
    const read = async (domain: string, now: Date): Promise<WarmUp> =>
      (await warmUps.read([domain], now)).warmUps[0] as WarmUp;
    const today = async (domain: string, now: Date): Promise<NonNullable<ReturnType<typeof warmUpToday>>> =>
      warmUpToday(await read(domain, now), now) as NonNullable<ReturnType<typeof warmUpToday>>;

    it('counts exactly, however many take at the same moment', async () => {
      await warmUps.save('mail.example', 1, [200, 400], at(0));
      const day = await today('mail.example', at(0));
      const granted = await Promise.all(
        Array.from({ length: 50 }, () => warmUps.take('mail.example', day, 7, false, at(0))),
      );
      expect(granted.reduce((sum: number, n) => sum + (n ?? 0), 0)).toBe(200);
      await warmUps.giveBack('mail.example', day.day, 5);
      expect(await warmUps.take('mail.example', day, 7, false, at(0))).toBe(5);
      expect(await warmUps.take('mail.example', day, 3, true, at(0))).toBe(3);
      expect((await today('mail.example', at(0))).used).toBe(203);
    });

    it('begins a new day at midnight in Riyadh, with a higher ceiling', async () => {
      await warmUps.save('mail.example', 1, [200, 400], at(0));
      const evening = new Date('2026-11-21T20:59:59Z');
      const first = await today('mail.example', evening);
      expect(await warmUps.take('mail.example', first, 200, false, evening)).toBe(200);
      expect(await warmUps.take('mail.example', first, 1, false, evening)).toBe(0);
      const midnight = new Date('2026-11-21T21:00:00Z');
      // Who still believes in the day before gets nothing, and looks anew.
      expect(await warmUps.take('mail.example', first, 1, false, midnight)).toBeNull();
      const second = await today('mail.example', midnight);
      expect(second).toMatchObject({ day: '2026-11-22', step: 2, ceiling: 400, used: 0 });
      expect(await warmUps.take('mail.example', second, 500, false, midnight)).toBe(400);
    });

    it('has one day of 25 hours when clocks go back in New York', async () => {
      await warmUps.save('york.example', 2, [10, 20], at(0));
      const begin = new Date('2026-11-01T04:00:00Z');
      await warmUps.take('york.example', await today('york.example', begin), 10, false, begin);
      const hour24 = new Date('2026-11-02T04:30:00Z');
      expect(await today('york.example', hour24)).toMatchObject({ day: '2026-11-01', used: 10, ceiling: 10 });
      const hour25 = new Date('2026-11-02T05:00:00Z');
      expect(await today('york.example', hour25)).toMatchObject({ day: '2026-11-02', used: 0, ceiling: 20 });
    });

    it('survives a changed plan, and is gone when it is called off', async () => {
      await warmUps.save('mail.example', 1, [200], at(0));
      const day = await today('mail.example', at(0));
      await warmUps.take('mail.example', day, 150, false, at(0));
      await warmUps.save('mail.example', 1, [100], at(0));
      expect(await warmUps.take('mail.example', await today('mail.example', at(0)), 5, false, at(0))).toBe(0);
      await warmUps.delete('mail.example');
      expect(await warmUps.take('mail.example', day, 5, false, at(0))).toBeNull();
    });
  });
});
