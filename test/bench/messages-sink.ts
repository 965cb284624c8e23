import { fork } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { end } from './bench-worker.js';

/**
 * In the place of Twilio's Messages API, as a process of its own: takes everything, with as little work as can be, and
 * answers `delayMs` later, as one that is far away.
 */
export interface MessagesSink {
  url: string;
  /** The bodies of all requests so far; from then on none is kept. */
  recorded(): Promise<string[]>;
  /** How many messages it has taken since it was asked last. */
  counted(): Promise<number>;
  stop(): Promise<void>;
}

export async function startMessagesSink(delayMs = 0): Promise<MessagesSink> {
  const child = fork(fileURLToPath(import.meta.url), ['take', String(delayMs)], {
    stdio: ['ignore', 2, 2, 'ipc'],
  });
  const ask = async (question: 'recorded' | 'counted'): Promise<unknown> => {
    const answered = once(child, 'message');
    child.send(question);
    return ((await answered) as [unknown])[0];
  };
  const [{ port }] = (await once(child, 'message')) as [{ port: number }];
  return {
    url: `http://127.0.0.1:${port}`,
    recorded: () => ask('recorded') as Promise<string[]>,
    counted: () => ask('counted') as Promise<number>,
    stop: () => end(child),
  };
}

const delay = Number(process.argv[3]);
let count = 0;
let isRecording = true;
let bodies: string[] = [];

/** A connection: one request after the other, answered at once. */
function take(socket: Socket): void {
  let rest = '';
  socket.setNoDelay(true).on('error', () => socket.destroy());
  socket.on('data', bytes => {
    rest += bytes.toString('latin1');
    for (;;) {
      const head = rest.indexOf('\r\n\r\n');
      if (head < 0) return;
      const length = Number(/^content-length: *(\d+)/im.exec(rest.slice(0, head))?.[1] ?? 0);
      if (rest.length < head + 4 + length) return;
      const body = rest.slice(head + 4, head + 4 + length);
      rest = rest.slice(head + 4 + length);
      if (isRecording) bodies.push(body);
      const answer = answerTo(body, ++count);
      if (delay === 0) socket.write(answer);
      else setTimeout(() => socket.writable && socket.write(answer), delay);
    }
  });
}

/** A resource as the API writes it; what it says of the text is left out. */
function answerTo(body: string, n: number): string {
  const to = decodeURIComponent(/(?:^|&)To=([^&]*)/.exec(body)?.[1] ?? '');
  const sid = `SM${String(n).padStart(32, '0')}`;
  const resource = JSON.stringify({
    ...{ sid, to, status: 'queued', direction: 'outbound-api', api_version: '2010-04-01', num_media: '0' },
    ...{ num_segments: '1', price: null, price_unit: 'USD', error_code: null, error_message: null },
    ...{ date_created: 'Tue, 24 Nov 2026 09:00:00 +0000', date_updated: null, date_sent: null },
  });
  return `HTTP/1.1 201 Created\r\ncontent-type: application/json\r\nconnection: keep-alive\r\ncontent-length: ${resource.length}\r\n\r\n${resource}`;
}

if (process.argv[2] === 'take' && process.send) {
  const server = createServer(take).listen(0, '127.0.0.1');
  server.once('listening', () => process.send?.({ port: (server.address() as AddressInfo).port }));
  process.on('message', question => {
    process.send?.(question === 'recorded' ? bodies : count);
    if (question === 'counted') count = 0;
    isRecording = false;
    bodies = [];
  });
}
