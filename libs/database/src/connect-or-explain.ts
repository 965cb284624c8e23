import { type DataSource } from 'typeorm';
import { DomainError } from '#common';
import { connect } from './data-source.js';
import { unavailable } from './postgres-troubles.js';
import { requireServerVersion } from './server-version.js';

const CONNECT_LIMIT_MS = 10_000;

/** Codes of PostgreSQL (appendix A of its manual) that a person can do something about. */
const advice: Record<string, string> = {
  '28P01': 'The name or the password is wrong.',
  '28000': 'The server does not let this account in from here (see its pg_hba.conf).',
  '3D000': 'Make that database first (createdb), or name another one.',
  '42501': 'The account lacks a right it needs: it has to own the database.',
  '53300': 'The server has no connection left; lower DATABASE_POOL or raise its max_connections.',
  '53100': "The server's disk is full.",
};

/**
 * Connects to the server that DATABASE_URL names.
 * @param addressKeys and `prepared`: see `connect`
 * @throws DomainError DATABASE_UNUSABLE or DATABASE_TOO_OLD with a sentence that says what to do, never the password
 */
export async function connectOrExplain(
  url: string,
  poolSize: number,
  addressKeys = 1,
  prepared = 0,
): Promise<DataSource> {
  const dataSource = await explaining(url, () => inTime(connect(url, poolSize, addressKeys, prepared)));
  await requireServerVersion(dataSource);
  return dataSource;
}

/** Does something with the server that DATABASE_URL names, and explains what a person can mend when it fails. */
export async function explaining<T>(url: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw explain(error, url);
  }
}

function explain(error: unknown, url: string): unknown {
  if (error instanceof DomainError) return error;
  const { code = '', message } = error as Error & { code?: string };
  const ofServer = /^[0-9A-Z]{5}$/.test(code);
  // A connection can fail in many ways; once there is one, a failure of another kind is ours.
  if (ofServer && !(code in advice)) return error;
  const { hostname, port } = new URL(url);
  const where = `DATABASE_URL: PostgreSQL at ${hostname || 'this socket'}:${port || 5432}`;
  const said = message.startsWith('SASL:') ? 'it asks for a password, and there is none' : message || code;
  return unavailable(
    'DATABASE_UNUSABLE',
    `${where} cannot be used: ${said.replace(/[.\s]+$/, '')}. ${advice[code] ?? ''}`.trim(),
    error,
  );
}

/** Something may listen there and say nothing. */
async function inTime<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    const silence = new Error(`no answer within ${CONNECT_LIMIT_MS / 1000} s`);
    timer = setTimeout(() => reject(silence), CONNECT_LIMIT_MS);
  });
  try {
    return await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}
