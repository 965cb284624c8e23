import { CampaignsService } from '#campaigns';
import { type BenchServer } from './bench-server.js';
import { addBenchShop, addReaders, type BenchShop } from './bench-shop.js';
import { sendCampaign, startWorker } from './bench-worker.js';
import { benchWorld } from './bench-world.js';
import { type Bench } from './bench.js';
import { cpuOf, cpuOfFamily, parentOf } from './cpu-time.js';
import { milliseconds } from './pairs.js';

/** What the parts of a campaign cost on this machine: the parameters of the model in docs/scaling.md. */
export const costsBench: Bench = {
  name: 'costs',
  about:
    'processor time of the worker and of PostgreSQL for a message and for a step, from campaigns to --contacts (10000) in small and ' +
    'large batches; fills test/bench/simulation/measured.json',
  options: { contacts: '10000', small: '10', usual: '50', large: '200', connections: '8' },
  run: async ({ contacts, small, usual, large, connections }, say) => {
    const world = await benchWorld(connections);
    const { server, app, env } = world;
    try {
      const shop = await addBenchShop(app);
      const people = Number(contacts);
      await addReaders(app, server.db, shop, people);
      const campaigns = app.get(CampaignsService, { strict: false });
      const costs: Cost[] = [];
      for (const batch of [small, usual, large].map(Number)) {
        const cost = await costOf({ server, campaigns, shop, people, batch, env });
        say(
          `batches of ${batch}: a message costs ${cost.workerMs.toFixed(3)} ms of the worker, ${cost.databaseMs.toFixed(3)} ms of PostgreSQL`,
        );
        costs.push(cost);
      }
      const [few, middle, many] = costs as [Cost, Cost, Cost];
      // A message's share of its step is 1/asked: two sizes tell the step from the message.
      const stepMs = (few.databaseMs - many.databaseMs) / (1 / few.asked - 1 / many.asked);
      return {
        ...{ name: 'costs', contacts: people, batch: Number(usual), connections: Number(connections) },
        messageCpuMs: rounded(middle.workerMs),
        // Of all steps that a batch takes.
        stepMs: rounded((stepMs * Number(usual)) / middle.asked),
        stepMessageMs: rounded(many.databaseMs - stepMs / many.asked),
        seconds: rounded(middle.seconds),
        perSecond: Math.round(people / middle.seconds),
      };
    } finally {
      await world.close();
    }
  },
};

interface Cost {
  /** Messages for each step. */
  asked: number;
  workerMs: number;
  databaseMs: number;
  seconds: number;
}

/** The second campaign of a worker: the first one warms it up. */
async function costOf({
  server,
  campaigns,
  shop,
  people,
  batch,
  env,
}: {
  server: BenchServer;
  campaigns: CampaignsService;
  shop: BenchShop;
  people: number;
  batch: number;
  env: Record<string, string | undefined>;
}): Promise<Cost> {
  const [backend] = await server.db.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  const postmaster = parentOf(backend?.pid ?? 0);
  const worker = startWorker({ ...env, SENDING_BATCH: String(batch) });
  try {
    await sendCampaign(campaigns, server.db, shop, people);
    const [workerBefore, databaseBefore] = [cpuOf(worker.pid), cpuOfFamily(postmaster)];
    const ms = await milliseconds(() => sendCampaign(campaigns, server.db, shop, people));
    return {
      asked: people / (await stepsOfLatest(server)),
      workerMs: (cpuOf(worker.pid) - workerBefore) / people,
      databaseMs: (cpuOfFamily(postmaster) - databaseBefore) / people,
      seconds: ms / 1000,
    };
  } finally {
    await worker.stop();
  }
}

/** A step settles its messages in one transaction, whose number their rows bear. */
async function stepsOfLatest({ db }: BenchServer): Promise<number> {
  const [row] = await db.query<{ steps: number }>(
    `SELECT count(DISTINCT xmin::text) AS steps FROM message
      WHERE dispatch_id = (SELECT max(id) FROM dispatch)`,
  );
  return row?.steps ?? NaN;
}

function rounded(value: number): number {
  return Number(value.toPrecision(3));
}
