import { type Database } from '#database';
import { sameDatabase, testDatabase, type TestDatabase } from '../../../test/factories/database.js';
import { ChunkRepository, type Lease } from './chunk.repository.js';

/** What it costs to claim when many dispatches are open: a sequence makes one of each person. */
describe('a claim among many dispatches', () => {
  let database: TestDatabase;
  let db: Database;
  let chunks: ChunkRepository;

  beforeEach(async () => {
    database = await testDatabase();
    db = database.db;
    chunks = new ChunkRepository(db);
  });
  afterEach(() => database.close());

  /** So many dispatches with so many chunks each; what they refer to does not matter here. */
  async function open(dispatches: number, chunksOfEach: number): Promise<void> {
    await db.transaction(async () => {
      await db.query('SET LOCAL session_replication_role = replica');
      await db.query(
        `INSERT INTO dispatch (name, state, channel, message_class, sender_id, topic_id, template_version_id, audience,
                               product_categories, frozen, created_at)
         SELECT 'Test', 'running', 'email', 'marketing', 1, 1, 1, '{}', '{}', 3, now() FROM generate_series(1, $1::int)`,
        [dispatches],
      );
      await db.query(
        `INSERT INTO chunk (dispatch_id, lane, contact_ids, size, due_at)
         SELECT d.id, 'other', ARRAY[n], 1, now() - interval '1 hour' FROM dispatch d CROSS JOIN generate_series(1, $1::int) AS n`,
        [chunksOfEach],
      );
    });
    await db.query('ANALYZE dispatch, chunk');
  }
  const claim = (): Promise<Lease | null> => chunks.claim('a', 30, new Date());
  const limit = (dispatchId: number): Promise<unknown> =>
    db.query(
      `INSERT INTO token_bucket (key, scope, set_rate, tokens, refilled_at) VALUES ('dispatch:' || $1::text, 'dispatch', 0.0001, 0, now())`,
      [dispatchId],
    );
  const median = (times: number[]): number => times.sort((a, b) => a - b)[times.length >> 1] as number;

  it('locks the chunk that it takes and no other', async () => {
    await open(40, 3);
    const other = await sameDatabase(database);
    try {
      await db.transaction(async () => {
        await claim();
        const free = await other.db.query('SELECT 1 FROM chunk FOR UPDATE SKIP LOCKED');
        expect(free).toHaveLength(40 * 3 - 1);
      });
    } finally {
      await other.close();
    }
  });

  it('goes on to the next dispatch when what is next in turn is locked, limited or has nothing due', async () => {
    await open(4, 2);
    const ids = (await db.query<{ id: number }>('SELECT id FROM dispatch ORDER BY id')).map(({ id }) => id);
    const [locked, limited, later, free] = ids as [number, number, number, number];
    await limit(limited);
    await db.query(`UPDATE chunk SET due_at = now() + interval '1 hour' WHERE dispatch_id = $1`, [later]);
    const other = await sameDatabase(database);
    try {
      await other.db.transaction(async () => {
        await other.db.query('SELECT 1 FROM chunk WHERE dispatch_id = $1 FOR UPDATE', [locked]);
        expect(await claim()).toMatchObject({ dispatchId: free, paced: false });
        expect(await claim()).toMatchObject({ dispatchId: free });
        expect(await claim()).toBeNull();
      });
    } finally {
      await other.close();
    }
    expect(await claim()).toMatchObject({ dispatchId: locked });
  });

  it('takes of each in turn, of whoever has least in work', async () => {
    await open(3, 3);
    const turns: number[] = [];
    for (let lease = await claim(); lease; lease = await claim()) turns.push(lease.dispatchId);
    const [a, b, c] = [...new Set(turns)];
    expect(turns).toEqual([a, b, c, a, b, c, a, b, c]);
  });

  it.each([
    [2000, 1],
    [3, 700],
  ])('of %i dispatches with %i chunks each is measured', async (dispatches, each) => {
    await open(dispatches, each);
    const times: number[] = [];
    for (let n = 0; n < 100; n++) {
      const began = performance.now();
      const lease = await claim();
      times.push(performance.now() - began);
      await db.query(
        `UPDATE chunk SET state = 'done', lease_owner = NULL, lease_until = NULL WHERE id = $1`,
        [lease?.chunkId],
      );
    }
    const ms = median(times);
    process.stdout.write(`a claim among ${dispatches} dispatches of ${each} chunks: ${ms.toFixed(2)} ms\n`);
    expect(ms).toBeLessThan(1000);
  });

  it('of 2000 dispatches that are all limited is measured too', async () => {
    await open(2000, 1);
    await db.query(
      `INSERT INTO token_bucket (key, scope, sender_id, set_rate, tokens, refilled_at)
       SELECT 'dispatch:' || id, 'dispatch', NULL, 0.0001, 0, now() FROM dispatch`,
    );
    await db.query('ANALYZE token_bucket');
    const times: number[] = [];
    for (let n = 0; n < 10; n++) {
      const began = performance.now();
      expect(await claim()).toBeNull();
      times.push(performance.now() - began);
    }
    process.stdout.write(`a claim among 2000 dispatches, all limited: ${median(times).toFixed(2)} ms\n`);
  });
});
