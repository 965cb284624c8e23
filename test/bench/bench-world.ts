import { type INestApplication } from '@nestjs/common';
import { loadConfig } from '#config';
import { createApi } from '../../apps/api/src/create-api.js';
import { type BenchServer, benchServer } from './bench-server.js';
import { startSmtpSink } from './smtp-sink.js';

/** A receiving server, a PostgreSQL and an API, and what a worker process is started with to go with them. */
export interface BenchWorld {
  server: BenchServer;
  app: INestApplication;
  env: Record<string, string | undefined>;
  close(): Promise<void>;
}

/** @param settings of PostgreSQL, beside those of every bench */
export async function benchWorld(
  connections: string | undefined,
  settings: Record<string, string> = {},
): Promise<BenchWorld> {
  const [sink, server] = await Promise.all([startSmtpSink(), benchServer(settings)]);
  const env = {
    ...{ PATH: process.env['PATH'], DATABASE_URL: server.url, LOG_LEVEL: 'error' },
    ITHN_SECRET: 'for-the-bench-only-0123456789abcdef',
    ...{ SMTP_URL: sink.url, SMTP_CONNECTIONS: connections, PUBLIC_URL: 'https://mail.shop.example' },
  };
  const app = await createApi(loadConfig(env), server.dataSource);
  return {
    ...{ server, app, env },
    close: async () => {
      await app.close();
      await Promise.all([server.close(), sink.close()]);
    },
  };
}
