import { DomainError } from '#common';
import { ConfigError } from '#config';

interface SystemError extends Error {
  code?: string;
  port?: number;
  path?: string;
}

/** A failure to start, in a sentence that says what to do; null for a fault of ours, which is shown whole. */
export function explainError(error: unknown): string | null {
  if (error instanceof DomainError || error instanceof ConfigError) return error.message;
  if (!(error instanceof Error)) return null;
  const { code, port, path, message } = error as SystemError;
  switch (code) {
    case 'EADDRINUSE':
      return (
        `Port ${port} is taken by another program. Stop that program, or choose other ports:\n` +
        `  npm run demo -- --port 3001 --inbox-port 2526`
      );
    case 'EACCES':
    case 'EPERM':
      return port === undefined
        ? `This account may not use ${path}. It was probably made by another account: remove it, or use that account.`
        : `This account may not listen on port ${port}. Choose one above 1024 with --port.`;
    case 'ENOSPC':
    case '53100': // PostgreSQL: disk_full
      return 'The disk is full. Free some space and start again; what was committed is safe.';
    case 'ECONNREFUSED':
    case 'ENOTFOUND':
      return `A server that the configuration names does not answer: ${message}. Check DATABASE_URL, REDIS_URL and SMTP_URL.`;
    case '28P01': // PostgreSQL: invalid_password
      return 'The database refused the password. Check DATABASE_URL; for the embedded database, .ithn/secret must be the one it was made with.';
    default:
      return /is not a command|already runs on|Unknown option|option '/i.test(message) ? message : null;
  }
}
