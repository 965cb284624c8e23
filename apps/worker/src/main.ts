import { createLogger } from '#common';
import { loadConfig } from '#config';
import { connect, migrate } from '#database';
import { createWorker } from './create-worker.js';
import { WorkerService } from './worker.service.js';

/** A worker as a process of its own, as docker-compose.yml runs it; start as many as you like. */
const config = loadConfig();
const logger = createLogger(config.LOG_LEVEL);
if (config.DATABASE_URL === undefined) {
  logger.fatal('DATABASE_URL is missing. Set it, or use `npm start`, which brings its own PostgreSQL.');
  process.exit(1);
}
const dataSource = await connect(config.DATABASE_URL, config.DATABASE_POOL);
await migrate(dataSource);
const app = await createWorker(config, dataSource);
const worker = app.get(WorkerService);
await worker.start();
logger.info('worker started');

let stopping = false;
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => {
    if (stopping) return;
    stopping = true;
    logger.info('worker stops after what it has in hand');
    void worker
      .stop()
      .then(() => app.close())
      .then(() => dataSource.destroy())
      .then(() => logger.info('worker stopped'));
  });
}
