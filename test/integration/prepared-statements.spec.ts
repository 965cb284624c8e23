import { preparedShare, PreparedStatements } from '#database';
import { type TestDatabase, testDatabase } from '../factories/database.js';

describe('statements that are prepared', () => {
  let database: TestDatabase;
  let prepared: PreparedStatements;
  beforeEach(async () => {
    database = await testDatabase();
    prepared = new PreparedStatements(database.dataSource);
    await database.db.query('CREATE TABLE thing (id bigint PRIMARY KEY, note text)');
    await database.db.query(`INSERT INTO thing SELECT n, 'x' FROM generate_series(1, 3) n`);
  });
  afterEach(async () => {
    await prepared.onApplicationShutdown();
    await database.close();
  });
  const find = (id: number): Promise<object[]> =>
    prepared.query('SELECT * FROM thing WHERE id = ANY ($1::bigint[])', [[id]]);

  it('are the same statement each time, planned by the index of the smallest table', async () => {
    for (const id of [1, 2, 3]) expect(await find(id)).toEqual([{ id, note: 'x' }]);
    const [kept] = await prepared.query<{ generic: string; custom: string }>(
      `SELECT generic_plans::text AS generic, custom_plans::text AS custom
         FROM pg_prepared_statements WHERE statement LIKE '%FROM thing%' AND statement NOT LIKE '%pg_prepared%'`,
      [],
    );
    expect(kept).toEqual({ generic: '3', custom: '0' });
    const plan = await prepared.query<{ 'QUERY PLAN': string }>(
      'EXPLAIN SELECT * FROM thing WHERE id = ANY ($1::bigint[])',
      [[1]],
    );
    expect(plan.map(row => row['QUERY PLAN']).join('\n')).toMatch(/thing_pkey/);
  });

  it('have connections of their own out of the number that was given, opened when they are needed', async () => {
    expect(prepared.standing).toEqual({ totalCount: 0, idleCount: 0, waitingCount: 0, max: 2 });
    expect(database.dataSource.options.extra).toMatchObject({ max: 10, prepared: 2 });
    await Promise.all([1, 2, 3, 1, 2, 3].map(find));
    expect(prepared.standing).toMatchObject({ totalCount: 2, idleCount: 2, max: 2 });
    expect(preparedShare(10, 2)).toBe(2);
    expect(preparedShare(10, 64)).toBe(5);
    expect(preparedShare(3, 2)).toBe(1);
  });

  it('fail once when what they were made for was changed, and then go on', async () => {
    await find(1);
    await database.db.query(`ALTER TABLE thing ADD COLUMN colour text DEFAULT 'red'`);
    await expect(find(1)).rejects.toMatchObject({ code: '0A000' });
    expect(await find(1)).toEqual([{ id: 1, note: 'x', colour: 'red' }]);
  });

  it('go on after their connections were cut', async () => {
    await find(1);
    await database.db.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND query LIKE '%FROM thing WHERE%'`,
    );
    let rows: object[] = [];
    for (let tries = 0; tries < 5 && rows.length === 0; tries++) rows = await find(1).catch(() => []);
    expect(rows).toEqual([{ id: 1, note: 'x' }]);
  });
});
