import { createHmac, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Config, loadConfig } from '#config';
import { type Command } from './command.js';
import { StartError } from './start-error.js';

type Variables = Record<string, string | undefined>;

const SECRET = /^[0-9a-f]{64}$/;

/** The folder everything of the standalone program lives in; made when it is not there. */
export function dataFolder(variables: Variables): string {
  const folder = resolve(variables['ITHN_DATA_DIR'] || '.ithn');
  try {
    mkdirSync(folder, { recursive: true, mode: 0o755 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' || code === 'ENOTDIR') {
      throw new StartError(`${folder} is a file, or below one. Set ITHN_DATA_DIR to a folder.`, error);
    }
    // How a read-only disk answers when several folders are to be made.
    if (code === 'ENOENT')
      throw new StartError(`${folder} cannot be made. Set ITHN_DATA_DIR to a folder of your own.`, error);
    throw error;
  }
  return folder;
}

/**
 * A secret of its own, made at the first start and kept: links in old mails must go on working, the suppression list
 * is keyed with it, and it opens the embedded database.
 * @throws StartError when data is there but the secret is not, or is damaged; a new one would not fit the data.
 */
export function ensureSecret(folder: string): string {
  const file = join(folder, 'secret');
  const advice = `Put back the one that belongs to this data, or move ${folder} away to begin anew.`;
  if (!existsSync(file)) {
    if (existsSync(join(folder, 'postgres'))) throw new StartError(`${file} is missing. ${advice}`);
    // Written beside and moved, so that a full disk or a kill leaves no half secret.
    try {
      writeFileSync(`${file}.new`, randomBytes(32).toString('hex'), { mode: 0o600 });
      renameSync(`${file}.new`, file);
    } catch (error) {
      rmSync(`${file}.new`, { force: true });
      throw error;
    }
  }
  const secret = readFileSync(file, 'utf8').trim();
  if (!SECRET.test(secret)) throw new StartError(`${file} does not hold a secret of Ithn's. ${advice}`);
  return secret;
}

/**
 * The configuration: what the environment says, completed by what the standalone program brings itself.
 * @throws ConfigError naming every variable that is wrong.
 */
export function standaloneConfig(variables: Variables, command: Command, own: Variables = {}): Config {
  const given = { ...variables };
  // The demo's people are made up: what is for them never leaves this machine, and its jobs disturb no other queue.
  const demo =
    command.name === 'demo'
      ? {
          ...{ SMTP_URL: '', QUEUE_PREFIX: given['QUEUE_PREFIX'] || 'ithn-demo' },
          ...{ TWILIO_ACCOUNT_SID: '', TWILIO_AUTH_TOKEN: '', TWILIO_API_URL: '' },
        }
      : {};
  const options = {
    ...(command.port === undefined ? {} : { PORT: command.port }),
    ...(command.inboxPort === undefined ? {} : { INBOX_SMTP_PORT: command.inboxPort }),
  };
  const phonePort = command.inboxSmsPort ?? phonePortOf({ ...given, ...options });
  return loadConfig({
    ...given,
    LOG_LEVEL: given['LOG_LEVEL'] || 'warn',
    ...demo,
    ...options,
    ...(phonePort === undefined ? {} : { INBOX_SMS_PORT: phonePort }),
    ...own,
    ITHN_SECRET: given['ITHN_SECRET'] || own['ITHN_SECRET'],
    PUBLIC_URL: given['PUBLIC_URL'] || own['PUBLIC_URL'],
  });
}

/** The sandbox phone in the place of Twilio. The token is known to the two of them alone: it is made of the secret. */
export function phoneAccount(secret: string, port: number): Variables {
  return {
    TWILIO_ACCOUNT_SID: `AC${'0'.repeat(32)}`,
    TWILIO_AUTH_TOKEN: phoneToken(secret),
    TWILIO_API_URL: `http://127.0.0.1:${port}`,
    INBOX_SMS_PORT: String(port),
  };
}

export function phoneToken(secret: string): string {
  return createHmac('sha256', secret).update('ithn sandbox phone').digest('hex');
}

/**
 * The phone's port where nobody named one: an inbox that was moved takes the phone along, so that two programs side by
 * side do not meet. undefined: the usual one.
 */
function phonePortOf(variables: Variables): string | undefined {
  const { INBOX_SMS_PORT: named, INBOX_SMTP_PORT: inbox, PORT: api = '3000' } = variables;
  if (named) return named;
  // What is no number is refused in the inbox's own name.
  if (!inbox || !/^\d{1,5}$/.test(inbox)) return undefined;
  if (Number(inbox) === 0) return '0';
  const [step, most] = [Number(inbox) + 1 === Number(api) ? 2 : 1, 65_535];
  return String(Number(inbox) + step <= most ? Number(inbox) + step : Number(inbox) - step);
}
