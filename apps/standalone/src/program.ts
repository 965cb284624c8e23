import { join } from 'node:path';
import { type NestFastifyApplication } from '@nestjs/platform-fastify';
import { type Config } from '#config';
import { connect, EmbeddedPostgres, migrate, recreateDatabase } from '#database';
import { SandboxInbox } from '#transports';
import { createApi } from '../../api/src/create-api.js';
import { WorkerModule } from '../../worker/src/worker.module.js';
import { WorkerService } from '../../worker/src/worker.service.js';
import { type Command } from './command.js';
import { InboxModule } from './inbox/inbox.module.js';
import { lockInstance } from './instance-lock.js';
import { dataFolder, ensureSecret, standaloneConfig } from './settings.js';
import { type Terminal } from './terminal.js';

export interface Program {
  app: NestFastifyApplication;
  config: Config;
  inbox: SandboxInbox | null;
  /** Where it listens. */
  url: string;
  stop(): Promise<void>;
}

/** Starts everything in this process: database, inbox, API, worker. What was started is stopped again on a failure. */
export async function startProgram(command: Command, terminal: Terminal): Promise<Program> {
  const undo: (() => Promise<void> | void)[] = [];
  const stop = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    const folder = dataFolder(process.env);
    undo.push(lockInstance(folder));
    const secret = ensureSecret(folder);
    const databaseUrl = await ensureDatabase(command, folder, secret, undo);
    const config = standaloneConfig(process.env, command, secret, databaseUrl);

    const dataSource = await connect(databaseUrl, config.DATABASE_POOL);
    undo.push(() => dataSource.destroy());
    await migrate(dataSource);
    terminal.done('PostgreSQL is ready');

    const inbox = config.smtpUrls.length > 0 ? null : await startInbox(config, command, folder, undo);
    const imports = [WorkerModule, ...(inbox ? [InboxModule.forRoot(inbox)] : [])];
    const app = await createApi(config, dataSource, { imports });
    undo.push(() => app.close());
    await app.listen(config.PORT, config.HOST);
    const worker = app.get(WorkerService, { strict: false });
    await worker.start();
    undo.push(() => worker.stop());
    terminal.done(`the API listens on ${config.publicUrl}`);
    return { app, config, inbox, url: config.publicUrl, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function ensureDatabase(
  command: Command,
  folder: string,
  secret: string,
  undo: (() => Promise<void> | void)[],
): Promise<string> {
  const given = process.env['DATABASE_URL'];
  if (given) return command.name === 'demo' ? recreateDatabase(given, 'ithn_demo') : given;
  const postgres = new EmbeddedPostgres({ dataDir: join(folder, 'postgres'), password: secret });
  const url = await postgres.start();
  undo.push(() => postgres.stop());
  return command.name === 'demo' ? recreateDatabase(url, 'ithn_demo') : url;
}

async function startInbox(
  config: Config,
  command: Command,
  folder: string,
  undo: (() => Promise<void> | void)[],
): Promise<SandboxInbox> {
  const inbox = await SandboxInbox.start({
    folder: join(folder, command.name === 'demo' ? 'demo-inbox' : 'inbox'),
    port: config.INBOX_SMTP_PORT,
  });
  undo.push(() => inbox.close());
  return inbox;
}
