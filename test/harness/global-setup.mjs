import { mkdtempSync, chmodSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EmbeddedPostgres, connect, migrate } from '../../dist/libs/database/src/index.js';
import { RedisServer } from '../../dist/test/factories/redis-server.js';
import { findChromium } from './chromium.mjs';

/**
 * One real PostgreSQL for the run (TEST_DATABASE_URL to use another), with a migrated template that every test file
 * copies. Optional parts are looked for, and what is absent is said at the end.
 */
export default async function setup() {
  const absent = [];
  if (!process.env.TEST_DATABASE_URL) {
    const folder = mkdtempSync(join(tmpdir(), 'ithn-test-'));
    chmodSync(folder, 0o755);
    const postgres = new EmbeddedPostgres({
      dataDir: join(folder, 'postgres'),
      password: 'test',
      settings: {
        ...{ fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '400' },
        // Tells what was committed before what, for the tests of withdrawals that race a campaign.
        track_commit_timestamp: 'on',
      },
    });
    process.env.TEST_DATABASE_URL = await postgres.start();
    globalThis.testPostgres = { postgres, folder };
  }
  const admin = await connect(process.env.TEST_DATABASE_URL, 2);
  await admin.query('DROP DATABASE IF EXISTS ithn_template');
  await admin.query('CREATE DATABASE ithn_template');
  const template = await connect(databaseUrl('ithn_template'), 2);
  await migrate(template);
  // Begun as of where the clocks of tests stand: what is asked of months must not hang on the day of the run.
  await template.query(
    `UPDATE dispatch_range SET begun_at = '2026-11-21T09:00:00Z' WHERE begun_at IS NOT NULL`,
  );
  await template.destroy();
  await admin.destroy();

  globalThis.testRedis = await RedisServer.start();
  if (globalThis.testRedis) process.env.TEST_REDIS_URL = globalThis.testRedis.url;
  else absent.push('the Redis queue (redis-server is not installed)');

  const chromium = findChromium();
  if (chromium) process.env.TEST_CHROMIUM = chromium;
  else absent.push('pages in a browser (chromium is not installed)');
  process.env.ITHN_TEST_ABSENT = absent.join('; ');
}

function databaseUrl(name) {
  const url = new URL(process.env.TEST_DATABASE_URL);
  url.pathname = `/${name}`;
  return url.href;
}
