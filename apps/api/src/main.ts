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

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    // Requests under way are answered, then the connections close; a queue that is away must not keep the process.
    void app
      .close()
      .then(() => dataSource.destroy())
      .finally(() => process.exit(0));
  });
}
