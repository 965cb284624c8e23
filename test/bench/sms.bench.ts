import { testApi, type TestApi } from '../factories/api.js';
import { twilioEnv } from '../factories/sms.js';
import { TEST_ACCOUNT } from '../factories/test-account.js';
import { addPhones, addSmsShop, zoneAtNoon } from '../factories/sms-shop.js';
import { addCampaign, dispatchOf, launch, type Shop } from '../factories/system.js';
import { benchServer } from './bench-server.js';
import { type Bench, type Say } from './bench.js';
import { finished, startWorker } from './bench-worker.js';
import { startMessagesSink } from './messages-sink.js';
import { cpuOf, cpuOfFamily, parentOf } from './cpu-time.js';
import { median, turns } from './pairs.js';
import { startPlainPoster } from './plain-poster.js';

const SECRET = 'for-the-bench-only-0123456789abcdef';

/** SMS a second through the product, ledger and gate and all, against Node's own HTTP client posting the same bodies. */
export const smsBench: Bench = {
  name: 'sms',
  about:
    'send --people SMS over --connections with one worker, against the bare HTTP client, to an API that answers after --delay ms; wanted: at least 0.7 of its speed',
  options: { people: '3000', rounds: '3', connections: '8', delay: '20' },
  run: async (options, say) => {
    const setting = {
      people: Number(options['people']),
      rounds: Number(options['rounds']),
      connections: Number(options['connections']),
      delay: Number(options['delay']),
    };
    const { people, connections, delay } = setting;
    const { timed, cpu } = await timeArms(setting, say);
    const ratios = timed.map(([product = 0, bare = 0]) => bare / product);
    const perSecond = (arm: 0 | 1): number =>
      Math.round(people / (median(timed.map(row => row[arm] as number)) / 1000));
    return {
      name: 'sms',
      ratio: round2(median(ratios)),
      spread: [round2(Math.min(...ratios)), round2(Math.max(...ratios))],
      target: 0.7,
      per_second: perSecond(0),
      bare_per_second: perSecond(1),
      // Of processor time a message: the same whatever else the machine does.
      worker_us: Math.round(cpu.worker),
      postgres_us: Math.round(cpu.postgres),
      bare_us: Math.round(cpu.bare),
      ...{ people, connections, delay_ms: delay },
    };
  },
};

interface Setting {
  people: number;
  rounds: number;
  connections: number;
  delay: number;
}

interface Timed {
  timed: number[][];
  /** Microseconds of processor time a message. */
  cpu: { worker: number; postgres: number; bare: number };
}

/** A campaign from its launch to its last settled message, and the same bodies posted; in turns. */
async function timeArms({ people, rounds, connections, delay }: Setting, say: Say): Promise<Timed> {
  const [sink, bare, server] = await Promise.all([
    startMessagesSink(delay),
    startPlainPoster(),
    benchServer(),
  ]);
  const children: { stop(): Promise<void> }[] = [sink, bare];
  const env = {
    ...{ ...twilioEnv, ITHN_SECRET: SECRET, LOG_LEVEL: 'error' },
    ...{ TWILIO_API_URL: sink.url, TWILIO_CONNECTIONS: String(connections) },
  };
  const api = await testApi(env, [], server);
  try {
    api.clock.set(new Date());
    const shop = await addSmsShop(api);
    say(`${people} people`);
    const timeZone = zoneAtNoon();
    for (const locale of ['en', 'ar']) await addPhones(api, shop, people / 2, { locale, timeZone });
    await server.db.query('VACUUM ANALYZE');
    const more = { DATABASE_URL: server.url, PUBLIC_URL: api.config.publicUrl, PATH: process.env['PATH'] };
    const worker = startWorker({ ...env, ...more });
    children.push(worker);
    const product = (): Promise<void> => sendCampaign(api, shop, people);
    // A first turn of each, of which the second posts what the first posted.
    await product();
    const path = `/2010-04-01/Accounts/${TEST_ACCOUNT.accountSid}/Messages.json`;
    const login = `${TEST_ACCOUNT.accountSid}:${TEST_ACCOUNT.authToken}`;
    await bare.prepare({ ...{ url: sink.url, path, login, connections }, bodies: await sink.recorded() });
    const [backend] = await server.db.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    const postmaster = parentOf(backend?.pid ?? 0);
    const used = (): number[] => [cpuOf(worker.pid), cpuOfFamily(postmaster), cpuOf(bare.pid)];
    const before = used();
    const timed = await turns(rounds, [product, () => bare.post()], (round, at, ms) =>
      say(`round ${round}: ${['product', 'bare'][at]} ${Math.round(people / (ms / 1000))}/s`),
    );
    const perMessage = used().map(
      (ms, at) => ((ms - (before[at] as number)) * 1000) / (people * (rounds + 1)),
    );
    const taken = await sink.counted();
    if (taken !== people * (2 * rounds + 3)) throw new Error(`${taken} messages were taken.`);
    return {
      timed,
      cpu: {
        worker: perMessage[0] as number,
        postgres: perMessage[1] as number,
        bare: perMessage[2] as number,
      },
    };
  } finally {
    await Promise.all(children.map(child => child.stop()));
    await api.close();
    await server.close();
  }
}

async function sendCampaign(api: TestApi, shop: Shop, people: number): Promise<void> {
  api.clock.set(new Date());
  const campaign = await addCampaign(api, shop, { channel: 'sms' });
  await launch(api, campaign);
  const dispatchId = await dispatchOf(api, campaign);
  await finished(api.database.db, dispatchId);
  const counts = await api.database.db.query<{ state: string; n: number }>(
    'SELECT state, count(*) AS n FROM message WHERE dispatch_id = $1 GROUP BY state',
    [dispatchId],
  );
  if (counts.length !== 1 || counts[0]?.state !== 'accepted' || counts[0].n !== people)
    throw new Error(`Not all SMS were accepted: ${JSON.stringify(counts)}`);
}

function round2(value: number): number {
  return Math.round(value * 100) / 100;
}
