import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { type INestApplicationContext } from '@nestjs/common';
import { sameText } from '#common';
import { CONFIG, type Config } from '#config';
import { AddressKeys, Database } from '#database';
import { Metrics } from '#metrics';

/** What a worker answers over HTTP. Nothing of it changes anything. */
export interface WorkerHttp {
  port: number;
  /** From now on it is alive and not ready. */
  stopping(): void;
  close(): Promise<void>;
}

/** Longest that a caller may take for its request, in milliseconds. */
const REQUEST_MS = 5000;

/** /health/live, /health/ready and /metrics of a worker, on a port of its own; null when none is configured. */
export async function startWorkerHttp(app: INestApplicationContext): Promise<WorkerHttp | null> {
  const config = app.get<Config>(CONFIG);
  if (config.WORKER_PORT === undefined) return null;
  const db = app.get(Database);
  const keys = app.get(AddressKeys);
  const metrics = app.get(Metrics);
  let isStopping = false;

  const pages: Record<string, (request: IncomingMessage, response: ServerResponse) => Promise<void>> = {
    '/health/live': async (_request, response) => say(response, 200, { status: 'up' }),
    '/health/ready': async (_request, response) => {
      if (isStopping) say(response, 503, { status: 'stopping' });
      else if (!(await db.ping())) say(response, 503, { status: 'PostgreSQL does not answer' });
      else if (!(await keys.isCurrent())) say(response, 503, { status: 'a newer address key was added' });
      else say(response, 200, { status: 'ready' });
    },
    '/metrics': async (request, response) => {
      if (!mayRead(request, config.METRICS_TOKEN)) {
        response.setHeader('www-authenticate', 'Bearer');
        say(response, 401, { status: 'Send METRICS_TOKEN as "Authorization: Bearer ...".' });
        return;
      }
      const text = await metrics.render();
      response.writeHead(200, { 'content-type': metrics.contentType, 'cache-control': 'no-store' }).end(text);
    },
  };

  const server = createServer(
    { requestTimeout: REQUEST_MS, headersTimeout: REQUEST_MS },
    (request, response) => {
      const path = (request.url ?? '').split('?', 1)[0] as string;
      const page = Object.hasOwn(pages, path) ? pages[path] : undefined;
      if (!page) say(response, 404, { status: 'Here are /health/live, /health/ready and /metrics.' });
      else if (request.method !== 'GET' && request.method !== 'HEAD')
        say(response, 405, { status: 'Only GET is answered.' });
      else page(request, response).catch(() => say(response, 500, { status: 'failed' }));
    },
  );
  await listen(server, config.WORKER_PORT, config.HOST);
  return {
    port: (server.address() as AddressInfo).port,
    stopping: () => (isStopping = true),
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Who has the token; without one configured, only whoever runs on this machine. */
function mayRead(request: IncomingMessage, token: string | undefined): boolean {
  if (token === undefined) return /^(?:::ffff:)?127\.|^::1$/.test(request.socket.remoteAddress ?? '');
  const given = /^bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? '';
  return sameText(given, token);
}

function say(response: ServerResponse, status: number, body: Record<string, string>): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(body));
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
