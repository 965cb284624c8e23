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
/** What there is to end: at first nothing, and a migration under way is undone by PostgreSQL. */
let end = (): Promise<void> => Promise.resolve();
let stopping = false;
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => {
    if (stopping) return;
    stopping = true;
    logger.info('API stops after the requests under way');
    // Requests under way are answered first; a queue that is away leaves its sockets trying.
    void end().finally(() => process.exit(0));
  });
}

const dataSource = await connect(config.DATABASE_URL, config.DATABASE_POOL, config.addressKeys.length);
const ran = await migrate(dataSource);
if (ran.length > 0) logger.info({ migrations: ran }, 'database brought up to date');
const app = await createApi(config, dataSource);
end = async () => {
  await app.close();
  await dataSource.destroy();
};
await app.listen(config.PORT, config.HOST);
if (!stopping) logger.info({ host: config.HOST, port: config.PORT }, 'API listening');
