import { AddressHasher } from '#common';
import { CampaignsService } from '#campaigns';
import { SubscriptionLinks } from '#consent';
import { type Database } from '#database';
import { type Rate } from '#sending';
import { addBenchShop, addReaders } from './bench-shop.js';
import { finished, launchCampaign, startWorker } from './bench-worker.js';
import { benchWorld } from './bench-world.js';
import { type Bench, type Say } from './bench.js';
import { median } from './pairs.js';

/** Presses under way at once. */
const HANDS = 4;
const WANTED_MS = 25;
const THROTTLE: Rate = { messages: 300, per: 'second' };

/** How long after a withdrawal was committed an attempt may still be allowed, because it had asked before. */
export const withdrawBench: Bench = {
  name: 'withdraw',
  about:
    'from the commit of a withdrawal to the commit of the latest attempt that was allowed all the same, --withdrawals (300) racing a campaign, at full speed and throttled; wanted: at most 25 ms at full speed',
  options: { people: '15000', withdrawals: '300', rounds: '5', connections: '8' },
  run: async ({ people, withdrawals, rounds, connections }, say) => {
    const world = await benchWorld(connections, { track_commit_timestamp: 'on' });
    const { server, app, env } = world;
    const worker = startWorker(env);
    try {
      const shop = await addBenchShop(app);
      say(`${people} readers`);
      await addReaders(app, server.db, shop, Number(people));
      await watchAttempts(server.db);
      await app.listen(0, '127.0.0.1');
      const url = (await app.getUrl()).replace('[::1]', '127.0.0.1');
      const links = app.get(SubscriptionLinks, { strict: false });
      const hasher = app.get(AddressHasher, { strict: false });
      const press = async ({ id, email }: Reader, dispatchId: number): Promise<void> => {
        const addressHash = hasher.hash('email', email);
        const token = links.sign({
          contactId: id,
          channel: 'email',
          topicId: shop.topicId,
          addressHash,
          dispatchId,
        });
        const answer = await fetch(`${url}/u/${token}`, {
          method: 'POST',
          headers: { 'content-type': 'application/x-www-form-urlencoded' },
          body: 'List-Unsubscribe=One-Click',
        });
        await answer.arrayBuffer();
        if (answer.status !== 200) throw new Error(`A withdrawal was answered with ${answer.status}.`);
      };
      const race = async (rate: Rate | null, count: number): Promise<Race> => {
        const dispatchId = await launchCampaign(app.get(CampaignsService, { strict: false }), shop, rate);
        const over = finished(server.db, dispatchId);
        const told = await pressWhileItRuns(
          server.db,
          dispatchId,
          count,
          reader => press(reader, dispatchId),
          over,
        );
        await over;
        return judge(server.db, dispatchId, told);
      };
      const full = await several(Number(rounds), () => race(null, Number(withdrawals)), 'full speed', say);
      const slow = await several(2, () => race(THROTTLE, Number(withdrawals) / 3), 'throttled', say);
      const ratios = full.map(({ latestMs }) => Math.round((latestMs / WANTED_MS) * 100) / 100);
      return {
        ...{
          name: 'withdraw',
          ratio: median(ratios),
          spread: [Math.min(...ratios), Math.max(...ratios)],
          target: 1,
        },
        latest_ms: Math.max(...full.map(({ latestMs }) => latestMs)),
        latest_ms_by_round: full.map(({ latestMs }) => latestMs),
        latest_throttled_ms: Math.max(...slow.map(({ latestMs }) => latestMs)),
        latest_settled_ms: Math.max(...full.map(({ latestSettledMs }) => latestSettledMs)),
        latest_settled_throttled_ms: Math.max(...slow.map(({ latestSettledMs }) => latestSettledMs)),
        withdrawals: full.reduce((sum, { withdrawn }) => sum + withdrawn, 0),
        obeyed: full.reduce((sum, { obeyed }) => sum + obeyed, 0),
        asked_after: [...full, ...slow].reduce((sum, { askedAfter }) => sum + askedAfter, 0),
        target_ms: WANTED_MS,
      };
    } finally {
      await worker.stop();
      await world.close();
    }
  },
};

interface Reader {
  id: number;
  email: string;
}

interface Race {
  withdrawn: number;
  /** Held back because of it. */
  obeyed: number;
  /** The latest commit of an attempt after the commit of its person's withdrawal; 0: none was later. */
  latestMs: number;
  /** The same of the commit of its result: by then the mail was out, often long before. */
  latestSettledMs: number;
  /** Attempts that had not even asked when the person was told, which must not be. */
  askedAfter: number;
}

