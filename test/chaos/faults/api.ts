import { connect } from 'node:net';
import { ApiKeysService, scopes } from '#access';
import { freePort } from '../../factories/free-port.js';
import { startApiProcess, type WorkerProcess } from '../../factories/worker-process.js';
import { type Fault } from '../fault.js';
import { pause, Trial } from '../trial.js';

/** What apps/api promises: a request that never ends holds the process no longer than this, and a little for the rest. */
const STOP_LIMIT_MS = 8000 + 4000;
/** A machine that does much else takes long to start one. */
const START_LIMIT_MS = 60_000;

/** A request whose body comes in two parts, so that it is under way for as long as we like. */
class SlowRequest {
  #text = '';
  /** The API has read its head and begun with it (RFC 9110 section 10.1.1), or hung up. */
  readonly begun: Promise<void>;
  readonly ended: Promise<string>;
  readonly #socket;

  constructor(
    port: number,
    key: string,
    private readonly body: string,
  ) {
    this.#socket = connect(port, '127.0.0.1');
    this.#socket.on('error', () => undefined);
    this.begun = new Promise(resolve => {
      this.#socket.once('close', resolve);
      this.#socket.on('data', data => {
        this.#text += data.toString();
        if (this.#text.startsWith('HTTP/1.1 100')) resolve();
      });
    });
    this.ended = new Promise(resolve => this.#socket.once('close', () => resolve(this.#text)));
    this.#socket.write(
      `POST /v1/contacts HTTP/1.1\r\nhost: ithn.test\r\nauthorization: Bearer ${key}\r\n` +
        `content-type: application/json\r\nexpect: 100-continue\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body.slice(0, 5)}`,
    );
  }

  finish(): void {
    this.#socket.write(this.body.slice(5));
  }

  abandon(): void {
    this.#socket.destroy();
  }
}

/** The API asked to stop while requests are under way: they are answered, and one that never ends does not hold it. */
export const sigtermApi: Fault = {
  name: 'sigterm-api',
  about: 'SIGTERM to the API with --requests (20) under way, and (--stuck 1) one that never ends',
  options: { requests: '20', stuck: '1' },
  short: { requests: '5', stuck: '0' },
  run: async (options, say) => {
    const all = { queue: 'postgres', seed: '', delay: '0', ...options };
    const trial = await Trial.open('sigterm-api', all, say);
    try {
      const keys = trial.api.app.get(ApiKeysService, { strict: false });
      const { secret } = await keys.create('chaos', scopes, 'chaos');
      const port = await freePort();
      const process = startApiProcess(trial.database.url, port);
      await untilAnswers(port, process);
      const requests = Array.from(
        { length: trial.number('requests') },
        (_, n) => new SlowRequest(port, secret, JSON.stringify({ email: `slow-${n}@example.com` })),
      );
      const stuck = Array.from(
        { length: trial.number('stuck') },
        () => new SlowRequest(port, secret, '{"email": 1}'),
      );
      await Promise.all([...requests, ...stuck].map(request => request.begun));
      say('SIGTERM');
      const began = performance.now();
      process.kill('SIGTERM');
      while (process.runs() && performance.now() - began < STOP_LIMIT_MS && (await answers(port)))
        await pause(10);
      for (const request of requests) request.finish();
      const answered = (await Promise.all(requests.map(request => request.ended))).filter(text =>
        text.includes('\r\nHTTP/1.1 201'),
      ).length;
      const code = await process.ended;
      const took = performance.now() - began;
      for (const request of stuck) request.abandon();
      const stored = await trial.database.db.query(`SELECT 1 FROM contact WHERE email LIKE 'slow-%'`);
      const held = {
        'every request under way is answered': answered === requests.length,
        'what was answered is stored': stored.length === answered,
        'it ends with 0': code === 0,
        [`it ends within ${STOP_LIMIT_MS} ms`]: took <= STOP_LIMIT_MS,
      };
      const broken = Object.entries(held).filter(([, holds]) => !holds);
      return {
        ...{
          name: 'sigterm-api',
          requests: requests.length,
          answered,
          stored: stored.length,
          stuck: stuck.length,
        },
        ...{ code, stop_ms: Math.round(took), broken: broken.map(([promise]) => promise) },
      };
    } finally {
      await trial.close();
    }
  },
};

export async function untilAnswers(port: number, api: WorkerProcess): Promise<void> {
  const deadline = performance.now() + START_LIMIT_MS;
  while (!(await answers(port))) {
    if (!api.runs()) throw new Error(`The API ended with ${await api.ended}: ${api.log()}`);
    if (performance.now() > deadline) throw new Error(`The API does not answer: ${api.log()}`);
    await pause(50);
  }
}

/** Whether the port takes a new connection and answers on it. */
async function answers(port: number): Promise<boolean> {
  try {
    await (await fetch(`http://127.0.0.1:${port}/health/live`, { headers: { connection: 'close' } })).text();
    return true;
  } catch {
    return false;
  }
}
