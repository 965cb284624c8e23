import { jest } from '@jest/globals';
import { formatId } from '#common';
import { ErrorBudgetsService, PacingTime, TokenBucketRepository } from '#sending';
import { startSmtpSink, type SmtpSink } from '../factories/smtp-sink.js';
import {
  addCampaign,
  addPeople,
  addShop,
  dispatchOf,
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

type Paced = Progress & { waits: { code: string; message: string; until: string | null }[] };

/** The most mails in any `seconds`. */
function most(times: readonly number[], seconds: number): number {
  return Math.max(...times.map(from => times.filter(at => at >= from && at < from + seconds * 1000).length));
}

/** What docs/pacing.md promises: in any time T no more than rate x (T + 2.5 seconds) + 1, over all workers. */
function expectPaced(times: readonly number[], rate: number): void {
  const whole = ((times.at(-1) as number) - (times[0] as number)) / 1000;
  for (const seconds of [0.25, 1, 3]) {
    expect(most(times, seconds)).toBeLessThanOrEqual(rate * (seconds + 2.5) + 1);
  }
  expect(times.length).toBeLessThanOrEqual(rate * (whole + 2.5) + 1);
}

describe('pacing', () => {
  let sinks: [SmtpSink, SmtpSink];
  let system: TestSystem;
  let other: TestSystem;
  let shop: Shop;
  let ticking: NodeJS.Timeout;
  let stopped = false;

  const env = { SENDING_BATCH: '20', SENDING_POLL_MS: '100', SENDING_RUNNERS: '2' };
  beforeAll(async () => {
    sinks = [await startSmtpSink(), await startSmtpSink()];
    system = await testSystem('postgres', { env: { ...env, SMTP_URL: sinks[0].url } });
    other = await testSystem('postgres', {
      env: { ...env, SMTP_URL: sinks[1].url },
      database: system.database,
      startWorker: false,
    });
    // Tokens come in by the database's clock; chunks come due by this one.
    ticking = setInterval(() => {
      if (stopped) return;
      for (const { clock } of [system, other]) clock.set(new Date());
    }, 5);
    system.clock.set(new Date());
    other.clock.set(new Date());
  });
  afterAll(async () => {
    clearInterval(ticking);
    await other.close();
    await system.close();
    await Promise.all(sinks.map(sink => sink.close()));
  });
  beforeEach(async () => {
    for (const sink of sinks) {
      sink.arrivals.clear();
      sink.answer = () => 'accept';
      sink.delay = 0;
    }
    shop = await addShop(system);
  });

  const arrivals = (...of: SmtpSink[]): number[] =>
    of.flatMap(sink => [...sink.arrivals.values()].flat()).sort((a, b) => a - b);
  const set = async (path: string, body: unknown): Promise<void> => {
    const answer = await system.request('PUT', `/v1/senders/${shop.senderId}/${path}`, body);
    expect([answer.status, answer.text]).toEqual([200, expect.anything()]);
  };
  const started = async (more: Record<string, unknown> = {}): Promise<string> => {
    const campaign = await addCampaign(system, shop, more);
    await launch(system, campaign);
    return campaign;
  };
  const setRate = async (campaign: string, rate: unknown): Promise<void> => {
    const changed = await system.request('PATCH', `/v1/campaigns/${campaign}`, { rate });
    expect([changed.status, changed.body.rate]).toEqual([200, rate]);
  };
  const paced = async (campaign: string): Promise<Paced> => (await progressOf(system, campaign)) as Paced;

  it('keeps a campaign to its rate, and says that it does', async () => {
    await addPeople(system, shop, 40);
    const campaign = await started({ rate: { messages: 10, per: 'second' } });
    await until(
      () => paced(campaign),
      ({ waits }) => waits.length > 0,
    ).then(({ waits }) =>
      expect(waits).toMatchObject([
        { code: 'CAMPAIGN_RATE', message: 'the campaign is limited to 10 messages per second' },
      ]),
    );
    expectBalanced(await untilState(system, campaign, 'finished'));
    const times = arrivals(sinks[0]);
    expect(times).toHaveLength(40);
    const seconds = ((times.at(-1) as number) - (times[0] as number)) / 1000;
    process.stdout.write(
      `one worker at 10/s: ${(39 / seconds).toFixed(1)}/s, most in 0.25 s ${most(times, 0.25)}, in 1 s ${most(times, 1)}\n`,
    );
    expectPaced(times, 10);
  });

  it('is exact across two workers, which get like shares', async () => {
    await other.worker.start();
    await set('pacing', { rate: { messages: 24, per: 'second' } });
    for (const domain of ['gmail.com', 'example.com', 'hotmail.com'])
      await addPeople(system, shop, 40, { domain });
    const campaigns = [await started(), await started()];
    for (const campaign of campaigns) {
      expect(
        await until(
          () => progressOf(system, campaign),
          ({ state }) => state === 'finished',
          60_000,
        ),
      ).toMatchObject({ accepted: 120 });
    }
    await other.worker.stop();
    const times = arrivals(...sinks);
    expect(times).toHaveLength(240);
    const seconds = ((times.at(-1) as number) - (times[0] as number)) / 1000;
    expectPaced(times, 24);
    const shares = sinks.map(sink => arrivals(sink).length / 240);
    expect(Math.min(...shares)).toBeGreaterThan(0.25);
    process.stdout.write(
      `two workers at 24/s: ${(240 / seconds).toFixed(1)}/s over ${seconds.toFixed(1)} s, most in 1 s ${most(times, 1)}, ` +
        `in 3 s ${most(times, 3)}, shares ${shares.map(share => share.toFixed(2)).join(' and ')}\n`,
    );
  });

  it('obeys a rate that is changed while it runs', async () => {
    await addPeople(system, shop, 60);
    const campaign = await started({ rate: { messages: 30, per: 'hour' } });
    await until(
      () => progressOf(system, campaign),
      ({ accepted }) => accepted > 0,
    );
    expect(arrivals(sinks[0]).length).toBeLessThanOrEqual(2);
    await setRate(campaign, { messages: 500, per: 'second' });
    expect(await untilState(system, campaign, 'finished')).toMatchObject({ accepted: 60 });
    const late = await system.request('PATCH', `/v1/campaigns/${campaign}`, { rate: null });
    expect([late.status, late.body.code]).toEqual([409, 'CAMPAIGN_STATE']);
  });

  it('slows the lane that asks for it, says so, and leaves the others alone', async () => {
    const google = await addPeople(system, shop, 30, { domain: 'gmail.com' });
    const others = await addPeople(system, shop, 60);
    sinks[0].answer = recipient => (recipient.endsWith('@gmail.com') ? 'too fast' : 'accept');
    const campaign = await started();
    const progress = await until(
      () => paced(campaign),
      ({ accepted, waits }) => accepted === others.length && waits.length > 0,
    );
    expect(progress.deferred + progress.notYetAttempted + progress.attempting).toBe(google.length);
    expect(progress.waits).toMatchObject([{ code: 'LANE_SLOWED' }]);
    expect(progress.waits[0]?.message).toMatch(/^the lane "google" has slowed to .* per .*421.*4\.7\.28/);
    const { body } = await system.request('GET', `/v1/senders/${shop.senderId}/pacing`);
    const slowed = body.lanes.filter((lane: { slowed: unknown }) => lane.slowed !== null);
    expect(slowed).toMatchObject([{ lane: 'google', rate: null, messagesPerSecond: expect.any(Number) }]);
    expect(slowed[0].messagesPerSecond).toBeCloseTo(slowed[0].slowed.before / 2);
    await system.request('POST', `/v1/campaigns/${campaign}/cancel`);
  });

  it('costs no statement per batch where nothing is limited', async () => {
    const bucket = system.app.get(TokenBucketRepository, { strict: false });
    const asked = jest.spyOn(bucket, 'exchange');
    await addPeople(system, shop, 600);
    const begun = performance.now();
    expect(await untilState(system, await started(), 'finished')).toMatchObject({ accepted: 600 });
    // 30 batches; a look a second, and one more for a beginning and an end.
    expect(asked.mock.calls.length).toBeLessThanOrEqual((performance.now() - begun) / 1000 + 2);
    asked.mockRestore();
  });

  it('does not let a large campaign starve a small one that comes later', async () => {
    await addPeople(system, shop, 3500);
    const small = await addShop(system);
    await addPeople(system, small, 20);
    sinks[0].delay = 5;
    const large = await started();
    await until(
      () => progressOf(system, large),
      ({ accepted }) => accepted > 50,
    );
    const before = sinks[0].total();
    const urgent = await addCampaign(system, small);
    await launch(system, urgent);
    const done = await untilState(system, urgent, 'finished');
    const passed = sinks[0].total() - before - 20;
    expect(done).toMatchObject({ accepted: 20 });
    process.stdout.write(`while 20 urgent mails went, ${passed} of 3500 others did\n`);
    // At most what is left of the chunks in the two runners' hands.
    expect(passed).toBeLessThan(2200);
    expect((await progressOf(system, large)).notYetAttempted).toBeGreaterThan(0);
    await system.request('POST', `/v1/campaigns/${large}/cancel`);
  });

  it('pauses a campaign whose mails are refused, says why, and counts anew when a person resumes it', async () => {
    await set('error-budget', { refusals: 0.1, minimumMessages: 40 });
    await addPeople(system, shop, 400);
    let n = 0;
    sinks[0].answer = () => (++n % 4 === 0 ? 'refuse' : 'accept');
    const campaign = await started({ rate: { messages: 60, per: 'second' } });
    await until(
      () => progressOf(system, campaign),
      ({ accepted, rejected }) => accepted + rejected > 60,
    );
    // So that it is not over before it is judged.
    await setRate(campaign, { messages: 1, per: 'hour' });
    const budgets = system.app.get(ErrorBudgetsService, { strict: false });
    const paused = await until(
      async () => {
        await budgets.judgeAll();
        return paced(campaign);
      },
      ({ state }) => state === 'paused',
    );
    expect(paused.waits).toMatchObject([{ code: 'ERROR_BUDGET' }]);
    expect(paused.waits[0]?.message).toMatch(
      /^Paused by the error budget at .*: \d+ of \d+ messages were refused for good \(2\d(\.\d+)? %\); at most 10 % are tolerated\.$/,
    );
    const [event] = await system.database.db.query<{ actor: string; detail: { kind: string } }>(
      `SELECT actor, detail FROM audit_event WHERE action = 'dispatch.paused' ORDER BY id DESC LIMIT 1`,
    );
    expect(event).toMatchObject({ actor: 'error-budget', detail: { kind: 'refusals' } });
    sinks[0].answer = () => 'accept';
    await setRate(campaign, null);
    await system.request('POST', `/v1/campaigns/${campaign}/resume`);
    const done = await untilState(system, campaign, 'finished');
    expect(done.accepted + done.rejected).toBe(400);
    expect(await budgets.judgeAll()).toEqual([]);
  });

  it('pauses for complaints that came to be known later', async () => {
    await set('error-budget', { minimumMessages: 10 });
    await addPeople(system, shop, 120);
    const campaign = await started({ rate: { messages: 15, per: 'second' } });
    await until(
      () => progressOf(system, campaign),
      ({ accepted }) => accepted > 15,
    );
    await setRate(campaign, { messages: 1, per: 'hour' });
    const dispatchId = await dispatchOf(system, campaign);
    const budgets = system.app.get(ErrorBudgetsService, { strict: false });
    await budgets.note(dispatchId, 'complained', 2);
    expect(await budgets.judgeAll()).toEqual([]);
    await budgets.note(dispatchId, 'complained');
    const paused = await until(
      async () => {
        await budgets.judgeAll();
        return paced(campaign);
      },
      ({ state }) => state === 'paused',
    );
    expect(paused.waits[0]?.message).toMatch(/3 of \d+ messages were called spam/);
    await system.request('POST', `/v1/campaigns/${campaign}/cancel`);
  });

  it("lets what exceeds a domain's warm-up wait for tomorrow, and says so", async () => {
    const time = system.app.get(PacingTime, { strict: false });
    stopped = true;
    let asked = 0;
    time.now = () => (asked++, system.clock.now());
    try {
      system.clock.set('2026-11-25T12:00:00Z');
      await system.request('PATCH', `/v1/senders/${shop.senderId}`, {
        timeZone: 'Asia/Riyadh',
        fromEmail: `news@warm-${shop.senderId.slice(4)}.example`,
      });
      await set('warm-up', { ceilings: [5, 30] });
      await addPeople(system, shop, 12);
      const campaign = await started();
      const waiting = await until(
        () => paced(campaign),
        ({ accepted, waits }) => accepted === 5 && waits.length > 0,
      );
      expect(waiting.waits).toMatchObject([{ code: 'WARM_UP', until: '2026-11-25T21:00:00.000Z' }]);
      expect(waiting.waits[0]?.message).toMatch(/^waits for warm-up: 5 of 5 today/);
      expectBalanced(waiting);
      system.clock.set('2026-11-25T20:59:50Z');
      // The worker has looked again at that hour, and whatever it found it had the time to act on.
      const before = asked;
      await until(
        async () => asked - before,
        looks => looks >= 4,
      );
      expect(await paced(campaign)).toMatchObject({ accepted: 5 });
      system.clock.set('2026-11-25T21:00:05Z');
      expect(await untilState(system, campaign, 'finished')).toMatchObject({ accepted: 12 });
      const { body } = await system.request('GET', `/v1/senders/${shop.senderId}/warm-up`);
      expect(body).toMatchObject({
        today: { day: '2026-11-26', step: 2, ceiling: 30, used: 7 },
        days: [{ day: '2026-11-25', ceiling: 5, used: 5 }, { day: '2026-11-26' }],
      });
    } finally {
      time.now = () => null;
      stopped = false;
    }
  });

  describe('by API', () => {
    it('is read and written back the same', async () => {
      const path = `/v1/senders/${shop.senderId}`;
      const put = await system.request('PUT', `${path}/pacing`, {
        rate: { messages: 500, per: 'hour' },
        lanes: { google: { messages: 2, per: 'second' }, yahoo: null },
      });
      expect(put.status).toBe(200);
      const got = (await system.request('GET', `${path}/pacing`)).body;
      expect(got).toEqual(put.body);
      expect(got.rate).toEqual({ messages: 500, per: 'hour' });
      expect(got.lanes.find((lane: { lane: string }) => lane.lane === 'google')).toEqual({
        ...{ lane: 'google', rate: { messages: 2, per: 'second' }, messagesPerSecond: 2, slowed: null },
      });
      expect((await system.request('PUT', `${path}/pacing`, { rate: null })).body.rate).toBeNull();
      expect((await system.request('GET', `${path}/warm-up`)).body.code).toBe('WARM_UP_NOT_FOUND');
      const warm = await system.request('PUT', `${path}/warm-up`);
      expect(warm.body).toMatchObject({
        domain: 'mail.nakheel.example',
        today: { step: 1, ceiling: 200, used: 0 },
      });
      expect((await system.request('DELETE', `${path}/warm-up`)).status).toBe(204);
      expect((await system.request('GET', `${path}/error-budget`)).body).toEqual({
        ...{ refusals: 0.05, bounces: 0.05, complaints: 0.003, minimumMessages: 200, windowMinutes: 1440 },
      });
      expect(
        (await system.request('PUT', `${path}/error-budget`, { complaints: null })).body.complaints,
      ).toBeNull();
      expect((await system.request('DELETE', `${path}/error-budget`)).status).toBe(204);
      const bare = await system.request('POST', '/v1/senders', { key: `bare-${shop.senderId.slice(4)}` });
      const refused = await system.request('PUT', `/v1/senders/${bare.body.id}/warm-up`, {});
      expect([refused.status, refused.body.code]).toEqual([422, 'SENDER_WITHOUT_DOMAIN']);
    });

    const rate = (messages: unknown, per: unknown = 'hour'): unknown => ({ rate: { messages, per } });
    it.each([
      ['no messages', 'pacing', rate(0)],
      ['fewer than none', 'pacing', rate(-1)],
      ['half a message', 'pacing', rate(1.5)],
      ['a number beyond all', 'pacing', rate(1e300)],
      ['a text for a number', 'pacing', rate('500')],
      ['a period nobody knows', 'pacing', rate(5, 'fortnight')],
      ['a list for a number', 'pacing', rate([5])],
      ['a rate without a period', 'pacing', { rate: { messages: 5 } }],
      ['a bare number', 'pacing', { rate: 5 }],
      ['nothing', 'pacing', {}],
      ['a lane that is not there', 'pacing', { rate: null, lanes: { mars: { messages: 1, per: 'hour' } } }],
      ['a key of prototypes', 'pacing', '{"rate": null, "__proto__": {"a": 1}}'],
      [
        'a lane of prototypes',
        'pacing',
        '{"rate": null, "lanes": {"__proto__": {"messages": 1, "per": "hour"}}}',
      ],
      ['a list of lanes', 'pacing', { rate: null, lanes: [] }],
      ['an empty plan', 'warm-up', { ceilings: [] }],
      ['a day of none', 'warm-up', { ceilings: [0] }],
      ['a day of too many', 'warm-up', { ceilings: [1, 2 ** 40] }],
      ['a text for a plan', 'warm-up', { ceilings: '200' }],
      ['a plan of 121 days', 'warm-up', `{"ceilings": [${'1,'.repeat(120)}1]}`],
      ['a share of none', 'error-budget', { refusals: 0 }],
      ['a share of five wholes', 'error-budget', { refusals: 5 }],
      ['a text for a share', 'error-budget', { complaints: 'many' }],
      ['a window of ages', 'error-budget', { windowMinutes: 1e9 }],
      ['a judgement by none', 'error-budget', { minimumMessages: 0 }],
      ['a field nobody knows', 'error-budget', { unknown: 1 }],
    ])('refuses %s in PUT %s clearly, and nothing changes', async (_, path, body) => {
      const before = await system.request('GET', `/v1/senders/${shop.senderId}/${path}`);
      const answer = await system.request('PUT', `/v1/senders/${shop.senderId}/${path}`, body, {
        'content-type': 'application/json',
      });
      // A key such as __proto__ is dropped before it is read, or refused.
      if (String(body).includes('__proto__') && answer.status === 200)
        expect(({} as { a?: number }).a).toBeUndefined();
      else expect([answer.status, typeof answer.body.code]).toEqual([400, 'string']);
      const after = await system.request('GET', `/v1/senders/${shop.senderId}/${path}`);
      expect(after.text).toBe(before.text);
    });

    it('knows no pacing of a sender that is not there', async () => {
      for (const path of ['pacing', 'warm-up', 'error-budget']) {
        for (const id of [formatId('sender', 999_999), 'snd_0', 'cam_1', 'x'.repeat(300)]) {
          expect((await system.request('GET', `/v1/senders/${id}/${path}`)).status).toBe(404);
        }
      }
      const answer = await system.request('PUT', '/v1/senders/snd_999999/pacing', rate(5));
      expect([answer.status, answer.body.code]).toEqual([404, 'SENDER_NOT_FOUND']);
    });
  });
});

describe("a relay's limit", () => {
  it('holds for everything that goes through it, as its URL says', async () => {
    const sink = await startSmtpSink();
    const system = await testSystem('postgres', {
      env: { SENDING_POLL_MS: '100', SMTP_URL: `${sink.url}&rate=20/second` },
    });
    const ticking = setInterval(() => system.clock.set(new Date()), 5);
    try {
      const shop = await addShop(system);
      for (const domain of ['gmail.com', 'example.com']) await addPeople(system, shop, 50, { domain });
      const campaign = await addCampaign(system, shop);
      await launch(system, campaign);
      const { waits } = (await until(
        () => progressOf(system, campaign),
        ({ accepted }) => accepted > 0,
      )) as Paced;
      expect(waits).toMatchObject([
        { code: 'RELAY_RATE', message: 'the relay is limited to 20 messages per second' },
      ]);
      expect(await untilState(system, campaign, 'finished')).toMatchObject({ accepted: 100 });
      const times = [...sink.arrivals.values()].flat().sort((a, b) => a - b);
      expect(times).toHaveLength(100);
      expectPaced(times, 20);
    } finally {
      clearInterval(ticking);
      await system.close();
      await sink.close();
    }
  });
});
