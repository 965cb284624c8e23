import { AddressHasher } from '#common';
import { SubscriptionLinks } from '#consent';
import { RecordingSink } from '../factories/recording-sink.js';
import {
  addCampaign,
  addPeople,
  addShop,
  expectBalanced,
  launch,
  progressOf,
  testSystem,
  type TestSystem,
  until,
} from '../factories/system.js';
import { killWorkerProcesses, startWorkerProcess } from '../factories/worker-process.js';

const PEOPLE = 50_000;
const WITHDRAWALS = 1000;
/** Presses under way at once. */
const HANDS = 8;
/** How far ahead of the mails they press, in each chunk that is under way. */
const FRONT = 120;
/** What the sink takes for each mail where the hands have fallen behind. */
const SLOW_SINK_MS = 50;

/** The promise of the product at full speed: people press "unsubscribe" while their mail is about to leave. */
describe('a thousand withdrawals racing a campaign of fifty thousand', () => {
  let sink: RecordingSink;
  let system: TestSystem;

  beforeAll(async () => {
    sink = await RecordingSink.start();
    system = await testSystem('postgres', { startWorker: false });
    const [tracked] = await system.database.db.query<{ setting: string }>(
      `SELECT current_setting('track_commit_timestamp') AS setting`,
    );
    // What was committed before what is the question here; nothing else can tell.
    if (tracked?.setting !== 'on') throw new Error('PostgreSQL must run with track_commit_timestamp = on.');
    // The worker has the real clock; the API that launches must not be ahead of it.
    system.clock.set(new Date(Date.now() - 60_000));
  });
  afterAll(async () => {
    await killWorkerProcesses();
    await system.close();
    await sink.close();
  });

  it('allows no attempt after its withdrawal was committed, and prints the latest mail', async () => {
    const { db } = system.database;
    const shop = await addShop(system);
    const ids: number[] = [];
    while (ids.length < PEOPLE) ids.push(...(await addPeople(system, shop, 10_000)));
    const links = await linksOf(system, Number(shop.topicId.slice(4)), ids);
    const campaign = await addCampaign(system, { ...shop, templateId: await shortTemplate(system) });
    await launch(system, campaign);
    startWorkerProcess(system.database.url, sink.url, { SENDING_BATCH: '50', SMTP_CONNECTIONS: '8' });

    const pressed = new Set<number>();
    const refused: number[] = [];
    const shareOfHands = (): number => (pressed.size / WITHDRAWALS) * 0.95;
    const shareOfMails = (): number => sink.taken.length / PEOPLE;
    // Neither runs away from the other: the sink waits for slow hands, and the hands for the mails.
    sink.answer = () => {
      sink.delay = shareOfMails() - shareOfHands() > 0.01 ? SLOW_SINK_MS : 0;
      return 'accept';
    };
    const hand = async (): Promise<void> => {
      while (pressed.size < WITHDRAWALS) {
        const near = await until(
          async () => (await aboutToBeWrittenTo(system)).filter(one => !pressed.has(one)),
          some => some.length > 0,
        );
        const id = near[Math.floor(Math.random() * near.length)] as number;
        if (pressed.has(id)) continue;
        pressed.add(id);
        const answer = await fetch(`${system.url}/u/${links.get(id)}`, {
          method: 'POST',
          headers: { 'content-type': 'application/x-www-form-urlencoded' },
          body: 'List-Unsubscribe=One-Click',
        });
        if (answer.status !== 200) refused.push(answer.status);
        await answer.arrayBuffer();
        // Spread over the whole campaign.
        const share = shareOfHands();
        await until(async () => shareOfMails() >= share, Boolean, 240_000);
      }
    };
    await until(async () => sink.taken.length > 100, Boolean, 60_000);
    await Promise.all(Array.from({ length: HANDS }, hand));
    await until(
      () => progressOf(system, campaign),
      progress => progress.state === 'finished',
      240_000,
    );

    expect(refused).toEqual([]);
    expect(pressed.size).toBeGreaterThanOrEqual(WITHDRAWALS);
    const progress = await progressOf(system, campaign);
    expectBalanced(progress);
    expect(progress.unknown).toBe(0);

    // An attempt asks the database after `allowed_at`; a withdrawal that was committed before that must be seen by it.
    const rows = await db.query<{ id: number; email: string; state: string; allowed: Date; committed: Date }>(
      `SELECT c.id, c.email, m.state, m.allowed_at AS allowed, pg_xact_commit_timestamp(e.xmin) AS committed
         FROM consent_event e
         JOIN contact c ON c.id = e.contact_id
         JOIN message m ON m.contact_id = c.id
        WHERE e.action = 'withdrawn'`,
    );
    expect(rows).toHaveLength(pressed.size);
    const allowedTooLate = rows.filter(row => row.state !== 'skipped' && row.allowed > row.committed);
    expect(allowedTooLate).toEqual([]);
    const arrivals = new Map(sink.taken.map(mail => [mail.recipient, mail.at]));
    expect(arrivals.size).toBe(sink.taken.length);
    const latest = rows.flatMap(row => {
      const arrival = arrivals.get(row.email);
      return arrival === undefined ? [] : [performance.timeOrigin + arrival - row.committed.getTime()];
    });
    const obeyed = rows.filter(row => row.state === 'skipped').length;
    // The race was one: some were held back, some were too late to be.
    expect(obeyed).toBeGreaterThan(50);
    expect(rows.length - obeyed).toBe(latest.length);
    process.stderr.write(
      `${rows.length} withdrawals: ${obeyed} were obeyed before the mail left; the latest mail arrived ` +
        `${Math.max(0, ...latest).toFixed(0)} ms after its withdrawal was committed (${PEOPLE} people).\n`,
    );
  }, 360_000);
});

/** The next people of each chunk that a worker has in hand; by the time they press, some were written to. */
async function aboutToBeWrittenTo({ database: { db } }: TestSystem): Promise<number[]> {
  const rows = await db.query<{ id: number }>(
    `SELECT soon.id FROM chunk k
      CROSS JOIN LATERAL (SELECT id FROM unnest(k.contact_ids) WITH ORDINALITY AS u (id, n)
                           WHERE NOT EXISTS (SELECT FROM message m WHERE m.dispatch_id = k.dispatch_id AND m.contact_id = u.id)
                           ORDER BY n LIMIT $1) AS soon
      WHERE k.state = 'leased'`,
    [FRONT],
  );
  return rows.map(({ id }) => id);
}

/** Of few words: what a mail looks like does not matter here, and the faster they leave the harder is the race. */
async function shortTemplate(system: TestSystem): Promise<string> {
  const mjml =
    '<mjml><mj-body><mj-section><mj-column><mj-text>Hello</mj-text></mj-column></mj-section></mj-body></mjml>';
  const answer = await system.request('POST', '/v1/templates', {
    name: 'Short',
    content: { en: { subject: 'Hello', mjml } },
  });
  expect(answer.status).toBe(201);
  return answer.body.id;
}

/** The unsubscribe token of each person's mail. */
async function linksOf(system: TestSystem, topicId: number, ids: number[]): Promise<Map<number, string>> {
  const links = system.app.get(SubscriptionLinks, { strict: false });
  const hasher = system.app.get(AddressHasher, { strict: false });
  const people = await system.database.db.query<{ id: number; email: string }>(
    'SELECT id, email FROM contact WHERE id = ANY($1::bigint[])',
    [ids],
  );
  return new Map(
    people.map(({ id, email }) => {
      const addressHash = hasher.hash('email', email);
      return [id, links.sign({ contactId: id, channel: 'email', topicId, addressHash, dispatchId: 1 })];
    }),
  );
}
