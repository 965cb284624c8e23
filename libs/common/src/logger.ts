import { pino, type Logger as PinoLogger } from 'pino';
import { type LoggerService } from '@nestjs/common';

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
      redact: {
        paths: ['email', 'phone', 'address', 'to', 'token', 'authorization', '*.email', '*.phone', '*.token'],
        censor: '[personal]',
      },
    },
    pino.destination({ dest: 2, sync: false }),
  );
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
