import { statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { DomainError } from '#common';
import { ConfigError } from '#config';
import { StartError } from './start-error.js';

interface SystemError extends Error {
  code?: string;
  port?: number;
  path?: string;
}

/** Below this a database cannot write any more, in bytes: one of its log files is larger. */
const FULL = 4 * 1024 * 1024;

/**
 * A failure, in a sentence that says what to do.
 * @param folder the data folder, when it is known: on a full disk anything at all may fail
 * @returns null for a fault of ours, which is shown whole.
 */
export function explainError(error: unknown, folder: string | null): string | null {
  if (error instanceof StartError || error instanceof DomainError || error instanceof ConfigError)
    return error.message;
  if (folder !== null && isFull(folder)) return `The disk of ${folder} is full. ${afterwards}`;
  if (!(error instanceof Error)) return null;
  const { code, port, path } = error as SystemError;
  switch (code) {
    case 'EADDRINUSE':
      return `Port ${port} was taken by another program just now. Choose other ports with --port, --inbox-port and --inbox-sms-port.`;
    case 'EACCES':
    case 'EPERM':
      return path === undefined
        ? null
        : `This account has no access to ${dirname(path)}. If another account made it, start Ithn from that account, ` +
            'or set ITHN_DATA_DIR to a folder of your own.';
    case 'EROFS':
      return (
        `${path === undefined ? 'The data folder' : dirname(path)} is on a read-only disk. ` +
        'Set ITHN_DATA_DIR to a folder that can be written to.'
      );
    case 'ENOSPC':
    case 'EDQUOT':
    case '53100': // PostgreSQL: disk_full
      return `The disk is full. ${afterwards}`;
    case 'EMFILE':
    case 'ENFILE':
      return 'Too many files are open on this machine. Close other programs, or raise the limit (ulimit -n).';
    default:
      return null;
  }
}

const afterwards = 'Free some space and start again; what was committed is safe.';

function isFull(folder: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize < FULL;
  } catch {
    return false;
  }
}
