import { createServer, type Server, type Socket } from 'node:net';
import { startSmtpSink, type SmtpSink } from '../factories/smtp-sink.js';
import {
  addCampaign,
  addPeople,
  addShop,
  contactId,
  expectBalanced,
  launch,
  progressOf,
  type Shop,
  testSystem,
  type TestSystem,
  until,
  untilState,
} from '../factories/system.js';
import { killWorkerProcesses, startWorkerProcess, type WorkerProcess } from '../factories/worker-process.js';

const BATCH = 20;
const CONNECTIONS = 4;
const RUNNERS = 2;
const KILLS = 3;

/** A worker as a process: killed, stopped, put to sleep. What the relay received is then joined with the ledger. */
describe('a worker process', () => {
  let sink: SmtpSink;
  let system: TestSystem;
  let shop: Shop;

  beforeAll(async () => {
    sink = await startSmtpSink();
    system = await testSystem('postgres', { startWorker: false });
  });
  afterAll(async () => {
    await killWorkerProcesses();
    await system.close();
    await sink.close();
  });
  beforeEach(async () => {
    sink.arrivals.clear();
    sink.accepted.clear();
    sink.answer = () => 'accept';
    sink.delay = 0;
    // The process has the real clock; the API that launches must not be ahead of it.
    system.clock.set(new Date(Date.now() - 60_000));
    shop = await addShop(system);
  });
  afterEach(killWorkerProcesses);

  const start = (env: Record<string, string> = {}): WorkerProcess =>
    startWorkerProcess(system.database.url, sink.url, {
      SENDING_BATCH: String(BATCH),
      SENDING_RUNNERS: String(RUNNERS),
      SMTP_CONNECTIONS: String(CONNECTIONS),
      ...env,
    });
  const launched = async (): Promise<string> => {
    const campaign = await addCampaign(system, shop);
    await launch(system, campaign);
    return campaign;
  };

  /** The ledger beside what arrived: each line of it is a promise. */
  async function expectLedgerTrue(campaign: string, people: number): Promise<{ unknown: number }> {
    const progress = await progressOf(system, campaign);
    expectBalanced(progress);
    expect(progress).toMatchObject({ frozen: people, notYetAttempted: 0, attempting: 0 });
    const rows = await system.database.db.query<{ email: string; state: string }>(
      `SELECT c.email, m.state FROM message m JOIN contact c ON c.id = m.contact_id
        WHERE m.dispatch_id = (SELECT dispatch_id FROM campaign WHERE id = $1)`,
      [campaign.slice(4)],
    );
    const states = new Map(rows.map(row => [row.email, row.state]));
    const twice = [...sink.arrivals].filter(([, times]) => times.length > 1).map(([email]) => email);
    const withoutRow = [...sink.arrivals.keys()].filter(email => !states.has(email));
    const claimedOnly = rows.filter(row => row.state === 'accepted' && !sink.arrivals.has(row.email));
    const lost = rows.filter(row => !['accepted', 'unknown'].includes(row.state));
    expect({ twice, withoutRow, claimedOnly, lost }).toEqual({
      twice: [],
      withoutRow: [],
      claimedOnly: [],
      lost: [],
    });
    expect(rows).toHaveLength(people);
    return { unknown: progress.unknown };
  }

  it('killed again and again, writes to nobody twice, loses nobody, and delivers nothing without a row', async () => {
    const people = 900;
    await addPeople(system, shop, people);
    sink.delay = 3;
    const campaign = await launched();
    for (let kills = 0; kills < KILLS; kills++) {
      const worker = start();
      // A random number of mails from now, and before the answer to the last of them: it dies in any phase of a batch.
      const enough = sink.total() + 60 + Math.floor(Math.random() * 90);
      sink.answer = () => {
        if (sink.total() >= enough) worker.kill('SIGKILL');
        return 'accept';
      };
      expect(await worker.ended).toBe('SIGKILL');
    }
    sink.answer = () => 'accept';
    start();
    await untilState(system, campaign, 'finished');
    const { unknown } = await expectLedgerTrue(campaign, people);
    // What each runner was allowed and had not settled is a batch at most.
    expect(unknown).toBeLessThanOrEqual(KILLS * RUNNERS * BATCH);
    // At least the mail that killed it was taken, and nobody could say so.
    expect(unknown).toBeGreaterThanOrEqual(KILLS);
  });

  it('asked to stop, leaves nothing unknown and nothing leased, and the next one goes on at once', async () => {
    const people = 350;
    await addPeople(system, shop, people);
    sink.delay = 3;
    const campaign = await launched();
    for (let stops = 0; stops < 2; stops++) {
      const worker = start();
      const enough = sink.total() + 100;
      await until(
        async () => sink.total(),
        total => total >= enough,
      );
      worker.kill('SIGTERM');
      expect(await worker.ended).toBe(0);
      const [leased] = await system.database.db.query<{ n: number }>(
        `SELECT count(*) AS n FROM chunk WHERE state = 'leased'`,
      );
      expect(leased!.n).toBe(0);
      expect(await progressOf(system, campaign)).toMatchObject({ unknown: 0, attempting: 0 });
    }
    start();
    await untilState(system, campaign, 'finished');
    expect(await expectLedgerTrue(campaign, people)).toEqual({ unknown: 0 });
  });

  it('put to sleep beyond its lease, sends nothing on an old permission when it wakes', async () => {
    const people = 200;
    await addPeople(system, shop, people);
    sink.delay = 150;
    const campaign = await launched();
    const sleeper = start({ SENDING_RUNNERS: '1' });
    await until(
      async () => sink.total(),
      total => total >= 2 * CONNECTIONS,
    );
    sleeper.kill('SIGSTOP');
    sink.delay = 0;
    start();
    await untilState(system, campaign, 'finished');
    // What the sleeper has in its hand, looked up only now: a batch it had asked for may have been allowed after it fell asleep.
    const open = await system.database.db.query<{ id: number; email: string }>(
      `SELECT c.id, c.email FROM message m JOIN contact c ON c.id = m.contact_id
        WHERE m.state = 'unknown' AND m.dispatch_id = (SELECT dispatch_id FROM campaign WHERE id = $1)`,
      [campaign.slice(4)],
    );
    expect(open.length).toBeGreaterThan(0);
    for (const { id } of open) {
      await system.request('POST', '/v1/consents/withdrawals', {
        contactId: contactId(id),
        scope: { kind: 'everything' },
        source: 'tests',
      });
    }
    const beganBefore = new Set(sink.arrivals.keys());
    sleeper.kill('SIGCONT');
    // It knows of most of them that they were not sent: the dispatch runs again, and they are tried anew at once.
    const progress = await until(
      () => progressOf(system, campaign),
      now => now.state === 'finished' && now.unknown === 0 && now.deferred === 0,
    );
    expectBalanced(progress);
    const late = open.filter(({ email }) => sink.arrivals.has(email) && !beganBefore.has(email));
    // No more than what was already in the hands of the wire.
    expect(late.length).toBeLessThanOrEqual(CONNECTIONS);
    expect([...sink.arrivals.values()].every(times => times.length === 1)).toBe(true);
    // The gate was asked anew, and they had withdrawn.
    const unsent = open.filter(({ email }) => !sink.arrivals.has(email));
    expect(unsent.length).toBeGreaterThan(0);
    expect(progress).toMatchObject({ deferred: 0, skipped: { WITHDRAWN: unsent.length } });
  });

  describe('whose queue is there but says nothing', () => {
    let deaf: Server;
    const sockets = new Set<Socket>();
    beforeAll(async () => {
      deaf = createServer(socket => {
        sockets.add(socket);
        socket.on('error', () => undefined);
      });
      await new Promise<void>(resolve => deaf.listen(0, '127.0.0.1', () => resolve()));
    });
    afterAll(() => {
      for (const socket of sockets) socket.destroy();
      deaf.close();
    });

    it('sends and stops all the same', async () => {
      await addPeople(system, shop, 40);
      const campaign = await launched();
      const { port } = deaf.address() as { port: number };
      const worker = start({ REDIS_URL: `redis://127.0.0.1:${port}` });
      await untilState(system, campaign, 'finished');
      worker.kill('SIGTERM');
      expect(await worker.ended).toBe(0);
      expect(await expectLedgerTrue(campaign, 40)).toEqual({ unknown: 0 });
    });
  });
});
