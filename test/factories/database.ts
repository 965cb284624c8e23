import { randomBytes } from 'node:crypto';
import { type DataSource } from 'typeorm';
import { connect, Database } from '#database';

export interface TestDatabase {
  url: string;
  dataSource: DataSource;
  db: Database;
  /** Closes the connections and drops the database. */
  close(): Promise<void>;
}

/**
 * A migrated, empty database of its own for a test file: a copy of the template, made in a fraction of a second.
 * @param addressKeys how many the process under test has
 */
export async function testDatabase(addressKeys = 1): Promise<TestDatabase> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  const server = new URL(process.env['TEST_DATABASE_URL'] ?? '');
  const admin = await connect(server.href, 1);
  await admin.query(`CREATE DATABASE ${name} TEMPLATE ithn_template STRATEGY FILE_COPY`);
  await admin.destroy();
  const url = new URL(server);
  url.pathname = `/${name}`;
  const dataSource = await connect(url.href, 12, addressKeys, 2);
  return {
    url: url.href,
    dataSource,
    db: new Database(dataSource),
    close: async () => {
      if (dataSource.isInitialized) await dataSource.destroy();
      const cleaner = await connect(server.href, 1);
      await cleaner.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
      await cleaner.destroy();
    },
  };
}

/** Connections of their own to the database of another; closing them leaves it there. */
export async function sameDatabase({ url }: TestDatabase, addressKeys = 1): Promise<TestDatabase> {
  const dataSource = await connect(url, 12, addressKeys, 2);
  return { url, dataSource, db: new Database(dataSource), close: () => dataSource.destroy() };
}
