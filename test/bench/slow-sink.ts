import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { median } from './pairs.js';
import { type Sink } from './smtp-sink.js';

const DOT = Buffer.from('\r\n.\r\n');

/**
 * A sink whose every answer takes `delayMs` to come, as from a server that far away: commands that arrive together
 * (RFC 2920) are answered together, each answer that long after its command.
 */
export async function startSlowSink(delayMs: number): Promise<Sink> {
  const sockets = new Set<Socket>();
  const server = createServer(socket => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
    const answer = (text: string): void =>
      void setTimeout(() => socket.writable && socket.write(text), delayMs);
    answer('220 slow.example ESMTP\r\n');
    let isBody = false;
    let rest: Buffer = Buffer.alloc(0);
    socket.on('data', (bytes: Buffer) => {
      rest = rest.length === 0 ? bytes : Buffer.concat([rest, bytes]);
      for (;;) {
        if (isBody) {
          const end = rest.indexOf(DOT);
          if (end < 0) return;
          rest = rest.subarray(end + DOT.length);
          isBody = false;
          answer('250 2.0.0 taken\r\n');
          continue;
        }
        const end = rest.indexOf('\r\n');
        if (end < 0) return;
        const verb = rest.toString('latin1', 0, 4).toUpperCase();
        rest = rest.subarray(end + 2);
        if (verb === 'EHLO') answer('250-slow.example\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n');
        else if (verb === 'DATA') {
          isBody = true;
          answer('354 go on\r\n');
        } else if (verb === 'QUIT') answer('221 bye\r\n');
        else answer('250 2.1.0 ok\r\n');
      }
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `smtp://127.0.0.1:${port}?tls=off`,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** How long an answer really takes to come, in milliseconds: the median of some, asked one after another. */
export async function roundTrip(url: string, times = 40): Promise<number> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname).setNoDelay(true);
  await once(socket, 'data');
  const taken: number[] = [];
  for (let time = 0; time < times; time++) {
    const asked = performance.now();
    socket.write('NOOP\r\n');
    await once(socket, 'data');
    taken.push(performance.now() - asked);
  }
  socket.destroy();
  return median(taken);
}
