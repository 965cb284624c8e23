import { join } from 'node:path';
import { ApiKeysService, scopes } from '#access';
import { LOGGER, type Logger } from '#common';
import { preparedShare } from '#database';
import { SandboxInbox, SandboxPhone } from '#transports';
import { createApi } from '../../api/src/create-api.js';
import { WorkerModule } from '../../worker/src/worker.module.js';
import { WorkerService } from '../../worker/src/worker.service.js';
import { ShiftedClock } from './demo/shifted-clock.js';
import { InboxModule } from './inbox/inbox.module.js';
import { InboxParts } from './inbox/inbox-parts.js';
import { type Preflight } from './preflight.js';
import { addressOf } from './servers.js';
import { phoneToken } from './settings.js';
import { openDatabase, startServer } from './standalone-database.js';
import { type Terminal } from './terminal.js';
import { type UndoStack } from './undo-stack.js';

export interface Program {
  keys: ApiKeysService;
  inbox: SandboxInbox | null;
  phone: SandboxPhone | null;
  /** The demo's time, which it puts forward; null: the real one. */
  clock: ShiftedClock | null;
  /** Where it listens, for programs on this machine. */
  localUrl: string;
  /** Where people reach it: PUBLIC_URL, or the same. */
  publicUrl: string;
  /** What its parts write to; they have nothing to add once the end has begun with a sentence. */
  logger: Logger;
}

export { scopes };

/** Where Twilio tells what somebody answered, and so does the sandbox phone. */
const INBOUND_PATH = '/webhooks/twilio/inbound';

/**
 * Starts everything in this process: database, inbox, API, worker. The caller runs the undo stack, whether this
 * succeeds or not.
 * @param onGone called when the embedded database goes away by itself
 * @throws StartError or DomainError with a sentence that says what to do
 */
export async function startProgram(
  ready: Preflight,
  demo: boolean,
  terminal: Terminal,
  undo: UndoStack,
  onGone: () => void,
): Promise<Program> {
  terminal.doing('starting PostgreSQL');
  const { folder, secret, localUrl } = ready;
  const given = ready.config.DATABASE_URL;
  const { DATABASE_POOL: poolSize, SENDING_RUNNERS: runners, addressKeys } = ready.config;
  const prepared = preparedShare(poolSize, runners);
  const pools = { poolSize, prepared };
  const database = { given, folder, secret, ...pools, addressKeys: addressKeys.length, demo, onGone };
  const server = await startServer(database, undo);
  undo.goOn();
  const { url, dataSource } = await openDatabase(server, database, undo);
  terminal.done(`PostgreSQL is ready${given === undefined ? '' : ` at ${addressOf(url, 5432).words}`}`);
  undo.goOn();

  terminal.doing('starting the API and the worker');
  const config = ready.withDatabase(url);
  const inbox = ready.hasInbox ? await startInbox(ready, config.INBOX_SMTP_PORT, demo, undo) : null;
  const phone = ready.hasPhone ? await startPhone(ready, config.INBOX_SMS_PORT, demo, undo) : null;
  const parts = new InboxParts(inbox, phone, `${config.publicUrl}${INBOUND_PATH}`);
  const imports = [WorkerModule, ...(inbox || phone ? [InboxModule.forRoot(parts)] : [])];
  const clock = demo ? new ShiftedClock() : null;
  const app = await createApi(config, dataSource, { imports, ...(clock ? { clock } : {}) });
  undo.add(() => app.close());
  undo.goOn();
  await app.listen(config.PORT, config.HOST);
  const worker = app.get(WorkerService, { strict: false });
  undo.add(() => worker.stop());
  await worker.start();
  terminal.done(`the API listens on ${localUrl}`);
  const keys = app.get(ApiKeysService, { strict: false });
  const logger = app.get<Logger>(LOGGER, { strict: false });
  return { keys, inbox, phone, clock, localUrl, publicUrl: config.publicUrl, logger };
}

async function startInbox(
  { folder }: Preflight,
  port: number,
  demo: boolean,
  undo: UndoStack,
): Promise<SandboxInbox> {
  const inbox = await SandboxInbox.start({ folder: join(folder, demo ? 'demo-inbox' : 'inbox'), port });
  undo.add(() => inbox.close());
  return inbox;
}

async function startPhone(
  { folder, secret }: Preflight,
  port: number,
  demo: boolean,
  undo: UndoStack,
): Promise<SandboxPhone> {
  const own = { folder: join(folder, demo ? 'demo-sms' : 'sms'), authToken: phoneToken(secret) };
  const phone = await SandboxPhone.start({ ...own, port });
  undo.add(() => phone.close());
  return phone;
}
