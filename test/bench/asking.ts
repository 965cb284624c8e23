import { fork } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { end } from './bench-worker.js';

/** So many requests, each on a connection that is kept open and waits for its answer before it asks again. */
export interface Asking {
  port: number;
  paths: string[];
  connections: number;
  /** The first line that every answer must begin with. */
  expected: string;
}

/** A process that asks, with as little work of its own as can be: what is measured is who answers. */
export async function startAsking(): Promise<{ ask(asking: Asking): Promise<void>; stop(): Promise<void> }> {
  const child = fork(fileURLToPath(import.meta.url), ['ask'], { stdio: ['ignore', 2, 2, 'ipc'] });
  await once(child, 'message');
  return {
    stop: () => end(child),
    ask: async asking => {
      const answered = once(child, 'message');
      child.send(asking);
      const [{ wrong }] = (await answered) as [{ wrong: string | null }];
      if (wrong !== null) throw new Error(`An answer was not ${asking.expected}: ${wrong}`);
    },
  };
}

const AGENT =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36';

async function askAll({ port, paths, connections, expected }: Asking): Promise<string | null> {
  const requests = paths.map(path =>
    Buffer.from(
      `GET ${path} HTTP/1.1\r\nHost: mail.shop.example\r\nUser-Agent: ${AGENT}\r\nAccept: text/html,*/*;q=0.8\r\n` +
        'Accept-Language: ar,en;q=0.5\r\nAccept-Encoding: gzip, deflate, br\r\n\r\n',
    ),
  );
  let next = 0;
  let wrong: string | null = null;
  const one = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1');
      socket.setNoDelay(true);
      const ask = (): void => {
        const request = requests[next++];
        if (request) socket.write(request);
        else socket.end(resolve);
      };
      socket.once('connect', ask);
      socket.once('error', reject);
      // Answers have no body: their headers come whole or not at all on this way, and end with an empty line.
      let head = '';
      socket.on('data', bytes => {
        head += bytes.toString('latin1');
        if (!head.endsWith('\r\n\r\n')) return;
        if (!head.startsWith(expected)) wrong ??= head.slice(0, 200);
        head = '';
        ask();
      });
    });
  await Promise.all(Array.from({ length: connections }, one));
  return wrong;
}

if (process.argv[2] === 'ask' && process.send) {
  process.on('message', (asking: Asking) => {
    askAll(asking).then(
      wrong => process.send?.({ wrong }),
      (error: unknown) => process.send?.({ wrong: String(error) }),
    );
  });
  process.send({ ready: true });
}
