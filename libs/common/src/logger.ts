import { type DestinationStream, pino, type Logger as PinoLogger } from 'pino';
import { type LoggerService } from '@nestjs/common';
import { logContext } from './log-context.js';
import { stderrOutput } from './log-output.js';

export type Logger = PinoLogger;

/**
 * JSON lines on stderr: stdout belongs to the program's own answers (`--json`). Each says which request, job, dispatch and
 * chunk it belongs to, where it belongs to one.
 * Personal data never reaches a log on purpose; the redaction is the second net.
 */
export function createLogger(level: string, to: DestinationStream = stderrOutput()): Logger {
  return pino(
    {
      level,
      base: null,
      mixin: () => ({ ...logContext() }),
      formatters: { log: withoutPersonal },
      serializers: { err: loggedError },
      redact: {
        paths: ['email', 'phone', 'address', 'to', 'token', 'authorization', '*.email', '*.phone', '*.token'],
        censor: '[personal]',
      },
    },
    to,
  );
}

/** An address of mail; a phone number as people and servers write it; a signed link or key. */
const PERSONAL = [
  /[^\s@<>"'()[\]=]+@[^\s@<>"'()[\]]+/g,
  /\+\d[\d ()-]{6,}\d/g,
  /\bithn_[\w-]{8,}|\/(?:u|p|c|s)\/[\w-]{16,}/g,
];

function masked(text: string): string {
  return PERSONAL.reduce((kept, pattern) => kept.replace(pattern, '[personal]'), text);
}

/** What servers and drivers say of a failure is logged as text, and may name whom it was about. */
function withoutPersonal(line: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(line).map(([key, value]) => [key, typeof value === 'string' ? masked(value) : value]),
  );
}

/**
 * What of an error may be logged. A database driver hangs the values of the query on its errors, a mail server names the
 * address it refuses: neither belongs in a log.
 */
export function loggedError(error: unknown): unknown {
  if (!(error instanceof Error)) return { type: typeof error };
  const { name, message, stack, cause } = error;
  const { code, constraint } = error as { code?: unknown; constraint?: unknown };
  return {
    type: name,
    message: masked(message),
    stack: stack === undefined ? undefined : masked(stack),
    code,
    constraint,
    ...(cause === undefined ? {} : { cause: loggedError(cause) }),
  };
}

/** Lets Nest speak through our logger. */
export class NestLogger implements LoggerService {
  constructor(private readonly logger: Logger) {}

  log(message: unknown, context?: unknown): void {
    this.logger.debug({ context }, String(message));
  }
  error(message: unknown, stack?: unknown, context?: unknown): void {
    this.logger.error({ context, stack }, String(message));
  }
  warn(message: unknown, context?: unknown): void {
    this.logger.warn({ context }, String(message));
  }
  debug(message: unknown, context?: unknown): void {
    this.logger.debug({ context }, String(message));
  }
  verbose(message: unknown, context?: unknown): void {
    this.logger.trace({ context }, String(message));
  }
}
