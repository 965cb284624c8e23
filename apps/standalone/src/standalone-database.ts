import { join } from 'node:path';
import { connect, EmbeddedPostgres, migrate, recreateDatabase, requireServerVersion } from '#database';
import { addressOf } from './servers.js';
import { StartError } from './start-error.js';
import { type UndoStack } from './undo-stack.js';

const CONNECT_LIMIT_MS = 10_000;
const DEMO_DATABASE = 'ithn_demo';

export interface DatabaseOptions {
  /** DATABASE_URL, or undefined for the embedded server. */
  given: string | undefined;
  folder: string;
  secret: string;
  /** A database of its own, emptied at each start. */
  demo: boolean;
  /** The embedded server went away by itself. */
  onGone: () => void;
}

/** The server's address: the given one, or that of the embedded server, started or found running. */
export async function startServer(options: DatabaseOptions, undo: UndoStack): Promise<string> {
  if (options.given !== undefined) return options.given;
  const postgres = new EmbeddedPostgres({
    dataDir: join(options.folder, 'postgres'),
    password: options.secret,
  });
  undo.add(() => postgres.stop());
  const url = await postgres.start();
  postgres.watch(options.onGone);
  return url;
}

/** A connected and migrated database on the server. */
export async function openDatabase(
  server: string,
  poolSize: number,
  options: DatabaseOptions,
  undo: UndoStack,
) {
  try {
    const url = options.demo ? await inTime(recreateDatabase(server, DEMO_DATABASE)) : server;
    const dataSource = await inTime(connect(url, poolSize));
    undo.add(() => dataSource.destroy());
    await requireServerVersion(dataSource);
    await migrate(dataSource);
    return { url, dataSource };
  } catch (error) {
    throw options.given === undefined
      ? explainEmbedded(error, options.folder)
      : explainGiven(error, options.given);
  }
}

/** Something may listen there and say nothing. */
async function inTime<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`no answer within ${CONNECT_LIMIT_MS / 1000} s`)),
      CONNECT_LIMIT_MS,
    );
  });
  try {
    return await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}

/** Codes of PostgreSQL (appendix A of its manual) that a person can do something about. */
const advice: Record<string, string> = {
  '28P01': 'The name or the password is wrong.',
  '28000': 'The server does not let this account in from here (see its pg_hba.conf).',
  '3D000': 'Make that database first (createdb), or name another one.',
  '42501': 'The account lacks a right it needs: it has to own the database.',
  '53300': 'The server has no connection left; lower DATABASE_POOL or raise its max_connections.',
  '53100': "The server's disk is full.",
};

function explainGiven(error: unknown, url: string): unknown {
  const { code = '', message, name } = error as Error & { code?: string };
  if (name === 'DomainError' || name === 'Stopped') return error;
  const { words } = addressOf(url, 5432);
  const ofServer = /^[0-9A-Z]{5}$/.test(code);
  // A connection can fail in many ways; once there is one, a failure of another kind is ours.
  if (ofServer && !(code in advice)) return error;
  if (message.startsWith('SASL:'))
    return new StartError('DATABASE_URL: PostgreSQL asks for a password, and there is none in it.', error);
  const said = message.replace(/[.\s]+$/, '') || code;
  return new StartError(
    `DATABASE_URL: PostgreSQL at ${words} cannot be used: ${said}. ${advice[code] ?? ''}`.trim(),
    error,
  );
}

function explainEmbedded(error: unknown, folder: string): unknown {
  if ((error as { code?: string }).code !== '28P01') return error;
  return new StartError(
    `The embedded PostgreSQL refuses the secret in ${join(folder, 'secret')}: it is not the one this data was made ` +
      `with. Put that one back, or move ${folder} away to begin anew.`,
    error,
  );
}
