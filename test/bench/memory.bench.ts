import { CampaignsService } from '#campaigns';
import { addBenchShop, addReaders } from './bench-shop.js';
import { sendCampaign, startWorker } from './bench-worker.js';
import { benchWorld } from './bench-world.js';
import { type Bench } from './bench.js';

/** Whether a worker's memory grows with the audience. */
export const memoryBench: Bench = {
  name: 'memory',
  about:
    'the most memory a worker holds at --many (1,000,000) recipients against --few (10,000); wanted: at most 1.1 times',
  options: { few: '10000', many: '1000000', connections: '8' },
  run: async ({ few, many, connections }, say) => {
    const world = await benchWorld(connections);
    const { server, app, env } = world;
    try {
      const shop = await addBenchShop(app);
      const campaigns = app.get(CampaignsService, { strict: false });
      let readers = 0;
      const peakAt = async (people: number): Promise<{ bytes: number; perSecond: number }> => {
        say(`${people} readers`);
        await addReaders(app, server.db, shop, people - readers, readers);
        readers = people;
        const worker = startWorker(env);
        try {
          const started = performance.now();
          await sendCampaign(campaigns, server.db, shop, people);
          const perSecond = Math.round(people / ((performance.now() - started) / 1000));
          say(`${people} sent, ${perSecond}/s`);
          return { bytes: worker.peakBytes(), perSecond };
        } finally {
          await worker.stop();
        }
      };
      const small = await peakAt(Number(few));
      const large = await peakAt(Number(many));
      const ratio = Number((large.bytes / small.bytes).toFixed(3));
      return {
        name: 'memory',
        ...{ ratio, spread: [ratio, ratio], target: 1.1 },
        few: { people: Number(few), peak_mb: Math.round(small.bytes / 1e6), per_second: small.perSecond },
        many: { people: Number(many), peak_mb: Math.round(large.bytes / 1e6), per_second: large.perSecond },
      };
    } finally {
      await world.close();
    }
  },
};
