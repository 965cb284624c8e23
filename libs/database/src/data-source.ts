import { DataSource, getMetadataArgsStorage } from 'typeorm';
import { migrations } from './migrations/index.js';

/**
 * A connected DataSource that knows every `@Entity` of the rooms this process imported.
 * Row numbers (bigint) arrive as JavaScript numbers: they stay below 2^53.
 * @param poolSize most connections, those for prepared statements included
 * @param addressKeys how many address keys this process has; the database refuses fingerprints of one that lacks a key.
 * @param prepared how many of the connections are kept for `PreparedStatements`; 0 where nothing asks it
 */
export async function connect(
  url: string,
  poolSize: number,
  addressKeys = 1,
  prepared = 0,
): Promise<DataSource> {
  const dataSource = new DataSource({
    type: 'postgres',
    url,
    entities: getMetadataArgsStorage().tables.map(table => table.target as () => void),
    migrations,
    migrationsTransactionMode: 'each',
    parseInt8: true,
    applicationName: 'ithn',
    extra: {
      max: poolSize - prepared,
      prepared,
      options: `-c timezone=UTC -c ithn.address_generation=${addressKeys}`,
    },
    logging: false,
  });
  await dataSource.initialize();
  return dataSource;
}

/** How many of a worker's connections are for its prepared statements: one a runner, and never more than half. */
export function preparedShare(poolSize: number, runners: number): number {
  return Math.min(runners, Math.floor(poolSize / 2));
}

/** Any number; the same in every process, so that only one of them migrates at a time. */
const MIGRATION_LOCK = 4_862_001;

/**
 * Brings the schema up to date. Safe to call from several processes at once.
 * @returns the names of the migrations that ran.
 */
export async function migrate(dataSource: DataSource): Promise<string[]> {
  const runner = dataSource.createQueryRunner();
  try {
    await runner.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    const ran = await dataSource.runMigrations();
    return ran.map(migration => migration.name);
  } finally {
    await runner.query('SELECT pg_advisory_unlock($1)', [MIGRATION_LOCK]);
    await runner.release();
  }
}
