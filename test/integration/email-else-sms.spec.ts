import { AudienceService } from '#sending';
import { addPhones, addSmsShop, agreeTo, SMS_HOUR } from '../factories/sms-shop.js';
import {
  addCampaign,
  contactId,
  dispatchOf,
  expectBalanced,
  launch,
  type Shop,
  testSystem,
  type TestSystem,
  until,
  untilState,
} from '../factories/system.js';

describe('a campaign by email, and by SMS to whom email may not reach', () => {
  let system: TestSystem;
  let shop: Shop;
  let more: Record<string, string>;

  beforeAll(async () => {
    system = await testSystem('postgres');
  });
  afterAll(() => system.close());
  beforeEach(async () => {
    await system.inbox.clear();
    await system.phone.clear();
    system.clock.set(SMS_HOUR);
    shop = await addSmsShop(system);
    await system.request('PATCH', `/v1/senders/${shop.senderId}`, {
      ...{ fromName: 'Nakheel', fromEmail: 'news@mail.nakheel.example' },
      registrationPlace: 'Commercial Register, Riyadh',
    });
    const mail = await system.request('POST', '/v1/templates', {
      ...{ name: `Mail ${shop.senderId}`, fromStarter: 'offer' },
    });
    more = { templateId: mail.body.id as string, smsTemplateId: shop.templateId };
  });

  /** People of each kind, by what they agreed to. */
  async function people(): Promise<Record<'email' | 'sms' | 'both' | 'neither', number[]>> {
    const options = { consent: false, email: true };
    const kinds = {
      email: await addPhones(system, shop, 3, options),
      sms: await addPhones(system, shop, 4, options),
      both: await addPhones(system, shop, 5, options),
      neither: await addPhones(system, shop, 2, options),
    };
    await agreeTo(system, shop, [...kinds.email, ...kinds.both], 'email');
    await agreeTo(system, shop, [...kinds.sms, ...kinds.both], 'sms');
    return kinds;
  }

  const mails = async (): Promise<string[]> =>
    (await system.inbox.list({ limit: 1000 })).flatMap(({ envelopeTo }) => envelopeTo);
  const texts = (): string[] => system.phone.list(1000).map(({ to }) => to);
  const withdraw = (id: number, channel: string): Promise<unknown> =>
    system.request('POST', '/v1/consents/withdrawals', {
      contactId: contactId(id),
      scope: { kind: 'topic', topicId: shop.topicId, channel },
      source: 'tests',
    });

  it('reaches each person by one of the two, email first, and says so beforehand', async () => {
    const kinds = await people();
    const phoneOnly = await addPhones(system, shop, 2);
    const campaign = await addCampaign(system, shop, more);
    const audience = await system.request('GET', `/v1/campaigns/${campaign}/audience`);
    expect(audience.body).toMatchObject({ willReceive: 14, ofThemBySms: 6, excluded: { NO_CONSENT: 2 } });
    expect(audience.body.summary.en).toContain('14 will receive it (6 by SMS)');
    await launch(system, campaign);
    const progress = await untilState(system, campaign, 'finished');
    expect(progress).toMatchObject({ frozen: 14, accepted: 14 });
    expectBalanced(progress);
    expect(await mails()).toHaveLength(8);
    expect(texts()).toHaveLength(6);
    const rows = await system.database.db.query<{ id: number; channel: string | null }>(
      'SELECT contact_id AS id, channel FROM message WHERE dispatch_id = $1 ORDER BY contact_id',
      [await dispatchOf(system, campaign)],
    );
    const bySms = rows.filter(({ channel }) => channel === 'sms').map(({ id }) => id);
    expect(bySms.sort((a, b) => a - b)).toEqual([...kinds.sms, ...phoneOnly].sort((a, b) => a - b));
    const why = await system.request(
      'GET',
      `/v1/messages/msg_${await dispatchOf(system, campaign)}_${kinds.sms[0]}/why`,
    );
    expect(why.body.words.en).toContain('a marketing text message');
  });

  it('is decided for each at the moment of sending, in both directions, and nobody gets both', async () => {
    const kinds = await people();
    const campaign = await addCampaign(system, shop, more);
    // Frozen, and nothing sent yet: the worker has not been started.
    const idle = await testSystem('postgres', { startWorker: false, database: system.database });
    await system.worker.stop();
    try {
      await launch(system, campaign);
      idle.clock.set(SMS_HOUR);
      const dispatch = await dispatchOf(system, campaign);
      await idle.app.get(AudienceService, { strict: false }).freeze(dispatch);
      // Somebody takes email back, somebody SMS, somebody everything; and somebody agrees to email after all.
      for (const { clock } of [system, idle]) clock.advance(1000);
      await withdraw(kinds.both[0]!, 'email');
      await withdraw(kinds.both[1]!, 'sms');
      await withdraw(kinds.both[2]!, 'email');
      await withdraw(kinds.both[2]!, 'sms');
      await withdraw(kinds.email[0]!, 'email');
      await agreeTo(system, shop, [kinds.sms[0]!], 'email');
      await idle.worker.start();
      const progress = await until(
        async () => (await system.request('GET', `/v1/campaigns/${campaign}/progress`)).body,
        ({ state }) => state === 'finished',
      );
      expectBalanced(progress);
      expect(progress).toMatchObject({ frozen: 12, accepted: 10, skipped: { WITHDRAWN: 2 } });
      const rows = await system.database.db.query<{ id: number; channel: string | null; state: string }>(
        'SELECT contact_id AS id, channel, state FROM message WHERE dispatch_id = $1',
        [dispatch],
      );
      const way = new Map(rows.map(({ id, channel, state }) => [id, `${state} ${channel ?? 'email'}`]));
      expect(way.get(kinds.both[0]!)).toBe('accepted sms');
      expect(way.get(kinds.both[1]!)).toBe('accepted email');
      expect(way.get(kinds.both[2]!)).toMatch(/^skipped/);
      expect(way.get(kinds.email[0]!)).toMatch(/^skipped/);
      expect(way.get(kinds.sms[0]!)).toBe('accepted email');
      const all = [...(await idle.inbox.list({ limit: 100 })).flatMap(({ envelopeTo }) => envelopeTo)];
      const phones = idle.phone.list(100).map(({ to }) => to);
      expect([new Set(all).size + new Set(phones).size, all.length + phones.length]).toEqual([10, 10]);
    } finally {
      await idle.close();
      await system.close();
      system = await testSystem('postgres');
    }
  });

  it('waits by email where email only has to wait', async () => {
    const [person] = await addPhones(system, shop, 1, { email: true });
    await agreeTo(system, shop, [person!], 'email');
    await system.request('PUT', `/v1/senders/${shop.senderId}/frequency-cap`, {
      cap: { messages: 1, days: 7 },
    });
    for (const state of ['finished', 'running']) {
      const campaign = await addCampaign(system, shop, more);
      await launch(system, campaign);
      const progress = await until(
        async () => (await system.request('GET', `/v1/campaigns/${campaign}/progress`)).body,
        ({ accepted, deferred }) => accepted + deferred === 1,
      );
      if (state === 'running') expect(progress.waiting).toMatchObject([{ reason: 'FREQUENCY', count: 1 }]);
    }
    expect([await mails(), texts()]).toMatchObject([[expect.anything()], []]);
  });

  it('goes on by the other channel with whoever waited by the first, once', async () => {
    const [person] = await addPhones(system, shop, 1, { consent: false, email: true });
    await agreeTo(system, shop, [person!], 'email');
    await system.request('PUT', `/v1/senders/${shop.senderId}/frequency-cap`, {
      cap: { messages: 1, days: 7 },
    });
    const first = await addCampaign(system, shop, more);
    await launch(system, first);
    await untilState(system, first, 'finished');
    system.clock.advance(1000);
    const second = await addCampaign(system, shop, more);
    await launch(system, second);
    const waiting = async (): Promise<any> =>
      (await system.request('GET', `/v1/campaigns/${second}/progress`)).body;
    await until(waiting, ({ deferred }) => deferred === 1);
    await withdraw(person!, 'email');
    await agreeTo(system, shop, [person!], 'sms');
    system.clock.advance(8 * 24 * 3_600_000);
    const progress = await untilState(system, second, 'finished');
    expectBalanced(progress);
    expect(progress).toMatchObject({ accepted: 1, frozen: 1 });
    const [{ email, phone } = { email: '', phone: '' }] = await system.database.db.query<{
      email: string;
      phone: string;
    }>('SELECT email, phone FROM contact WHERE id = $1', [person]);
    expect((await mails()).filter(to => to === email)).toHaveLength(1);
    expect(texts().filter(to => to === phone)).toHaveLength(1);
    const [chunks] = await system.database.db.query<{ n: number }>(
      'SELECT count(*) AS n FROM chunk WHERE dispatch_id = $1',
      [await dispatchOf(system, second)],
    );
    expect(chunks?.n).toBe(2);
  });

  it('says of SMS that wait for their hour that they do', async () => {
    await addPhones(system, shop, 2);
    // Eleven in the evening in Riyadh.
    system.clock.set(new Date('2026-11-24T20:00:00Z'));
    const campaign = await addCampaign(system, shop, more);
    await launch(system, campaign);
    const progress = await until(
      async () => (await system.request('GET', `/v1/campaigns/${campaign}/progress`)).body,
      ({ deferred }) => deferred === 2,
    );
    expect(progress.waiting).toMatchObject([
      { reason: 'QUIET_HOURS', count: 2, from: '2026-11-25T06:00:00.000Z' },
    ]);
  });
});
