import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Config, loadConfig } from '#config';
import { type Command } from './command.js';

/** The folder everything of the standalone program lives in. */
export function dataFolder(environment: Record<string, string | undefined>): string {
  const folder = resolve(environment['ITHN_DATA_DIR'] ?? '.ithn');
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  return folder;
}

/** A secret of its own, made at the first start and kept: links in old mails must go on working. */
export function ensureSecret(folder: string): string {
  const file = join(folder, 'secret');
  if (!existsSync(file)) writeFileSync(file, randomBytes(32).toString('hex'), { mode: 0o600 });
  return readFileSync(file, 'utf8').trim();
}

/** The configuration: what the environment says, completed by what the standalone program brings itself. */
export function standaloneConfig(
  environment: Record<string, string | undefined>,
  command: Command,
  secret: string,
  databaseUrl: string,
): Config {
  return loadConfig({
    LOG_LEVEL: 'warn',
    ITHN_SECRET: secret,
    ...environment,
    DATABASE_URL: databaseUrl,
    ...(command.port === undefined ? {} : { PORT: command.port }),
    ...(command.inboxPort === undefined ? {} : { INBOX_SMTP_PORT: command.inboxPort }),
  });
}
