import { fork } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { fileURLToPath } from 'node:url';
import { end } from './bench-worker.js';

/** What is posted: the very bodies that the product posted. */
export interface Posting {
  url: string;
  path: string;
  login: string;
  connections: number;
  bodies: string[];
}

/** The bare HTTP client: Node's own, over connections that are kept. No permission, no record, no SDK, no database. */
export interface PlainPoster {
  pid: number;
  prepare(posting: Posting): Promise<void>;
  post(): Promise<void>;
  stop(): Promise<void>;
}

export async function startPlainPoster(): Promise<PlainPoster> {
  const child = fork(fileURLToPath(import.meta.url), ['post'], { stdio: ['ignore', 2, 2, 'ipc'] });
  await once(child, 'message');
  const order = async (what: Posting | 'go'): Promise<void> => {
    const answered = once(child, 'message');
    child.send(what);
    const [{ wrong }] = (await answered) as [{ wrong: string | null }];
    if (wrong !== null) throw new Error(`A message was not taken: ${wrong}`);
  };
  return { pid: child.pid ?? 0, prepare: order, post: () => order('go'), stop: () => end(child) };
}

async function postAll({ url, path, login, connections, bodies }: Posting): Promise<string | null> {
  const { hostname, port } = new URL(url);
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const authorization = `Basic ${Buffer.from(login).toString('base64')}`;
  const post = (body: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const call = request({ hostname, port, path, method: 'POST', agent });
      call.setHeader('authorization', authorization);
      call.setHeader('content-type', 'application/x-www-form-urlencoded');
      call.setHeader('content-length', Buffer.byteLength(body));
      call.once('error', reject);
      call.once('response', response => {
        let text = '';
        response.on('data', bytes => (text += bytes));
        response.once('end', () => {
          const { sid } = JSON.parse(text) as { sid?: string };
          if (response.statusCode === 201 && sid) resolve();
          else reject(new Error(`${response.statusCode} ${text}`));
        });
      });
      call.end(body);
    });
  const waiting = bodies.values();
  const lane = async (): Promise<void> => {
    for (const body of waiting) await post(body);
  };
  try {
    await Promise.all(Array.from({ length: connections }, lane));
    return null;
  } catch (error) {
    return String(error);
  } finally {
    agent.destroy();
  }
}

if (process.argv[2] === 'post' && process.send) {
  let posting: Posting | undefined;
  process.on('message', (order: Posting | 'go') => {
    if (order !== 'go') {
      posting = order;
      process.send?.({ wrong: null });
    } else if (posting) void postAll(posting).then(wrong => process.send?.({ wrong }));
  });
  process.send({ ready: true });
}
