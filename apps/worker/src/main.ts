import { setFlagsFromString } from 'node:v8';
import { createLogger } from '#common';
import { loadConfig } from '#config';
import { connect, migrate, preparedShare } from '#database';
import { createWorker } from './create-worker.js';
import { startInbound } from './start-inbound.js';
import { startWorkerHttp } from './worker-http.js';
import { WorkerService } from './worker.service.js';

// What a worker needs does not grow with a campaign, but V8 lets garbage pile up to a multiple of it: 380 MB after a million
// mails, of which 60 were in use. Collected at half as much again it stays where it was after the first ten thousand.
setFlagsFromString('--heap-growing-percent=50');

/** A worker as a process of its own, as docker-compose.yml runs it; start as many as you like. */
const config = loadConfig();
const logger = createLogger(config.LOG_LEVEL);
if (config.DATABASE_URL === undefined) {
  logger.fatal('DATABASE_URL is missing. Set it, or use `npm start`, which brings its own PostgreSQL.');
  process.exit(1);
}

/** What there is to end: at first nothing, and a migration under way is undone by PostgreSQL. */
let end = (): Promise<void> => Promise.resolve();
let stopping = false;
// Before anything else: a stop that comes during the start must end like any other, and settle what was begun.
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => {
    if (stopping) return;
    stopping = true;
    logger.info('worker stops after what it has in hand');
    void stop();
  });
}

const { DATABASE_POOL: pool, SENDING_RUNNERS: runners } = config;
const prepared = preparedShare(pool, runners);
const dataSource = await connect(config.DATABASE_URL, pool, config.addressKeys.length, prepared);
await migrate(dataSource);
const app = await createWorker(config, dataSource);
const worker = app.get(WorkerService);
const http = await startWorkerHttp(app);
if (http) logger.info({ host: config.HOST, port: http.port }, 'worker answers /health and /metrics');
const inbound = await startInbound(app);
end = async () => {
  http?.stopping();
  await inbound?.close();
  await worker.stop();
  await http?.close();
  await app.close();
  await dataSource.destroy();
};
await worker.start();
if (!stopping) logger.info('worker started');

async function stop(): Promise<void> {
  try {
    await end();
    logger.info('worker stopped');
    // A queue that is away leaves its sockets trying; nothing of ours is left to wait for.
    process.exit(0);
  } catch (error) {
    logger.fatal({ err: error }, 'worker did not stop cleanly');
    process.exit(1);
  }
}
