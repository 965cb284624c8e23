import { type Database, migrate } from '#database';
import { testDatabase, type TestDatabase } from '../factories/database.js';

describe('the migrations', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase();
  });
  afterAll(() => database.close());

  it('can be undone one by one, each back to the columns, triggers and functions before it, and made again', async () => {
    const { dataSource, db } = database;
    const whole = await schemaOf(db);
    const steps: { name: string; schema: string[] }[] = [];
    for (const { name } of [...dataSource.migrations].reverse()) {
      steps.push({ name: name ?? '', schema: await schemaOf(db) });
      await dataSource.undoLastMigration();
    }
    expect(await schemaOf(db)).toEqual([]);
    // Up again: at each step the schema is what it was when the step above it had been undone.
    const differing: string[] = [];
    for (const step of steps.reverse()) {
      await upBy(dataSource, step.name);
      const schema = await schemaOf(db);
      const differs = [
        ...schema.filter(line => !step.schema.includes(line)).map(line => `only made: ${line}`),
        ...step.schema.filter(line => !schema.includes(line)).map(line => `only left: ${line}`),
      ];
      differing.push(...differs.map(line => `after ${step.name}: ${line}`));
    }
    expect(differing).toEqual([]);
    expect(await schemaOf(db)).toEqual(whole);
    expect(await migrate(dataSource)).toEqual([]);
  });
});

/** One step up. */
async function upBy(dataSource: TestDatabase['dataSource'], name: string): Promise<void> {
  const migration = dataSource.migrations.find(one => one.name === name);
  if (!migration) throw new Error(`There is no migration ${name}.`);
  const runner = dataSource.createQueryRunner();
  try {
    await runner.startTransaction();
    await migration.up(runner);
    await runner.query('INSERT INTO migrations ("timestamp", name) VALUES ($1, $2)', [
      Number(name.slice(-13)),
      name,
    ]);
    await runner.commitTransaction();
  } finally {
    await runner.release();
  }
}

/**
 * What there is, a line each: columns, triggers, functions with their text. Not constraints, which stay as wide as the rows
 * that were written under them, nor the names of indexes.
 */
async function schemaOf(db: Database): Promise<string[]> {
  const rows = await db.query<{ line: string }>(
    `SELECT concat_ws(' ', 'column', table_name, column_name, data_type, is_nullable, column_default, generation_expression) AS line
       FROM information_schema.columns WHERE table_schema = 'public'
      UNION ALL
     SELECT 'trigger ' || pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
      UNION ALL
     SELECT 'function ' || pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prokind = 'f'`,
  );
  return rows
    .map(({ line }) => line)
    .filter(line => !/\bmigrations(?:_id_seq|_pkey)?\b|PK_\w+/.test(line))
    .sort();
}
