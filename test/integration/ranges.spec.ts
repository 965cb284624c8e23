import { MessageRetention, MessagesService } from '#sending';
import { migrate } from '#database';
import { startSmtpSink, type SmtpSink } from '../factories/smtp-sink.js';
import {
  addCampaign,
  addPeople,
  addShop,
  expectBalanced,
  launch,
  progressOf,
  type Shop,
  testSystem,
  type TestSystem,
  untilState,
} from '../factories/system.js';
import { testDatabase } from '../factories/database.js';

/** The ledger of messages in ranges of dispatch numbers, and how a range is dropped when its time is up. */
describe('the ledger of messages', () => {
  let sink: SmtpSink;
  let system: TestSystem;
  let shop: Shop;

  beforeEach(async () => {
    sink = await startSmtpSink();
    system = await testSystem('postgres', {
      env: { SMTP_URL: sink.url, MESSAGE_RETENTION_MONTHS: '12' },
    });
    shop = await addShop(system);
  });
  afterEach(async () => {
    await system.close();
    await sink.close();
  });

  const sql = <Row = Record<string, unknown>>(text: string, parameters: unknown[] = []): Promise<Row[]> =>
    system.database.db.query<Row>(text, parameters);
  const ranges = (): Promise<{ from: number; begun: boolean; dropped: boolean }[]> =>
    sql(`SELECT from_id AS from, begun_at IS NOT NULL AS begun, dropped_at IS NOT NULL AS dropped
           FROM dispatch_range ORDER BY from_id`);
  const partitions = async (): Promise<string[]> =>
    (
      await sql<{ name: string }>(
        `SELECT relid::text AS name FROM pg_partition_tree('message') WHERE isleaf ORDER BY 1`,
      )
    ).map(row => row.name);
  const retention = (): MessageRetention => system.app.get(MessageRetention, { strict: false });
  const sent = async (): Promise<{ campaign: string; dispatchId: number }> => {
    const campaign = await addCampaign(system, shop);
    await launch(system, campaign);
    await untilState(system, campaign, 'finished');
    const [row] = await sql<{ id: number }>('SELECT dispatch_id AS id FROM campaign WHERE id = $1', [
      campaign.slice(4),
    ]);
    return { campaign, dispatchId: (row as { id: number }).id };
  };

  it('begins a range with each month that has dispatches, and always has one made ahead', async () => {
    expect(await ranges()).toEqual([
      { from: 0, begun: true, dropped: false },
      { from: 1_000_000, begun: false, dropped: false },
    ]);
    await addPeople(system, shop, 3);
    const november = await sent();
    await retention().run();
    expect(await ranges()).toHaveLength(2);
    system.clock.set('2026-12-01T00:10:00Z');
    await retention().run();
    await retention().run();
    const december = await sent();
    expect(november.dispatchId).toBeLessThan(1000);
    expect(december.dispatchId).toBe(1_000_000);
    expect(await ranges()).toEqual([
      { from: 0, begun: true, dropped: false },
      { from: 1_000_000, begun: true, dropped: false },
      { from: 2_000_000, begun: false, dropped: false },
    ]);
    const rows = await sql<{ name: string; n: number }>(
      'SELECT tableoid::regclass::text AS name, count(*) AS n FROM message GROUP BY 1 ORDER BY 1',
    );
    expect(rows).toEqual([
      { name: 'message_0', n: 3 },
      { name: 'message_1', n: 3 },
    ]);
    // A month without a dispatch has no range of its own.
    system.clock.set('2027-01-01T00:10:00Z');
    await retention().run();
    system.clock.set('2027-02-01T00:10:00Z');
    await retention().run();
    expect(await ranges()).toHaveLength(4);
  });

  it('makes the range of a dispatch whose number is beyond all of them, when nobody made it ahead', async () => {
    await sql(`SELECT setval('dispatch_id_seq', 1999998)`);
    await addPeople(system, shop, 2);
    const last = await sent();
    const beyond = await sent();
    expect([last.dispatchId, beyond.dispatchId]).toEqual([1_999_999, 2_000_000]);
    expect(await progressOf(system, beyond.campaign)).toMatchObject({ accepted: 2 });
    expect(await partitions()).toEqual(['message_0', 'message_1', 'message_2']);
  });

  it('lets everybody write while a range is made, and two who make one make one', async () => {
    const { db } = system.database;
    await db.transaction(async () => {
      await db.query('SELECT make_dispatch_ranges(2500000)');
      // On connections of their own, while the one above holds its locks.
      await system.database.dataSource.query(
        `INSERT INTO message (dispatch_id, contact_id, state, attempt, chunk_id, lease_generation, allowed_at)
         VALUES (1, 1, 'accepted', 1, 1, 1, now())`,
      );
      await system.database.dataSource.query(`UPDATE message SET state = 'unknown' WHERE dispatch_id = 1`);
    });
    await Promise.all(
      Array.from({ length: 4 }, () =>
        system.database.dataSource.query('SELECT make_dispatch_ranges(4500000)'),
      ),
    );
    expect((await ranges()).map(range => range.from)).toEqual([0, 1e6, 2e6, 3e6, 4e6]);
  });

  it('drops a range when all of it ended so long ago, and the numbers of its campaigns still balance', async () => {
    const people = await addPeople(system, shop, 20);
    await addPeople(system, shop, 2, { consent: false });
    sink.answer = () => 'accept';
    const old = await sent();
    const before = await progressOf(system, old.campaign);
    system.clock.set('2026-12-02T00:00:00Z');
    await retention().run();
    const young = await sent();

    await system.worker.stop();
    // Twelve months were asked for, but a law in force wants proofs kept for 72 after the last message.
    expect(await retention().months()).toBe(72);
    system.clock.set('2027-12-15T00:00:00Z');
    expect(await retention().run()).toEqual([]);
    system.clock.set('2032-11-20T00:00:00Z');
    expect(await retention().run()).toEqual([]);
    system.clock.set('2032-11-23T00:00:00Z');
    expect(await retention().run()).toEqual([{ from: 0, to: 1_000_000 }]);
    expect(await retention().run()).toEqual([]);

    expect(await partitions()).not.toContain('message_0');
    expect(await sql('SELECT 1 FROM message WHERE dispatch_id = $1', [old.dispatchId])).toEqual([]);
    expect(await sql('SELECT 1 FROM chunk WHERE dispatch_id = $1', [old.dispatchId])).toEqual([]);
    expect(await sql('SELECT 1 FROM message WHERE dispatch_id = $1', [young.dispatchId])).not.toEqual([]);
    const after = await progressOf(system, old.campaign);
    expect(after).toEqual(before);
    expect(after).toMatchObject({ accepted: 20, excluded: { NO_CONSENT: 2 } });
    expectBalanced(after);

    const gone = await system.request('GET', `/v1/messages/msg_${old.dispatchId}_${people[0]}/why`);
    expect([gone.status, gone.body.code]).toEqual([404, 'MESSAGE_FORGOTTEN']);
    const never = await system.request('GET', `/v1/messages/msg_${young.dispatchId}_999999/why`);
    expect([never.status, never.body.code]).toEqual([404, 'MESSAGE_NOT_FOUND']);
    // The ledger of consent is another thing, with a chain and a retention of its own.
    expect((await system.request('GET', '/v1/ledger/verification')).body).toMatchObject({ intact: true });
    expect(await sql('SELECT count(*) AS n FROM consent_event')).toEqual([{ n: 20 }]);
  });

  it('keeps a range one of whose dispatches is paused or runs, however old', async () => {
    await addPeople(system, shop, 3);
    const { dispatchId } = await sent();
    system.clock.set('2026-12-02T00:00:00Z');
    await retention().run();
    await sent();
    await sql(`UPDATE dispatch SET state = 'paused', ended_at = NULL WHERE id = $1`, [dispatchId]);
    // The worker's own hourly look would drop it before the test does.
    await system.worker.stop();
    system.clock.set('2040-01-01T00:00:00Z');
    expect(await retention().run()).toEqual([{ from: 1_000_000, to: 2_000_000 }]);
    await sql(`UPDATE dispatch SET state = 'cancelled', ended_at = '2026-12-02' WHERE id = $1`, [dispatchId]);
    expect(await retention().run()).toEqual([{ from: 0, to: 1_000_000 }]);
  });

  it('waits for whoever reads it, gives up soon, and drops the range another time', async () => {
    await addPeople(system, shop, 3);
    const { campaign } = await sent();
    system.clock.set('2026-12-02T00:00:00Z');
    await retention().run();
    await sent();
    // The worker's own hourly look would drop it before the test does.
    await system.worker.stop();
    system.clock.set('2040-01-01T00:00:00Z');
    const reader = system.database.dataSource.createQueryRunner();
    await reader.startTransaction();
    await reader.query('SELECT count(*) FROM message');
    expect(await retention().run()).toEqual([]);
    expect((await ranges())[0]).toMatchObject({ dropped: false });
    // What was counted for the day it goes is not counted twice while it is there.
    expect(await sql(`SELECT count FROM message_tally`)).toEqual([{ count: 3 }]);
    // Until another time it becomes known that none of them was what it was taken for.
    await sql(`UPDATE message SET state = 'unknown', reason = 'NO_ANSWER' WHERE state = 'accepted'`);
    const before = await progressOf(system, campaign);
    await reader.rollbackTransaction();
    await reader.release();
    expect(await retention().run()).toHaveLength(2);
    const after = await progressOf(system, campaign);
    expect(after).toEqual(before);
    expect(after).toMatchObject({ accepted: 0, unknown: 3 });
    expectBalanced(after);
  });

  it('drops nothing where no retention is configured', async () => {
    const other = await testSystem('postgres', { startWorker: false });
    expect(await other.app.get(MessageRetention, { strict: false }).months()).toBeNull();
    await other.close();
    expect(other.app.get(MessagesService, { strict: false })).toBeDefined();
  });

  it('reads only the range of a dispatch when it settles and allows', async () => {
    await sql('SELECT make_dispatch_ranges(20000000)');
    const plan = await sql<{ 'QUERY PLAN': string }>(
      `EXPLAIN UPDATE message SET state = 'accepted' WHERE dispatch_id = $1 AND contact_id = 1`,
      [5],
    );
    const text = plan.map(row => row['QUERY PLAN']).join('\n');
    expect(text.match(/Scan using \S+ on (\w+)/g)).toHaveLength(1);
    expect(text).toMatch(/Update on message_0\b/);
  });
});

