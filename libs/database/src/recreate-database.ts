import { connectOrExplain } from './connect-or-explain.js';
import { unavailable } from './postgres-troubles.js';

const INSUFFICIENT_PRIVILEGE = '42501';

/**
 * Drops a database of this name on the server and makes it anew.
 * @returns its connection string.
 * @throws DomainError DATABASE_MAY_NOT_CREATE when the account lacks the right to; and see connectOrExplain.
 */
export async function recreateDatabase(serverUrl: string, name: string): Promise<string> {
  const admin = await connectOrExplain(serverUrl, 1);
  try {
    await admin.query(`DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`);
    await admin.query(`CREATE DATABASE "${name}"`);
  } catch (error) {
    if ((error as { code?: string }).code !== INSUFFICIENT_PRIVILEGE) throw error;
    throw unavailable(
      'DATABASE_MAY_NOT_CREATE',
      `The account in DATABASE_URL may not make the database "${name}". Give it CREATEDB (and, if that database ` +
        'is there already, its ownership), or leave DATABASE_URL out.',
      error,
    );
  } finally {
    await admin.destroy();
  }
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
}
