import { DispatchesService, SendDispatchHandler } from '#sending';
import { startSmtpSink, type SmtpSink } from '../factories/smtp-sink.js';
import {
  addCampaign,
  addPeople,
  addShop,
  expectBalanced,
  launch,
  type Progress,
  progressOf,
  type Shop,
  testSystem,
  type TestSystem,
  until,
  untilState,
} from '../factories/system.js';

const CONNECTIONS = 4;

describe('a pause, a cancel and a "not later than"', () => {
  let sink: SmtpSink;
  let system: TestSystem;
  let shop: Shop;

  beforeAll(async () => {
    sink = await startSmtpSink();
    system = await testSystem('postgres', {
      env: {
        // Of which a step asks for fifty.
        ...{ SMTP_URL: sink.url, SMTP_CONNECTIONS: String(CONNECTIONS), SENDING_BATCH: '125' },
        ...{ SENDING_RUNNERS: '3', SENDING_POLL_MS: '50' },
      },
    });
    // Whether the workers heed is the question here, not how fast the machine is.
    system.app.get(DispatchesService, { strict: false }).heedWithinMs = 60_000;
  });
  afterAll(async () => {
    sink.release();
    await system.close();
    await sink.close();
  });
  beforeEach(async () => {
    sink.answer = () => 'accept';
    sink.delay = sink.slowStart = 0;
    system.clock.advance(60_000);
    shop = await addShop(system);
  });

  /** Three lanes, so that three runners share the few connections and mails wait for one. */
  const addCrowd = async (): Promise<number[]> => [
    ...(await addPeople(system, shop, 60)),
    ...(await addPeople(system, shop, 60, { domain: 'gmail.com' })),
    ...(await addPeople(system, shop, 60, { domain: 'yahoo.com' })),
  ];
  const untilProgress = (campaign: string, holds: (progress: Progress) => boolean): Promise<Progress> =>
    until(() => progressOf(system, campaign), holds);
  const rowsOf = (campaign: string) =>
    system.database.db.query<{ state: string; reason: string | null; attempt: number; n: number }>(
      `SELECT m.state, m.reason, m.attempt, count(*)::int AS n FROM message m JOIN campaign c USING (dispatch_id)
        WHERE c.id = $1 GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`,
      [campaign.slice(4)],
    );
  const underWay = async (): Promise<string> => {
    const campaign = await addCampaign(system, shop);
    const before = sink.total();
    await launch(system, campaign);
    await untilProgress(campaign, progress => progress.attempting >= 150);
    await until(
      async () => sink.total() - before,
      arrived => arrived >= CONNECTIONS,
    );
    return campaign;
  };

  it('let at most what has begun arrive, on a relay that takes half a second to begin', async () => {
    await addCrowd();
    sink.slowStart = 500;
    const campaign = await underWay();
    const answer = await system.request('POST', `/v1/campaigns/${campaign}/pause`);
    const arrived = sink.total();
    expect(answer).toMatchObject({ status: 200, body: { state: 'paused', heeded: true } });
    expect(answer.body.onTheWire).toBeLessThanOrEqual(CONNECTIONS);
    expect(answer.body.onTheWire).toBeGreaterThan(0);
    const progress = await untilProgress(campaign, ({ attempting }) => attempting === 0);
    expect(sink.total() - arrived).toBeLessThanOrEqual(answer.body.onTheWire);
    expectBalanced(progress);
    expect(progress.unknown).toBe(0);
    // What was allowed and did not begin is not an attempt.
    const rows = await rowsOf(campaign);
    expect(rows.filter(row => row.state === 'deferred')).toEqual([
      { state: 'deferred', reason: 'HELD', attempt: 0, n: progress.deferred },
    ]);
    // The answer waited for none of them: a relay as slow as this one would have taken twenty seconds and more.
    expect(progress.deferred).toBeGreaterThan(100);

    sink.slowStart = 0;
    await system.request('POST', `/v1/campaigns/${campaign}/resume`);
    expect(await untilState(system, campaign, 'finished')).toMatchObject({ accepted: 180, unknown: 0 });
    expect(await rowsOf(campaign)).toEqual([{ state: 'accepted', reason: null, attempt: 1, n: 180 }]);
    expect([...sink.arrivals.values()].every(times => times.length === 1)).toBe(true);
  });

  it('never send what was cancelled before it began, and count it as cancelled', async () => {
    await addCrowd();
    sink.slowStart = 300;
    const campaign = await underWay();
    const answer = await system.request('POST', `/v1/campaigns/${campaign}/cancel`);
    const arrived = sink.total();
    expect(answer).toMatchObject({ status: 200, body: { state: 'cancelled', heeded: true } });
    const progress = await untilProgress(campaign, ({ attempting }) => attempting === 0);
    expect(sink.total() - arrived).toBeLessThanOrEqual(answer.body.onTheWire);
    expectBalanced(progress);
    expect(progress).toMatchObject({ deferred: 0, unknown: 0 });
    expect(progress.cancelled).toBeGreaterThan(100);
    system.clock.advance(3_600_000);
    await system.app.get(SendDispatchHandler, { strict: false }).sweep();
    expect(await progressOf(system, campaign)).toEqual(progress);
  });

  it('begin nothing of a batch in hand after its "not later than", by the clock alone', async () => {
    await addCrowd();
    sink.slowStart = 200;
    const campaign = await addCampaign(system, shop);
    const before = sink.total();
    const notLaterThan = new Date(system.clock.now().getTime() + 60_000).toISOString();
    await system.request('POST', `/v1/campaigns/${campaign}/launch`, { notLaterThan });
    await until(
      async () => sink.total() - before,
      arrived => arrived >= CONNECTIONS,
    );
    system.clock.advance(60_001);
    const arrived = sink.total();
    const progress = await untilProgress(
      campaign,
      ({ state, attempting }) => state === 'expired' && attempting === 0,
    );
    expect(sink.total() - arrived).toBeLessThanOrEqual(CONNECTIONS);
    expectBalanced(progress);
    expect(progress.accepted + progress.cancelled).toBe(180);
  });

  it('tell of nothing on the wire when nothing is', async () => {
    await addPeople(system, shop, 3);
    const campaign = await addCampaign(system, shop);
    await system.request('POST', `/v1/campaigns/${campaign}/schedule`, {
      at: new Date(system.clock.now().getTime() + 3_600_000).toISOString(),
    });
    const answer = await system.request('POST', `/v1/campaigns/${campaign}/cancel`);
    expect(answer).toMatchObject({ status: 200, body: { state: 'cancelled', heeded: true, onTheWire: 0 } });
  });
});
