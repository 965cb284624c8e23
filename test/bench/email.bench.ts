import { fork } from 'node:child_process';
import { once } from 'node:events';
import { CampaignsService } from '#campaigns';
import { loadConfig } from '#config';
import { createApi } from '../../apps/api/src/create-api.js';
import { addBenchShop, addReaders } from './bench-shop.js';
import { benchServer } from './bench-server.js';
import { type Bench } from './bench.js';
import { end, sendCampaign, startWorker } from './bench-worker.js';
import { median, turns } from './pairs.js';
import { roundTrip, startSlowSink } from './slow-sink.js';
import { type Sink, startSmtpSink } from './smtp-sink.js';

const SECRET = 'for-the-bench-only-0123456789abcdef';

/** Messages a second through the product, ledger and gate and all, against a plain nodemailer program. */
export const emailBench: Bench = {
  name: 'email',
  about:
    'send --people mails of 20 KB over --connections with one worker, against a plain nodemailer program; wanted: at least 3 times its speed',
  options: { people: '10000', rounds: '5', connections: '8' },
  run: async ({ people, rounds, connections }, say) => {
    const sink = await startSmtpSink();
    try {
      return await withArms(
        { sink, people: Number(people), connections: Number(connections), say },
        async arms => {
          const order = ['product', 'plain', 'raw'] as const;
          const timed = await turns(Number(rounds), [arms.product, arms.plain, arms.raw], (round, at, ms) =>
            say(`round ${round}: ${order[at]} ${Math.round(Number(people) / (ms / 1000))}/s`),
          );
          const speeds = timed.map(([product = 0, plain = 0, raw = 0]) => ({ product, plain, raw }));
          const ratios = speeds.map(({ product, plain }) => plain / product);
          const perSecond = (arm: 'product' | 'plain' | 'raw'): number =>
            Math.round(Number(people) / (median(speeds.map(speed => speed[arm])) / 1000));
          return {
            name: 'email',
            ratio: round2(median(ratios)),
            spread: [round2(Math.min(...ratios)), round2(Math.max(...ratios))],
            target: 3,
            per_second: perSecond('product'),
            plain_per_second: perSecond('plain'),
            raw_per_second: perSecond('raw'),
            ratio_to_raw: round2(median(speeds.map(({ product, raw }) => raw / product))),
            mail_bytes: arms.mailBytes,
            unknown_bound: arms.unknownBound,
            people: Number(people),
            connections: Number(connections),
          };
        },
      );
    } finally {
      await sink.close();
    }
  },
};

/** The same over a network that is far away: what keeps connections busy is what counts. */
export const latencyBench: Bench = {
  name: 'latency',
  about:
    'send --people mails to a server whose every answer takes --delay ms, over --connections; wanted: at least 0.95 of connections / (2 x round trip)',
  options: { people: '10000', rounds: '5', connections: '20', delay: '20' },
  run: async ({ people, rounds, connections, delay }, say) => {
    const sink = await startSlowSink(Number(delay));
    try {
      return await withArms(
        { sink, people: Number(people), connections: Number(connections), say },
        async arms => {
          const rtt = await roundTrip(sink.url);
          const bound = Number(connections) / ((2 * rtt) / 1000);
          const speeds = (await turns(Number(rounds), [arms.product])).map(
            ([ms = 0]) => Number(people) / (ms / 1000),
          );
          return {
            name: 'latency',
            ratio: round2(median(speeds) / bound),
            spread: [round2(Math.min(...speeds) / bound), round2(Math.max(...speeds) / bound)],
            target: 0.95,
            per_second: Math.round(median(speeds)),
            bound_per_second: Math.round(bound),
            people: Number(people),
            connections: Number(connections),
            delay_ms: Number(delay),
            round_trip_ms: round2(rtt),
          };
        },
      );
    } finally {
      await sink.close();
    }
  },
};

interface Setting {
  sink: Sink;
  people: number;
  connections: number;
  say: (what: string) => void;
}

interface Arms {
  /** A campaign from its launch to its last settled message. */
  product: () => Promise<void>;
  plain: () => Promise<void>;
  raw: () => Promise<void>;
  mailBytes: number;
  unknownBound: number;
}

/** A database with readers, one worker process, and the plain program, all warm; each is ended afterwards. */
async function withArms<T>(
  { sink, people, connections, say }: Setting,
  work: (arms: Arms) => Promise<T>,
): Promise<T> {
  const server = await benchServer();
  const env = {
    ...{ PATH: process.env['PATH'], DATABASE_URL: server.url, ITHN_SECRET: SECRET, LOG_LEVEL: 'error' },
    ...{ SMTP_URL: sink.url, SMTP_CONNECTIONS: String(connections), PUBLIC_URL: 'https://mail.shop.example' },
  };
  const config = loadConfig(env);
  const app = await createApi(config, server.dataSource);
  const children: { stop(): Promise<void> }[] = [];
  try {
    const shop = await addBenchShop(app);
    say(`${people} readers`);
    await addReaders(app, server.db, shop, people);
    children.push(startWorker(env));
    const plain = await startPlain({
      ...env,
      BENCH_SENDER: String(shop.senderId),
      BENCH_TEMPLATE_VERSION: String(shop.templateVersionId),
    });
    children.push(plain);
    const campaigns = app.get(CampaignsService, { strict: false });
    const arms: Arms = {
      product: () => sendCampaign(campaigns, server.db, shop, people),
      plain: () => plain.send('compose'),
      raw: () => plain.send('raw'),
      mailBytes: plain.mailBytes,
      unknownBound: config.SENDING_RUNNERS * config.SENDING_BATCH,
    };
    return await work(arms);
  } finally {
    await Promise.all(children.map(child => child.stop()));
    await app.close();
    await server.close();
  }
}

async function startPlain(
  env: Record<string, string | undefined>,
): Promise<{ stop(): Promise<void>; send(mode: 'compose' | 'raw'): Promise<void>; mailBytes: number }> {
  const child = fork('dist/test/bench/plain-sender.js', [], { env, stdio: ['ignore', 2, 2, 'ipc'] });
  const [{ mailBytes }] = (await once(child, 'message')) as [{ mailBytes: number }];
  return {
    mailBytes,
    stop: () => end(child),
    send: async mode => {
      const sent = once(child, 'message');
      child.send({ mode });
      await sent;
    },
  };
}

function round2(value: number): number {
  return Math.round(value * 100) / 100;
}