async function several(times: number, race: () => Promise<Race>, what: string, say: Say): Promise<Race[]> {
  const races: Race[] = [];
  for (let time = 0; time < times; time++) {
    const one = await race();
    say(
      `${what}: ${one.withdrawn} withdrew, ${one.obeyed} obeyed, latest ${one.latestMs} ms, settled by ${one.latestSettledMs} ms`,
    );
    races.push(one);
  }
  return races;
}

/** Keeps the transaction that allowed each attempt: settling writes the row anew, and its commit is another. */
async function watchAttempts(db: Database): Promise<void> {
  await db.query(`
    CREATE TABLE allowed_attempt (dispatch_id bigint, contact_id bigint);
    CREATE FUNCTION note_attempt() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      INSERT INTO allowed_attempt SELECT dispatch_id, contact_id FROM added WHERE state = 'attempting';
      RETURN NULL;
    END $$;
    -- A step writes to a partition by its name, and what is set on the ledger as a whole does not hear of it.
    DO $$
    DECLARE
      part regclass;
    BEGIN
      FOR part IN SELECT inhrelid FROM pg_inherits WHERE inhparent = 'message'::regclass LOOP
        EXECUTE format('CREATE TRIGGER note_attempt AFTER INSERT ON %s REFERENCING NEW TABLE AS added
                        FOR EACH STATEMENT EXECUTE FUNCTION note_attempt()', part);
      END LOOP;
    END $$`);
}

/** People about to be written to withdraw, spread over the campaign. */
async function pressWhileItRuns(
  db: Database,
  dispatchId: number,
  count: number,
  press: (reader: Reader) => Promise<void>,
  over: Promise<void>,
): Promise<Map<number, number>> {
  let isOver = false;
  void over.then(() => (isOver = true));
  // When each was told that it was done, in milliseconds since 1970.
  const pressed = new Map<number, number>();
  const hand = async (): Promise<void> => {
    while (!isOver && pressed.size < count) {
      const next = await db.query<Reader>(
        `SELECT c.id, c.email FROM chunk k
          CROSS JOIN LATERAL (SELECT id FROM unnest(k.contact_ids) WITH ORDINALITY AS u (id, n)
                               WHERE NOT EXISTS (SELECT FROM message m WHERE m.dispatch_id = $1 AND m.contact_id = u.id)
                               ORDER BY n LIMIT 120) AS soon
          JOIN contact c ON c.id = soon.id
         WHERE k.dispatch_id = $1 AND k.state = 'leased'`,
        [dispatchId],
      );
      const left = next.filter(({ id }) => !pressed.has(id));
      const reader = left[Math.floor(Math.random() * left.length)];
      if (!reader) {
        await new Promise(resolve => setTimeout(resolve, 5));
        continue;
      }
      pressed.set(reader.id, Infinity);
      await press(reader);
      pressed.set(reader.id, Date.now());
    }
  };
  await Promise.all(Array.from({ length: HANDS }, hand));
  return pressed;
}

async function judge(db: Database, dispatchId: number, told: Map<number, number>): Promise<Race> {
  const rows = await db.query<{
    id: number;
    withdrawn: Date;
    attempted: Date | null;
    asked: Date | null;
    answered: Date | null;
    state: string | null;
  }>(
    `SELECT e.contact_id AS id, pg_xact_commit_timestamp(e.xmin) AS withdrawn, pg_xact_commit_timestamp(a.xmin) AS attempted,
            m.allowed_at AS asked, m.settled_at AS answered, m.state
       FROM consent_event e
       LEFT JOIN message m ON m.contact_id = e.contact_id AND m.dispatch_id = $1
       LEFT JOIN allowed_attempt a ON a.contact_id = e.contact_id AND a.dispatch_id = $1
      WHERE e.action = 'withdrawn' AND e.occurred_at > (SELECT created_at FROM dispatch WHERE id = $1)`,
    [dispatchId],
  );
  const after = (time: Date | null, row: { withdrawn: Date }): number =>
    time === null ? 0 : Math.max(0, time.getTime() - row.withdrawn.getTime());
  const gone = rows.filter(({ attempted }) => attempted !== null);
  const asked = rows.filter(({ state }) => state !== null && state !== 'skipped');
  if (gone.length < asked.length)
    throw new Error('Some attempts were not seen: nothing can be said of them.');
  return {
    withdrawn: rows.length,
    obeyed: rows.filter(({ state }) => state === 'skipped').length,
    latestMs: Math.max(0, ...gone.map(row => after(row.attempted, row))),
    latestSettledMs: Math.max(0, ...gone.map(row => after(row.answered, row))),
    askedAfter: gone.filter(({ id, asked }) => asked !== null && asked.getTime() > (told.get(id) ?? Infinity))
      .length,
  };
}
