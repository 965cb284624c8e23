import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DataSource } from 'typeorm';
import { projectRoot } from '#common';
import { loadConfig } from '#config';
import { assembleApi } from '../create-api.js';
import { OpenApiHolder } from './openapi.holder.js';

/**
 * Writes docs/openapi.json; with `--check` it only compares, and fails when the committed file is behind the code.
 * Needs no database: the document is made from the routes and schemas alone.
 */
const file = join(projectRoot(), 'docs', 'openapi.json');
const config = loadConfig({
  ITHN_SECRET: 'only-to-describe-the-api-nothing-is-signed',
  REDIS_URL: 'redis://127.0.0.1:1',
  LOG_LEVEL: 'silent',
});
const app = await assembleApi(config, new DataSource({ type: 'postgres' }));
const made = `${JSON.stringify(app.get(OpenApiHolder).document, null, 2)}\n`;

if (process.argv.includes('--check')) {
  const same = made === readFileSync(file, 'utf8');
  process.stdout.write(
    same ? 'docs/openapi.json is up to date\n' : 'docs/openapi.json is stale: run npm run generate\n',
  );
  process.exit(same ? 0 : 1);
}
writeFileSync(file, made);
process.stdout.write('wrote docs/openapi.json\n');
process.exit(0);
