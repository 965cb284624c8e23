import { createApi } from '../../apps/api/src/create-api.js';
import { WorkerModule } from '../../apps/worker/src/worker.module.js';
import { loadConfig } from '#config';
import { Forecasts } from '#consent';
import { type Database } from '#database';
import { addBenchPeople } from './bench-people.js';
import { benchServer } from './bench-server.js';
import { milliseconds } from './pairs.js';

/** A shop's list in a PostgreSQL of its own, and the product's services over it. */
export interface BenchAudience {
  db: Database;
  get<T>(type: new (...given: never[]) => T): T;
  /** What it took to sort everybody into classes for the first time. */
  firstFoldMs: number;
  close(): Promise<void>;
}

export async function benchAudience(contacts: number, say: (what: string) => void): Promise<BenchAudience> {
  const server = await benchServer();
  try {
    const config = loadConfig({
      DATABASE_URL: server.url,
      ITHN_SECRET: 'for-the-bench-only-0123456789abcdef',
      LOG_LEVEL: 'silent',
    });
    const app = await createApi(config, server.dataSource, { imports: [WorkerModule] });
    // Afterwards: their fingerprints are made up, which a start would take for those of another key.
    await addBenchPeople(server.db, contacts, say);
    await app.init();
    say('the first fold');
    const firstFoldMs = await milliseconds(() => app.get(Forecasts, { strict: false }).fold());
    await server.db.query('VACUUM ANALYZE');
    return {
      db: server.db,
      get: type => app.get(type, { strict: false }),
      firstFoldMs: Math.round(firstFoldMs),
      close: async () => {
        await app.close();
        await server.close();
      },
    };
  } catch (error) {
    await server.close();
    throw error;
  }
}

const rule = (...rules: unknown[]): unknown => ({ combinator: 'and', rules });

/** Segments as people write them, from the one that costs nothing to one that asks a few things. */
export const benchSegments = {
  everybody: null,
  'one attribute': rule({ field: 'attributes.orders', operator: '>=', value: 0 }),
  typical: rule(
    { field: 'contact.createdAt', operator: '>=', value: 'now-365d' },
    { field: 'attributes.orders', operator: '>=', value: 0 },
    { field: 'attributes.city', operator: 'in', value: ['Riyadh', 'Jeddah', 'Dubai', 'Cairo', 'London'] },
  ),
  'with consent': rule({ field: 'consent.email.top_1', operator: '!=', value: 'unknown' }),
} satisfies Record<string, unknown>;
