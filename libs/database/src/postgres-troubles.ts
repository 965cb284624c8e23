import { DomainError } from '#common';

/** What is known about a PostgreSQL program that failed. */
export interface PostgresFailure {
  /** What it wrote: its stderr, and the server's log since it was started. */
  said: string;
  /** Why it could not even be started, e.g. EACCES. */
  code: string;
  dataDir: string;
  /** The account it runs as under root. */
  account: string | null;
  cause: unknown;
}

/** A failure of the embedded server, in a sentence that says what to do. */
export function explainPostgresFailure(failure: PostgresFailure): DomainError {
  const { said, code, dataDir, cause } = failure;
  if (/No space left on device|Disk quota exceeded/i.test(said)) {
    return unavailable('DATABASE_DISK_FULL', diskFull(dataDir), cause);
  }
  if (/could not map anonymous shared memory|Cannot allocate memory/i.test(said)) {
    return unavailable(
      'DATABASE_NO_MEMORY',
      'There is not enough free memory for PostgreSQL (it takes about 200 MB). Close other programs and start again.',
      cause,
    );
  }
  if (
    code === 'ENOENT' ||
    /GLIBC|error while loading shared libraries|not a dynamic executable/i.test(said)
  ) {
    return unavailable(
      'DATABASE_NO_BINARY',
      'The embedded PostgreSQL cannot run on this system (it needs glibc; Alpine has none). ' +
        'Set DATABASE_URL to a PostgreSQL 16 or newer.',
      cause,
    );
  }
  if (/^(?:EACCES|EPERM)$/.test(code) || /permission denied|wrong ownership|setpriv:/i.test(said)) {
    return noAccess(dataDir, failure.account, cause);
  }
  return unavailable(
    'DATABASE_NOT_STARTED',
    `The embedded PostgreSQL did not start. If ${dataDir} is damaged, move it away and start again, or set ` +
      `DATABASE_URL. Its last words:\n${lastLines(said)}`,
    cause,
  );
}

export function noAccess(dataDir: string, account: string | null, cause?: unknown): DomainError {
  const message =
    account === null
      ? `PostgreSQL cannot use ${dataDir}: it belongs to another account, or is closed to this one. ` +
        'Start Ithn from that account, or set ITHN_DATA_DIR to a folder of your own.'
      : `PostgreSQL does not run as root, and the account "${account}" that it runs as may not enter ${dataDir}. ` +
        'Move the project to a folder everyone can enter, start it as an ordinary user, or set DATABASE_URL.';
  return unavailable('DATABASE_NO_ACCESS', message, cause);
}

export function diskFull(folder: string): string {
  return `The disk of ${folder} is full. Free some space and start again; no data is lost.`;
}

export function unavailable(code: string, message: string, cause?: unknown): DomainError {
  return new DomainError({ kind: 'unavailable', code, message, cause });
}

function lastLines(text: string): string {
  return text.trim().split('\n').slice(-8).join('\n').slice(-1500);
}
