import { createLogger } from '#common';
import { loadConfig } from '#config';
import { connect, migrate } from '#database';
import { createApi } from './create-api.js';

/** The API as a process of its own, as docker-compose.yml runs it. */
const config = loadConfig();
const logger = createLogger(config.LOG_LEVEL);
if (config.DATABASE_URL === undefined) {
  logger.fatal('DATABASE_URL is missing. Set it, or use `npm start`, which brings its own PostgreSQL.');
  process.exit(1);
}
const dataSource = await connect(config.DATABASE_URL, config.DATABASE_POOL, config.addressKeys.length);
const ran = await migrate(dataSource);
if (ran.length > 0) logger.info({ migrations: ran }, 'database brought up to date');
const app = await createApi(config, dataSource);
await app.listen(config.PORT, config.HOST);
logger.info({ host: config.HOST, port: config.PORT }, 'API listening');

let stopping = false;
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => {
    // npm and a shell pass on what they got too: the same stop twice is still one.
    if (stopping) return;
    stopping = true;
    logger.info('API stops after the requests under way');
    void stop();
  });
}

/** Requests under way are answered, within a limit, then the connections close. */
async function stop(): Promise<void> {
  try {
    await app.close();
    await dataSource.destroy();
    logger.info('API stopped');
    // A queue that is away leaves its sockets trying; nothing of ours is left to wait for.
    process.exit(0);
  } catch (error) {
    logger.fatal({ err: error }, 'API did not stop cleanly');
    process.exit(1);
  }
}
