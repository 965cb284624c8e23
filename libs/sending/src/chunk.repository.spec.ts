import { type Database, PreparedStatements } from '#database';
import { sameDatabase, testDatabase, type TestDatabase } from '../../../test/factories/database.js';
import { AttemptRepository } from './attempt.repository.js';
import { ChunkRepository, type Lease } from './chunk.repository.js';
import { DispatchRepository } from './dispatch.repository.js';
import { type Settlement } from './settlement.js';

/** Chunks and their dispatch without anybody who sends: who gets which chunk, and when a dispatch is over. */
describe('the chunks of a dispatch', () => {
  let database: TestDatabase;
  let db: Database;
  let chunks: ChunkRepository;
  let dispatchId: number;

  beforeAll(async () => {
    database = await testDatabase();
    db = database.db;
    chunks = new ChunkRepository(db);
  });
  afterAll(() => database.close());
  beforeEach(async () => {
    await db.transaction(async () => {
      // A dispatch alone: what it refers to does not matter here.
      await db.query('SET LOCAL session_replication_role = replica');
      await db.query('DELETE FROM dispatch');
      await db.query('DELETE FROM chunk');
      const [row] = await db.query<{ id: number }>(
        `INSERT INTO dispatch (name, state, channel, message_class, sender_id, topic_id, template_version_id, audience,
                               product_categories, frozen, created_at)
         VALUES ('Test', 'running', 'email', 'marketing', 1, 1, 1, '{}', '{}', 3, now()) RETURNING id`,
      );
      dispatchId = row!.id;
    });
    await db.query(
      `INSERT INTO chunk (dispatch_id, lane, contact_ids, size, due_at)
       SELECT $1, 'other', ARRAY[n], 1, now() - interval '1 hour' FROM generate_series(1, 3) AS n`,
      [dispatchId],
    );
  });

  const claim = async (): Promise<Lease> => (await chunks.claim('a', 30, new Date())) as Lease;
  const stateOf = async (): Promise<string> =>
    (await db.queryOne<{ state: string }>('SELECT state FROM dispatch WHERE id = $1', [dispatchId]))!.state;

  it('that a worker died with is the next to be claimed, not the last', async () => {
    const { chunkId } = await claim();
    await db.query(`UPDATE chunk SET lease_until = now() - interval '1 second' WHERE id = $1`, [chunkId]);
    expect(await chunks.reap(new Date())).toBe(1);
    expect(await claim()).toMatchObject({ chunkId, generation: 2 });
  });

  it('are freed once, however many look for silent workers at the same instant', async () => {
    await claim();
    await claim();
    await db.query(`UPDATE chunk SET lease_until = now() - interval '1 second' WHERE state = 'leased'`);
    const freed = await Promise.all(Array.from({ length: 8 }, () => chunks.reap(new Date())));
    expect(freed.reduce((sum, n) => sum + n)).toBe(2);
  });

  it('leave nobody waiting in a finished dispatch, when a sleeper finds a message unsent as it is being finished', async () => {
    const lease = await claim();
    await db.query(`UPDATE chunk SET state = 'done', lease_owner = NULL WHERE dispatch_id = $1`, [
      dispatchId,
    ]);
    await db.query(
      `INSERT INTO message (dispatch_id, contact_id, state, attempt, chunk_id, lease_generation, allowed_at)
       VALUES ($1, $2, 'unknown', 1, $3, $4, now())`,
      [dispatchId, lease.contactIds[0], lease.chunkId, lease.generation],
    );
    const other = await sameDatabase(database);
    try {
      const retryAt = new Date(Date.now() + 30_000);
      const late: Settlement = {
        ...{ contactId: lease.contactIds[0] as number, attempt: 1, reason: 'TRY_LATER', retryAt },
        ...{ relay: null, providerMessageId: null, reply: null },
        state: 'deferred',
      };
      let finishing: Promise<number> = Promise.resolve(0);
      await db.transaction(async () => {
        await new AttemptRepository(db, new PreparedStatements(database.dataSource)).settleLate(
          lease,
          [late],
          new Date(),
        );
        let done = false;
        finishing = new DispatchRepository(other.db).finishDone(null, new Date());
        void finishing.then(() => (done = true));
        // It has seen the chunk done, and either is through or waits for us.
        while (!done && !(await isWaitedFor(other.db))) await new Promise(resolve => setTimeout(resolve, 5));
      });
      await finishing;
    } finally {
      await other.close();
    }
    expect(await stateOf()).toBe('running');
    const open = await db.query(`SELECT 1 FROM chunk WHERE dispatch_id = $1 AND state = 'pending'`, [
      dispatchId,
    ]);
    expect(open).toHaveLength(1);
  });

  const isWaitedFor = async (watching: Database): Promise<boolean> =>
    (
      await watching.query(
        `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
      )
    ).length > 0;
});
