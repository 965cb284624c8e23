import { pino, type Logger as PinoLogger } from 'pino';
import { type LoggerService } from '@nestjs/common';
import { stderrOutput } from './log-output.js';

export type Logger = PinoLogger;

/**
 * JSON lines on stderr: stdout belongs to the program's own answers (`--json`).
 * Personal data never reaches a log on purpose; the redaction is the second net.
 */
export function createLogger(level: string): Logger {
  return pino(
    {
      level,
      base: null,
      serializers: { err: loggedError },
      redact: {
        paths: ['email', 'phone', 'address', 'to', 'token', 'authorization', '*.email', '*.phone', '*.token'],
        censor: '[personal]',
      },
    },
    // Not pino's own: a full disk ends the process there, or lets it hang for ever at its end.
    stderrOutput(),
  );
}

const EMAIL = /[^\s@<>"'()[\]]+@[^\s@<>"'()[\]]+/g;

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
    message: message.replace(EMAIL, '[personal]'),
    stack: stack?.replace(EMAIL, '[personal]'),
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
