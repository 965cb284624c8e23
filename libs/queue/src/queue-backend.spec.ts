import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { loadConfig } from '#config';
import { createQueueBackend } from './queue-backend.js';

/** "Authentication ok" and "ready for a query" (PostgreSQL manual, 54.7). */
const WELCOME = Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 0, 0x5a, 0, 0, 0, 5, 0x49]);

describe('a queue kept in PostgreSQL', () => {
  it('outlives a server that goes away at the first thing it is asked', async () => {
    let asked = 0;
    const server = createServer((socket: Socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => {
        socket.write(WELCOME);
        socket.once('data', () => {
          asked++;
          socket.destroy();
        });
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const backend = createQueueBackend(
      loadConfig({
        DATABASE_URL: `postgres://ithn:x@127.0.0.1:${port}/ithn`,
        ITHN_SECRET: 'a-secret-for-tests-only-0123456789abcdef',
      }),
    );
    const queue = backend.queue('test');
    queue.on('error', () => undefined);
    // An error that nobody listens for would end the process, and this test with it.
    await expect(queue.waitUntilReady()).rejects.toThrow(/terminated/);
    expect(asked).toBeGreaterThan(0);
    await queue.close().catch(() => undefined);
    server.close();
  });
});
