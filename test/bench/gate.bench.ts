import { createApi } from '../../apps/api/src/create-api.js';
import { loadConfig } from '#config';
import { SegmentsService } from '#segments';
import { AudienceService } from '#sending';
import { WorkerModule } from '../../apps/worker/src/worker.module.js';
import { addBenchPeople } from './bench-people.js';
import { benchServer } from './bench-server.js';
import { type Bench } from './bench.js';
import { median, pairs } from './pairs.js';

const rule = (...rules: unknown[]): unknown => ({ combinator: 'and', rules });

/** Segments as people write them, from the one that costs nothing to one that asks a few things. */
const segments: Record<string, unknown> = {
  everybody: null,
  'one attribute': rule({ field: 'attributes.orders', operator: '>=', value: 0 }),
  typical: rule(
    { field: 'contact.createdAt', operator: '>=', value: 'now-365d' },
    { field: 'attributes.orders', operator: '>=', value: 0 },
    { field: 'attributes.city', operator: 'in', value: ['Riyadh', 'Jeddah', 'Dubai', 'Cairo', 'London'] },
  ),
  'with consent': rule({ field: 'consent.email.top_1', operator: '!=', value: 'unknown' }),
};

/** What deciding an audience costs on top of the bare segment query, through the product's own services. */
export const gateBench: Bench = {
  name: 'gate',
  about:
    'decide an audience of --contacts (1,000,000) against the bare segment query; wanted: at most 1.5 times',
  options: { contacts: '1000000', rounds: '7' },
  run: async ({ contacts, rounds }, say) => {
    const server = await benchServer();
    try {
      const config = loadConfig({
        DATABASE_URL: server.url,
        ITHN_SECRET: 'for-the-bench-only-0123456789abcdef',
        LOG_LEVEL: 'silent',
      });
      const app = await createApi(config, server.dataSource, { imports: [WorkerModule] });
      // Afterwards: their fingerprints are made up, which a start would take for those of another key.
      await addBenchPeople(server.db, Number(contacts), say);
      await app.init();
      const audience = app.get(AudienceService, { strict: false });
      const segmentsService = app.get(SegmentsService, { strict: false });
      const result: Record<string, unknown> = { contacts: Number(contacts) };
      for (const [name, segment] of Object.entries(segments)) {
        say(`segment: ${name}`);
        const predicate =
          segment === null
            ? { sql: 'true', parameters: [] }
            : await segmentsService.compile(segment, new Date());
        const bare = async (): Promise<unknown> =>
          server.db.query(`SELECT count(*) FROM contact c WHERE ${predicate.sql}`, predicate.parameters);
        const decide = (): Promise<unknown> =>
          audience.count({
            ...{ channel: 'email', messageClass: 'marketing', productCategories: [] },
            ...{ senderId: 1, topicId: 1, rule: segment },
          });
        const timed = await pairs(Number(rounds), bare, decide);
        result[name] = {
          bareMs: Math.round(median(timed.map(([a]) => a))),
          decideMs: Math.round(median(timed.map(([, b]) => b))),
          ratio: Number(median(timed.map(([a, b]) => b / a)).toFixed(2)),
        };
      }
      await app.close();
      const typical = result['typical'] as { ratio: number };
      return { ...result, ratio: typical.ratio, target: 1.5 };
    } finally {
      await server.close();
    }
  },
};