describe('a ledger that holds messages already', () => {
  it('becomes the first range as it is: no row moves, none is lost, and the way back works', async () => {
    const database = await testDatabase();
    const { db, dataSource } = database;
    await undo(dataSource);
    await db.query(`SELECT setval('dispatch_id_seq', 2300000)`);
    await db.query(
      `INSERT INTO message (dispatch_id, contact_id, state, attempt, chunk_id, lease_generation, allowed_at)
       SELECT 2300000 + n % 3, n, 'accepted', 1, 1, 1, now() FROM generate_series(1, 1000) AS n`,
    );
    const [old] = await db.query<{ file: number }>(`SELECT pg_relation_filenode('message') AS file`);
    expect(await migrate(dataSource)).toContain('Partitions1764000000016');
    const [first] = await db.query<{ file: number; n: number }>(
      `SELECT pg_relation_filenode('message_0') AS file, (SELECT count(*) FROM message) AS n`,
    );
    expect(first).toEqual({ file: old?.file, n: 1000 });
    expect(await db.query('SELECT from_id AS f, to_id AS t FROM dispatch_range ORDER BY 1')).toEqual([
      { f: 0, t: 3_000_000 },
      { f: 3_000_000, t: 4_000_000 },
    ]);
    const indexes = await db.query<{ definition: string }>(
      `SELECT indexdef AS definition FROM pg_indexes WHERE tablename = 'message_3' ORDER BY 1`,
    );
    expect(indexes.length).toBeGreaterThanOrEqual(5);
    await undo(dataSource);
    expect(await db.query('SELECT count(*) AS n FROM message')).toEqual([{ n: 1000 }]);
    expect(await migrate(dataSource)).not.toEqual([]);
    await database.close();
  });
});

/** Back to before the ledger was divided. */
async function undo(dataSource: Awaited<ReturnType<typeof testDatabase>>['dataSource']): Promise<void> {
  for (;;) {
    const [row] = await dataSource.query<{ kind: string }[]>(
      `SELECT relkind AS kind FROM pg_class WHERE oid = 'message'::regclass`,
    );
    if (row?.kind !== 'p') return;
    await dataSource.undoLastMigration();
  }
}
