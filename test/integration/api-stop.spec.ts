import { connect, type Socket } from 'node:net';
import { once } from 'node:events';
import { type INestApplication } from '@nestjs/common';
import { type FastifyInstance } from 'fastify';
import { createApi } from '../../apps/api/src/create-api.js';
import { testConfig } from '../factories/api.js';
import { testDatabase, type TestDatabase } from '../factories/database.js';

/** What a stop (SIGTERM calls it) does to the requests and connections there are. */
describe('an API that stops', () => {
  let database: TestDatabase;
  let app: INestApplication;
  let port: number;
  /** Lets the slow route answer. */
  let answer: () => void;
  let asked: Promise<void>;
  const sockets: Socket[] = [];

  beforeAll(async () => {
    database = await testDatabase();
  });
  afterAll(() => database.close());
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.destroy();
  });

  async function start(stopMs: number): Promise<void> {
    const api = await createApi(testConfig(database.url), database.dataSource, { stopMs });
    app = api;
    // A route of the test's own: it answers when the test says so.
    let arrived: () => void;
    asked = new Promise(resolve => (arrived = resolve));
    const held = new Promise<void>(resolve => (answer = resolve));
    const fastify = api.getHttpAdapter().getInstance() as unknown as FastifyInstance;
    fastify.addHook('preHandler', async request => {
      if (request.url !== '/health/live?slow') return;
      arrived();
      await held;
    });
    await api.listen(0, '127.0.0.1');
    port = Number(new URL(await api.getUrl()).port);
  }

  /** A connection kept open, with what came on it. */
  async function connected(
    path?: string,
  ): Promise<{ socket: Socket; text: () => string; closed: Promise<unknown> }> {
    const socket = connect(port, '127.0.0.1');
    sockets.push(socket);
    let text = '';
    socket.on('data', (bytes: Buffer) => (text += bytes.toString()));
    socket.on('error', () => undefined);
    const closed = new Promise(resolve => socket.once('close', resolve));
    await once(socket, 'connect');
    if (path !== undefined) socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: keep-alive\r\n\r\n`);
    return { socket, text: () => text, closed };
  }

  it('answers the request under way, on a connection that then closes, and takes no other', async () => {
    await start(20_000);
    const slow = await connected('/health/live?slow');
    await asked;
    const stopped = app.close();
    await new Promise(resolve => setImmediate(resolve));
    await expect(
      (async () => {
        for (;;) await (await connected()).closed;
      })(),
    ).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    expect(slow.text()).toBe('');
    answer();
    await slow.closed;
    expect(slow.text()).toMatch(/^HTTP\/1\.1 200 OK/);
    expect(slow.text()).toMatch(/connection: close/i);
    expect(slow.text()).toContain('"status":"up"');
    await stopped;
  });

  it('closes idle connections at once, whoever keeps them', async () => {
    await start(20_000);
    const idle = await connected('/health/live');
    while (!idle.text().includes('"status":"up"')) await once(idle.socket, 'data');
    const began = performance.now();
    await app.close();
    await idle.closed;
    expect(performance.now() - began).toBeLessThan(10_000);
  });

  it('cuts, after its limit, what does not come to an end', async () => {
    await start(300);
    const slow = await connected('/health/live?slow');
    await asked;
    const began = performance.now();
    const stopped = app.close();
    await slow.closed;
    expect(performance.now() - began).toBeGreaterThan(250);
    expect(slow.text()).toBe('');
    await stopped;
    answer();
  });
});
