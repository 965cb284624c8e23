import { connect } from './data-source.js';

/**
 * Drops a database of this name on the server and makes it anew.
 * @returns its connection string.
 */
export async function recreateDatabase(serverUrl: string, name: string): Promise<string> {
  const admin = await connect(serverUrl, 1);
  try {
    await admin.query(`DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`);
    await admin.query(`CREATE DATABASE "${name}"`);
  } finally {
    await admin.destroy();
  }
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
}
