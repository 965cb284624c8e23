import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AccessModule, ApiKeysService, scopes } from '#access';
import { ConfigModule, loadConfig } from '#config';
import { connect, DatabaseModule, migrate } from '#database';

@Module({})
class NewKeyRoot {}

/**
 * `node dist/apps/api/src/new-key.js [NAME]` makes an API key with every scope and prints it, the only time it is
 * shown. Keys are made with a key; this is for whoever has the database, when there is none yet or it was lost.
 */
const config = loadConfig();
if (config.DATABASE_URL === undefined) {
  process.stderr.write('DATABASE_URL is missing. With the embedded database use: npm start -- --new-key\n');
  process.exit(1);
}
const dataSource = await connect(config.DATABASE_URL, 2, config.addressKeys.length);
try {
  await migrate(dataSource);
  const modules = [ConfigModule.forRoot(config), DatabaseModule.forRoot(dataSource), AccessModule];
  const app = await NestFactory.createApplicationContext(
    { module: NewKeyRoot, imports: modules },
    { abortOnError: false, logger: false },
  );
  const { secret } = await app.get(ApiKeysService).create(process.argv[2] ?? 'operator', scopes, 'new-key');
  process.stdout.write(`${secret}\n`);
  await app.close();
} finally {
  await dataSource.destroy();
}
