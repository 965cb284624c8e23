import { type Config } from '#config';
import { type Command } from './command.js';
import { lockInstance } from './instance-lock.js';
import { addressOf, noteNeighbour, requirePort, whySilent } from './servers.js';
import { dataFolder, ensureSecret, phoneAccount, standaloneConfig } from './settings.js';
import { StartError } from './start-error.js';
import { type Terminal } from './terminal.js';
import { type UndoStack } from './undo-stack.js';

const LOCAL = '127.0.0.1';

/** What is settled before anything is started. */
export interface Preflight {
  folder: string;
  secret: string;
  /** The configuration, but for the address of the embedded database. */
  config: Config;
  /** Where it will listen, for programs on this machine. */
  localUrl: string;
  /** Whether mail stays on this machine, in the sandbox inbox. */
  hasInbox: boolean;
  /** Whether SMS do, on the sandbox phone. */
  hasPhone: boolean;
  /** The configuration once the database is known. */
  withDatabase(url: string): Config;
}

/**
 * Refuses what can be refused before anything is begun, and before the program is loaded: in half a second, with
 * nothing to tidy up.
 * @throws StartError or ConfigError with a sentence that says what to do
 */
export async function preflight(command: Command, terminal: Terminal, undo: UndoStack): Promise<Preflight> {
  const variables = process.env;
  const asked = standaloneConfig(variables, command, { ITHN_SECRET: '0'.repeat(64) });
  const folder = dataFolder(variables);
  undo.add(lockInstance(folder));
  const secret = ensureSecret(folder);
  const ports = await choosePorts(asked, terminal);
  if (asked.DATABASE_URL !== undefined) await requireDatabase(asked.DATABASE_URL);
  if (asked.REDIS_URL !== undefined) await noteSilentQueue(asked.REDIS_URL, terminal);

  const localUrl = localUrlOf(asked.HOST, ports.api);
  const settled = {
    ITHN_SECRET: secret,
    PORT: String(ports.api),
    INBOX_SMTP_PORT: String(ports.inbox),
    PUBLIC_URL: localUrl,
    ...(ports.phone === null ? {} : phoneAccount(secret, ports.phone)),
  };
  const configure = (more: Record<string, string>): Config =>
    standaloneConfig(variables, command, { ...settled, ...more });
  return {
    folder,
    secret,
    config: configure({}),
    localUrl,
    hasInbox: asked.smtpUrls.length === 0,
    hasPhone: ports.phone !== null,
    withDatabase: url => configure({ DATABASE_URL: url }),
  };
}

interface Ports {
  api: number;
  /** 0 when real relays are configured: there is no inbox then. */
  inbox: number;
  /** null when a real account is configured: there is no phone then. */
  phone: number | null;
}

async function choosePorts(config: Config, terminal: Terminal): Promise<Ports> {
  const api = await requirePort(config.HOST, config.PORT, '--port');
  await noteNeighbour(config.HOST, api, terminal);
  const inbox =
    config.smtpUrls.length > 0 ? 0 : await requirePort(LOCAL, config.INBOX_SMTP_PORT, '--inbox-port');
  if (api === inbox) throw clash('The API and the inbox', api, '--inbox-port');
  const phone =
    config.twilio === null ? await requirePort(LOCAL, config.INBOX_SMS_PORT, '--inbox-sms-port') : null;
  if (phone !== null && config.smtpUrls.length > 0) terminal.note(smsStay);
  if (api === phone) throw clash('The API and the sandbox phone', api, '--inbox-sms-port');
  if (inbox === phone) throw clash('The inbox and the sandbox phone', inbox, '--inbox-sms-port');
  return { api, inbox, phone };
}

const smsStay =
  'TWILIO_ACCOUNT_SID is not set: unlike mail, SMS reach nobody; they are shown on the sandbox phone.';

function clash(parts: string, port: number, option: string): StartError {
  const other = port === 65_535 ? port - 2 : port + 1;
  return new StartError(`${parts} cannot both have port ${port}. Change one: ${option} ${other}`);
}

async function requireDatabase(url: string): Promise<void> {
  // No host: a socket in the file system, which the connection itself tries soon enough.
  if (new URL(url).hostname === '') return;
  const address = addressOf(url, 5432);
  const reason = await whySilent(address);
  if (reason === null) return;
  throw new StartError(
    `DATABASE_URL: no PostgreSQL answers at ${address.words} (${reason}). ` +
      'Start it, correct the address, or leave DATABASE_URL out to use the embedded PostgreSQL.',
  );
}

/** The queue is only a bell; PostgreSQL holds the truth. */
async function noteSilentQueue(url: string, terminal: Terminal): Promise<void> {
  const address = addressOf(url, 6379);
  const reason = await whySilent(address, 2000);
  if (reason === null) return;
  terminal.note(
    `REDIS_URL: nothing answers at ${address.words} (${reason}). Ithn goes on without it, a second or so slower, and ` +
      'uses it as soon as it is there.',
  );
}

function localUrlOf(host: string, port: number): string {
  const name =
    host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '[::1]' : host.includes(':') ? `[${host}]` : host;
  return `http://${name}:${port}`;
}
