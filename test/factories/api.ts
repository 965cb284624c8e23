import { type NestFastifyApplication } from '@nestjs/platform-fastify';
import { type ApiOptions, createApi } from '../../apps/api/src/create-api.js';
import { ApiKeysService, type Scope, scopes } from '#access';
import { type Config, loadConfig } from '#config';
import { TestClock } from './clock.js';
import { sameDatabase, testDatabase, type TestDatabase } from './database.js';

export interface Answer<Body = any> {
  status: number;
  headers: Record<string, string>;
  body: Body;
  text: string;
}

export interface TestApi {
  app: NestFastifyApplication;
  clock: TestClock;
  config: Config;
  database: TestDatabase;
  /** Where it listens, as in `http://127.0.0.1:41234`. */
  url: string;
  /** A request over a socket, as an API key with every scope; `body` objects are sent as JSON. */
  request(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  keyWith(...granted: Scope[]): Promise<string>;
  close(): Promise<void>;
}

/** What a test process is configured with: nothing of the machine's own environment. */
export function testConfig(databaseUrl: string, more: Record<string, string> = {}): Config {
  return loadConfig({
    DATABASE_URL: databaseUrl,
    ITHN_SECRET: 'a-secret-for-tests-only-0123456789abcdef',
    LOG_LEVEL: process.env['TEST_LOG'] ?? 'silent',
    PUBLIC_URL: 'http://ithn.test',
    ...more,
  });
}

/** The whole API over a database of its own (or another's, as a second process would use it), on a free port. */
export async function testApi(
  more: Record<string, string> = {},
  imports: ApiOptions['imports'] = [],
  shared?: TestDatabase,
): Promise<TestApi> {
  const keys = testConfig('postgres://localhost/unknown-yet', more).addressKeys.length;
  const database = shared ? await sameDatabase(shared, keys) : await testDatabase(keys);
  const config = testConfig(database.url, more);
  const clock = new TestClock();
  const app = await createApi(config, database.dataSource, { clock, imports, stopMs: 1000 });
  const apiKeys = app.get(ApiKeysService, { strict: false });
  const { secret } = await apiKeys.create('tests', scopes, 'tests');
  await app.listen(0, '127.0.0.1');
  const url = (await app.getUrl()).replace('[::1]', '127.0.0.1');

  return {
    app,
    clock,
    config,
    database,
    url,
    request: async (method, path, body, headers = {}) => {
      const isRaw = typeof body === 'string' || body instanceof Uint8Array || body instanceof FormData;
      const response = await fetch(url + path, {
        method,
        headers: {
          authorization: `Bearer ${secret}`,
          ...(isRaw || body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        redirect: 'manual',
        ...(body === undefined ? {} : { body: isRaw ? (body as string) : JSON.stringify(body) }),
      });
      const text = await response.text();
      const json = /json/.test(response.headers.get('content-type') ?? '') && text !== '';
      return {
        status: response.status,
        headers: Object.fromEntries(response.headers),
        body: json ? JSON.parse(text) : undefined,
        text,
      };
    },
    keyWith: async (...granted) => (await apiKeys.create('limited', granted, 'tests')).secret,
    close: async () => {
      await app.close();
      await database.close();
    },
  };
}
