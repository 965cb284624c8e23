import { testDatabase, type TestDatabase } from '../../../../test/factories/database.js';
import { LaneEars } from './lane-ears.js';
import { LanePaceRepository } from './lane-pace.repository.js';
import { TokenBucketRepository } from './token-bucket.repository.js';

describe('workers that listen to a lane', () => {
  let database: TestDatabase;
  let buckets: TokenBucketRepository;
  let paces: LanePaceRepository;

  beforeAll(async () => {
    database = await testDatabase();
    buckets = new TokenBucketRepository(database.db);
    paces = new LanePaceRepository(database.db);
    await database.db.query(
      `INSERT INTO sender (key, from_email, time_zone, created_at, updated_at) VALUES ('one', 'news@one.example', 'UTC', now(), now())`,
    );
  });
  afterAll(() => database.close());

  const lane = { senderId: 1, lane: 'google' };
  const logger = { info: () => undefined, warn: () => undefined } as never;
  const ears = (): LaneEars => new LaneEars(paces, buckets, logger);
  const now = new Date();
  const hears = (worker: LaneEars, accepted: number): void => {
    for (let n = 0; n < accepted; n++)
      worker.hear('lane:1:google', lane, {
        state: 'accepted',
        relay: 'mx',
        providerMessageId: null,
        reply: '250',
      });
  };

  it('halve the speed of all of them, not that of the one that heard of trouble', async () => {
    const workers = [ears(), ears(), ears()] as const;
    for (const worker of workers) {
      hears(worker, 40);
      await worker.judge(() => null, now);
    }
    hears(workers[2], 39);
    const tooFast = { state: 'deferred', relay: 'mx', reply: '421 4.7.28 Unusual rate', code: 421 } as const;
    workers[2].hear('lane:1:google', lane, { ...tooFast, enhanced: '4.7.28' });
    expect(await workers[2].judge(() => null, now)).toBe(true);
    // 40 a second in each of two workers and 80 in the third.
    expect((await buckets.find({ scope: 'lane', ...lane }))?.rate).toBeCloseTo(80, -1);

    // Who rests, or has not been heard of for ten seconds, does not count.
    await workers[0].rest();
    const later = new Date(now.getTime() + 5000);
    expect(await paces.tell('another', [{ ...lane, perSecond: 1 }], later)).toMatchObject([
      { ...lane, perSecond: expect.closeTo(1 + 40 + 80, -1) },
    ]);
    const muchLater = new Date(now.getTime() + 20_000);
    expect(await paces.tell('fourth', [{ ...lane, perSecond: 1 }], muchLater)).toMatchObject([
      { perSecond: 1 },
    ]);
  });
});
