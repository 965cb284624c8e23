import { createLogger } from '#common';
import { loadConfig } from '#config';
import { connect, migrate } from '#database';
import { createWorker } from './create-worker.js';
import { startWorkerHttp } from './worker-http.js';
import { WorkerService } from './worker.service.js';

/** A worker as a process of its own, as docker-compose.yml runs it; start as many as you like. */
const config = loadConfig();
const logger = createLogger(config.LOG_LEVEL);
if (config.DATABASE_URL === undefined) {
  logger.fatal('DATABASE_URL is missing. Set it, or use `npm start`, which brings its own PostgreSQL.');
  process.exit(1);
}
const dataSource = await connect(config.DATABASE_URL, config.DATABASE_POOL, config.addressKeys.length);
await migrate(dataSource);
const app = await createWorker(config, dataSource);
const worker = app.get(WorkerService);
const http = await startWorkerHttp(app);
if (http) logger.info({ host: config.HOST, port: http.port }, 'worker answers /health and /metrics');

// Before the start, which begins to send at once: a stop that comes now must settle like any other.
let stopping = false;
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => {
    if (stopping) return;
    stopping = true;
    logger.info('worker stops after what it has in hand');
    http?.stopping();
    void stop();
  });
}

await worker.start();
if (!stopping) logger.info('worker started');

async function stop(): Promise<void> {
  try {
    await worker.stop();
    await http?.close();
    await app.close();
    await dataSource.destroy();
    logger.info('worker stopped');
    // A queue that is away leaves its sockets trying; nothing of ours is left to wait for.
    process.exit(0);
  } catch (error) {
    logger.fatal({ err: error }, 'worker did not stop cleanly');
    process.exit(1);
  }
}
