import { Module, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { type FastifyAdapter } from '@nestjs/platform-fastify';
import { type FastifyInstance } from 'fastify';
import { TokenSigner } from '#common';
import { loadConfig } from '#config';
import { SendersService } from '#consent';
import { type Database } from '#database';
import { EngagementLinks } from '#sending';
import { createApi } from '../../apps/api/src/create-api.js';
import { until } from '../factories/system.js';
import { startAsking } from './asking.js';
import { addBenchShop, addReaders, type BenchShop } from './bench-shop.js';
import { benchServer } from './bench-server.js';
import { type Bench } from './bench.js';
import { median, milliseconds } from './pairs.js';

const SECRET = 'for-the-bench-only-0123456789abcdef';
const LINKS = 8;

/** A route that does nothing, in the very server that redirects: same hooks, same headers read, same logging. */
@Module({})
class NothingModule implements OnModuleInit {
  constructor(private readonly host: HttpAdapterHost<FastifyAdapter>) {}

  onModuleInit(): void {
    const fastify = this.host.httpAdapter.getInstance() as unknown as FastifyInstance;
    void fastify.register((scope, _options, done) => {
      scope.get('/nothing/*', (_request, reply) => reply.send());
      done();
    });
  }
}

/** Clicks redirected and taken down, signature, consent and all, against a route of the same server that does nothing. */
export const redirectBench: Bench = {
  name: 'redirect',
  about:
    'follow --clicks links of --people who may be measured over --connections, against a route of the same server that does nothing; wanted: at least 0.5 of its speed',
  options: { people: '20000', clicks: '10000', rounds: '9', connections: '64' },
  run: async (options, say) => {
    const [people, clicks] = [Number(options['people']), Number(options['clicks'])];
    const server = await benchServer();
    const config = loadConfig({ DATABASE_URL: server.url, ITHN_SECRET: SECRET, LOG_LEVEL: 'error' });
    const app = await createApi(config, server.dataSource, { imports: [NothingModule] });
    const asking = await startAsking();
    try {
      const shop = await addBenchShop(app);
      say(`${people} readers`);
      await addReaders(app, server.db, shop, people);
      const topics = await app.get(SendersService, { strict: false }).trackingTopics(shop.senderId);
      const sent = await addMessages(server.db, shop, topics.link_tracking.id);
      const links = new EngagementLinks(app.get(TokenSigner, { strict: false }));
      const paths = Array.from({ length: clicks }, (_, at) => {
        const contactId = sent.contactIds[at % sent.contactIds.length] as number;
        const link = (at % LINKS) + 1;
        const destination = `https://shop.example/ar/products/${1000 + (at % 97)}?ref=newsletter&color=sand#reviews`;
        return `/l/${links.signClick({ dispatchId: sent.dispatchId, contactId, link, of: LINKS, destination })}`;
      });
      await app.listen(0, '127.0.0.1');
      const port = Number(new URL(await app.getUrl()).port);
      const about = { port, connections: Number(options['connections']) };
      let written = 0;
      const redirect = (): Promise<void> => asking.ask({ ...about, paths, expected: 'HTTP/1.1 302' });
      const nothing = (): Promise<void> =>
        asking.ask({
          ...about,
          paths: paths.map(path => path.replace('/l/', '/nothing/')),
          expected: 'HTTP/1.1 200',
        });
      // Untimed, for both to be warm.
      await nothing();
      await redirect();
      await untilWritten(server.db, (written += clicks));
      const times: { redirect: number; nothing: number; behind: number }[] = [];
      for (let round = 0; round < Number(options['rounds']); round++) {
        const ms = { redirect: 0, nothing: 0, behind: 0 };
        const arms = ['redirect', 'nothing'] as const;
        for (const arm of round % 2 === 0 ? arms : [...arms].reverse()) {
          ms[arm] = await milliseconds(arm === 'redirect' ? redirect : nothing);
          // What is written behind the answers must not slow down the other's turn.
          if (arm === 'redirect')
            ms.behind = await milliseconds(() => untilWritten(server.db, (written += clicks)));
        }
        say(
          `round ${round + 1}: ${perSecond(clicks, ms.redirect)}/s, nothing ${perSecond(clicks, ms.nothing)}/s`,
        );
        times.push(ms);
      }
      const ratios = times.map(({ redirect, nothing }) => nothing / redirect);
      return {
        name: 'redirect',
        ratio: round2(median(ratios)),
        spread: [round2(Math.min(...ratios)), round2(Math.max(...ratios))],
        target: 0.5,
        per_second: perSecond(clicks, median(times.map(({ redirect }) => redirect))),
        nothing_per_second: perSecond(clicks, median(times.map(({ nothing }) => nothing))),
        // Until the last row is in PostgreSQL too, which nobody who clicks waits for.
        ratio_to_last_row: round2(
          median(times.map(({ redirect, nothing, behind }) => nothing / (redirect + behind))),
        ),
        recorded: written,
        clicks,
        people,
        connections: about.connections,
      };
    } finally {
      await asking.stop();
      await app.close();
      await server.close();
    }
  },
};

/** A dispatch that was sent to all readers an hour ago, all of whom agreed to have their links measured. */
async function addMessages(
  db: Database,
  shop: BenchShop,
  linkTopicId: number,
): Promise<{ dispatchId: number; contactIds: number[] }> {
  await db.query(
    `WITH events AS (
       INSERT INTO consent_event (contact_id, channel, sender_id, topic_id, action, basis, text_shown, method, source,
                                  actor, occurred_at, recorded_at)
       SELECT id, 'email', $1, $2, 'granted', 'express', 'Yes.', 'checkbox', 'https://shop.example', 'bench', now(), now()
         FROM contact RETURNING id, contact_id
     )
     INSERT INTO consent_state (contact_id, channel, topic_id, status, basis, event_id, since, country)
     SELECT contact_id, 'email', $2, 'granted', 'express', id, now(), 'SA' FROM events`,
    [shop.senderId, linkTopicId],
  );
  const [dispatch] = await db.query<{ id: number }>(
    `INSERT INTO dispatch (name, state, channel, message_class, sender_id, topic_id, template_version_id, audience, created_at)
     VALUES ('bench', 'finished', 'email', 'marketing', $1, $2, $3, 'null', now()) RETURNING id`,
    [shop.senderId, shop.topicId, shop.templateVersionId],
  );
  const { id: dispatchId } = dispatch as { id: number };
  const rows = await db.query<{ id: number }>(
    `INSERT INTO message (dispatch_id, contact_id, state, attempt, chunk_id, lease_generation, address_hash, allowed_at, settled_at)
     SELECT $1, id, 'accepted', 1, 0, 1, email_hash, now() - interval '1 hour', now() - interval '1 hour' FROM contact
     RETURNING contact_id AS id`,
    [dispatchId],
  );
  await db.query('VACUUM ANALYZE');
  return { dispatchId, contactIds: rows.map(row => row.id) };
}

/** Waits until so many clicks are in the table: none was dropped, and none is still to be written. */
async function untilWritten(db: Database, wanted: number): Promise<void> {
  await until(
    async () => (await db.queryOne<{ n: number }>('SELECT count(*) AS n FROM engagement_event'))?.n,
    n => n === wanted,
    120_000,
    // Counting costs something, too.
    100,
  );
}

function perSecond(count: number, ms: number): number {
  return Math.round(count / (ms / 1000));
}

function round2(value: number): number {
  return Math.round(value * 100) / 100;
}
