import { join } from 'node:path';
import { type NestFastifyApplication } from '@nestjs/platform-fastify';
import { type Config } from '#config';
import { SandboxInbox } from '#transports';
import { createApi } from '../../api/src/create-api.js';
import { WorkerModule } from '../../worker/src/worker.module.js';
import { WorkerService } from '../../worker/src/worker.service.js';
import { type Command } from './command.js';
import { InboxModule } from './inbox/inbox.module.js';
import { lockInstance } from './instance-lock.js';
import { addressOf, noteNeighbour, requirePort, whySilent } from './servers.js';
import { dataFolder, ensureSecret, standaloneConfig } from './settings.js';
import { openDatabase, startServer } from './standalone-database.js';
import { StartError } from './start-error.js';
import { type Terminal } from './terminal.js';
import { type UndoStack } from './undo-stack.js';

export interface Program {
  app: NestFastifyApplication;
  inbox: SandboxInbox | null;
  folder: string;
  /** Where it listens, for programs on this machine. */
  localUrl: string;
  /** Where people reach it: PUBLIC_URL, or the same. */
  publicUrl: string;
}

/** How the program ends when something it stands on goes away. */
export type Fail = (error: unknown) => void;

/**
 * Starts everything in this process: database, inbox, API, worker. What can be refused is refused before anything is
 * begun. The caller runs the undo stack, whether this succeeds or not.
 * @throws StartError, ConfigError or DomainError with a sentence that says what to do
 */
export async function startProgram(
  command: Command,
  terminal: Terminal,
  undo: UndoStack,
  fail: Fail,
): Promise<Program> {
  const variables = process.env;
  const asked = standaloneConfig(variables, command, { ITHN_SECRET: '0'.repeat(64) });
  const folder = dataFolder(variables);
  undo.add(lockInstance(folder));
  const secret = ensureSecret(folder);
  const ports = await choosePorts(asked, terminal);
  undo.goOn();

  terminal.doing('starting PostgreSQL');
  const demo = command.name === 'demo';
  const onGone = (): void =>
    fail(new StartError(`PostgreSQL was ended from outside, so Ithn ends too. ${again}`));
  const database = { given: asked.DATABASE_URL, folder, secret, demo, onGone };
  const server = await startServer(database, undo);
  undo.goOn();
  const { url, dataSource } = await openDatabase(server, asked.DATABASE_POOL, database, undo);
  terminal.done(
    `PostgreSQL is ready${asked.DATABASE_URL === undefined ? '' : ` at ${addressOf(url, 5432).words}`}`,
  );
  if (asked.REDIS_URL !== undefined) await noteSilentQueue(asked, terminal);
  undo.goOn();

  const local = localUrl(asked.HOST, ports.api);
  const config = standaloneConfig(variables, command, {
    ITHN_SECRET: secret,
    DATABASE_URL: url,
    PORT: String(ports.api),
    INBOX_SMTP_PORT: String(ports.inbox),
    PUBLIC_URL: local,
  });
  const inbox = ports.inbox === 0 ? null : await startInbox(folder, ports.inbox, demo, undo);
  const imports = [WorkerModule, ...(inbox ? [InboxModule.forRoot(inbox)] : [])];
  const app = await createApi(config, dataSource, { imports });
  undo.add(() => app.close());
  undo.goOn();
  await app.listen(config.PORT, config.HOST);
  const worker = app.get(WorkerService, { strict: false });
  undo.add(() => worker.stop());
  await worker.start();
  terminal.done(`the API listens on ${local}`);
  return { app, inbox, folder, localUrl: local, publicUrl: config.publicUrl };
}

const again = 'Start it again; what was committed is safe.';

/** The inbox's port is 0 when real relays are configured: there is no inbox then. */
async function choosePorts(config: Config, terminal: Terminal): Promise<{ api: number; inbox: number }> {
  const api = await requirePort(config.HOST, config.PORT, '--port');
  await noteNeighbour(config.HOST, api, terminal);
  if (config.smtpUrls.length > 0) return { api, inbox: 0 };
  const inbox = await requirePort('127.0.0.1', config.INBOX_SMTP_PORT, '--inbox-port');
  if (api === inbox)
    throw new StartError(
      `The API and the inbox cannot both have port ${api}. Change one: --inbox-port ${api + 1}`,
    );
  return { api, inbox };
}

/** The queue is only a bell; PostgreSQL holds the truth. */
async function noteSilentQueue(config: Config, terminal: Terminal): Promise<void> {
  const address = addressOf(config.REDIS_URL ?? '', 6379);
  const reason = await whySilent(address, 2000);
  if (reason === null) return;
  terminal.note(
    `REDIS_URL: nothing answers at ${address.words} (${reason}). Ithn goes on without it, a second or so slower, and ` +
      'uses it as soon as it is there.',
  );
}

function localUrl(host: string, port: number): string {
  const name =
    host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '[::1]' : host.includes(':') ? `[${host}]` : host;
  return `http://${name}:${port}`;
}

async function startInbox(
  folder: string,
  port: number,
  demo: boolean,
  undo: UndoStack,
): Promise<SandboxInbox> {
  const inbox = await SandboxInbox.start({ folder: join(folder, demo ? 'demo-inbox' : 'inbox'), port });
  undo.add(() => inbox.close());
  return inbox;
}
