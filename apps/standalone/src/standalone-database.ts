import { join } from 'node:path';
import {
  connect,
  connectOrExplain,
  EmbeddedPostgres,
  explaining,
  migrate,
  recreateDatabase,
} from '#database';
import { StartError } from './start-error.js';
import { type UndoStack } from './undo-stack.js';

const DEMO_DATABASE = 'ithn_demo';
const INVALID_PASSWORD = '28P01';

export interface DatabaseOptions {
  /** DATABASE_URL, or undefined for the embedded server. */
  given: string | undefined;
  folder: string;
  secret: string;
  poolSize: number;
  /** How many of those are for prepared statements. */
  prepared: number;
  /** How many address keys there are. */
  addressKeys: number;
  /** A database of its own, emptied at each start. */
  demo: boolean;
  /** The embedded server went away by itself. */
  onGone: () => void;
}

/** The server's address: the given one, or that of the embedded server, started or found running. */
export async function startServer(options: DatabaseOptions, undo: UndoStack): Promise<string> {
  if (options.given !== undefined) return options.given;
  const dataDir = join(options.folder, 'postgres');
  const postgres = new EmbeddedPostgres({ dataDir, password: options.secret });
  undo.add(() => postgres.stop());
  const url = await postgres.start();
  postgres.watch(options.onGone);
  await requireSecret(url, options.folder);
  return url;
}

/** A connected and migrated database on the server. */
export async function openDatabase(
  server: string,
  { poolSize, prepared, addressKeys, demo }: DatabaseOptions,
  undo: UndoStack,
) {
  const url = demo ? await recreateDatabase(server, DEMO_DATABASE) : server;
  const dataSource = await connectOrExplain(url, poolSize, addressKeys, prepared);
  undo.add(() => dataSource.destroy());
  await explaining(url, () => migrate(dataSource));
  return { url, dataSource };
}

async function requireSecret(url: string, folder: string): Promise<void> {
  try {
    await (await connect(url, 1)).destroy();
  } catch (error) {
    if ((error as { code?: string }).code !== INVALID_PASSWORD) throw error;
    throw new StartError(
      `The embedded PostgreSQL refuses the secret in ${join(folder, 'secret')}: it is not the one this data was ` +
        `made with. Put that one back, or move ${folder} away to begin anew.`,
      error,
    );
  }
}
