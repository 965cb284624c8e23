import { type DataSource } from 'typeorm';
import { unavailable } from './postgres-troubles.js';

const OLDEST = 16;

/** @throws DomainError DATABASE_TOO_OLD when the server is older than PostgreSQL 16. */
export async function requireServerVersion(dataSource: DataSource): Promise<void> {
  const [row] = await dataSource.query<{ server_version_num: string }[]>('SHOW server_version_num');
  const major = Math.floor(Number(row?.server_version_num) / 10_000);
  if (major >= OLDEST) return;
  throw unavailable(
    'DATABASE_TOO_OLD',
    `The server that DATABASE_URL names is PostgreSQL ${major}; Ithn needs ${OLDEST} or newer.`,
  );
}
