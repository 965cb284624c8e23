import { createApi } from '../../apps/api/src/create-api.js';
import { loadConfig } from '#config';
import { AttemptRepository, type Lease, type Settlement } from '#sending';
import { connect, Database, PreparedStatements } from '#database';
import { addBenchPeople } from './bench-people.js';
import { benchServer } from './bench-server.js';
import { type Bench } from './bench.js';
import { median } from './pairs.js';

/** What dividing the ledger of messages into ranges costs the statement that everything goes through. */
export const ledgerBench: Bench = {
  name: 'ledger',
  about:
    'one step of --batch (50) messages on the ledger in --ranges (3,24,120) against one plain table; wanted: 1.05',
  options: { contacts: '40000', batch: '50', ranges: '3,24,120', steps: '300' },
  run: async ({ contacts, batch, ranges, steps }, say) => {
    const server = await benchServer();
    // One connection, so that it keeps what is set on it.
    const plainSource = await connect(server.url, 1);
    try {
      // A start writes the rules of the law, which the gate reads.
      const secret = 'for-the-bench-only-0123456789abcdef';
      const environment = { DATABASE_URL: server.url, ITHN_SECRET: secret, LOG_LEVEL: 'silent' };
      const app = await createApi(loadConfig(environment), server.dataSource);
      await addBenchPeople(server.db, Number(contacts), say);
      await server.db.query(
        `INSERT INTO template (name, channel, created_at, updated_at) VALUES ('bench', 'email', now(), now())`,
      );
      await server.db
        .query(`INSERT INTO template_version (template_id, number, default_locale, content, created_at)
                             SELECT id, 1, 'en', '{}', now() FROM template`);
      await server.db.query('CREATE SCHEMA plain');
      await server.db.query('CREATE TABLE plain.message (LIKE public.message INCLUDING ALL)');
      // The connections of prepared statements are made with the options of the others.
      const { extra } = plainSource.options as unknown as { extra: { options: string } };
      extra.options += ' -c search_path=plain,public';
      await plainSource.query('SET search_path TO plain, public');
      const result: Record<string, unknown> = { batch: Number(batch), steps: Number(steps) };
      const worst: number[] = [];
      const sides = {
        plain: [new Database(plainSource), new PreparedStatements(plainSource)] as const,
        ranges: [server.db, new PreparedStatements(server.dataSource)] as const,
      };
      for (const count of (ranges as string).split(',').map(Number)) {
        await server.db.query('SELECT make_dispatch_ranges($1)', [(count - 1) * 1_000_000 - 1]);
        const [made] = await server.db.query<{ n: number }>(`SELECT count(*) AS n FROM dispatch_range`);
        say(`${made?.n} ranges`);
        const times = { plain: [] as number[], ranges: [] as number[] };
        const runs = {
          plain: await beginRun(...sides.plain, 'message', Number(contacts)),
          ranges: await beginRun(...sides.ranges, 'message_0', Number(contacts)),
        };
        for (let at = 0; at < Number(steps); at++) {
          const order = at % 2 === 0 ? (['plain', 'ranges'] as const) : (['ranges', 'plain'] as const);
          for (const side of order) times[side].push(await runs[side](at, Number(batch)));
        }
        const [rows] = await server.db.query<{ plain: number; ranges: number }>(
          `SELECT (SELECT count(*) FROM plain.message WHERE state = 'accepted') AS plain,
                  (SELECT count(*) FROM public.message WHERE state = 'accepted') AS ranges`,
        );
        say(`accepted so far: ${rows?.plain} plain, ${rows?.ranges} divided`);
        const ratio = median(times.ranges.map((ms, at) => ms / (times.plain[at] as number)));
        worst.push(ratio);
        result[`${made?.n} ranges`] = {
          plainMs: rounded(median(times.plain)),
          rangesMs: rounded(median(times.ranges)),
          ratio: rounded(ratio),
        };
      }
      for (const [, prepared] of Object.values(sides)) await prepared.onApplicationShutdown();
      await app.close();
      return { name: 'ledger', ...result, ratio: rounded(Math.max(...worst)), target: 1.05 };
    } finally {
      await plainSource.destroy();
      await server.close();
    }
  },
};

/** A dispatch with all its contacts in one chunk; each call is one step: settles the last batch, allows the next. */
async function beginRun(
  db: Database,
  prepared: PreparedStatements,
  partition: string,
  contacts: number,
): Promise<(at: number, batch: number) => Promise<number>> {
  const dispatch = await db.queryOne<{ id: number }>(
    `INSERT INTO dispatch (name, state, channel, message_class, sender_id, topic_id, template_version_id, audience,
                           created_at)
     SELECT 'bench', 'running', 'email', 'marketing', 1, 1, id, 'null', now() FROM template_version RETURNING id`,
  );
  const dispatchId = (dispatch as { id: number }).id;
  const chunk = await db.queryOne<{ id: number }>(
    `INSERT INTO chunk (dispatch_id, lane, contact_ids, size, state, due_at, lease_owner, lease_generation, lease_until)
     VALUES ($1, 'other', '{}', 0, 'leased', now(), 'bench', 1, now() + interval '1 hour') RETURNING id`,
    [dispatchId],
  );
  const lease: Lease = {
    ...{ chunkId: (chunk as { id: number }).id, dispatchId, lane: 'other', owner: 'bench', generation: 1 },
    partition,
    contactIds: [],
    paced: false,
  };
  const attempts = new AttemptRepository(db, prepared);
  const scope = {
    ...({ channel: 'email', messageClass: 'marketing', productCategories: [] } as const),
    ...{ senderId: 1, topicId: 1, leaseSeconds: 600, bothChannels: false, byPerson: false },
  };
  let results: Settlement[] = [];
  return async (at, batch) => {
    const from = (at * batch) % (contacts - batch);
    const ids = Array.from({ length: batch }, (_, n) => from + n + 1);
    const now = new Date();
    const began = performance.now();
    const step = await attempts.step(lease, scope, ids, results, now);
    const took = performance.now() - began;
    if (!step.leased || !step.running) throw new Error('The step was refused.');
    results = step.allowed.map(({ contactId, attempt }) => ({
      ...{ contactId, attempt, state: 'accepted', reason: null, relay: 'relay', retryAt: null },
      ...{ providerMessageId: 'A1B2C3D4', reply: '250 2.0.0 Ok: queued as A1B2C3D4' },
    }));
    return took;
  };
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
