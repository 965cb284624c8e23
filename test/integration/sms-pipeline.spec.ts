import { addPhones, addSmsShop, SMS_HOUR } from '../factories/sms-shop.js';
import {
  addCampaign,
  contactId,
  dispatchOf,
  expectBalanced,
  launch,
  progressOf,
  queues,
  testSystem,
  type TestSystem,
  until,
  untilState,
} from '../factories/system.js';

describe.each(queues)('a campaign by SMS, with the queue on %s', queue => {
  let system: TestSystem;

  beforeAll(async () => {
    system = await testSystem(queue, { smsReports: true });
  });
  afterAll(() => system.close());
  beforeEach(async () => {
    await system.phone.clear();
    system.clock.set(SMS_HOUR);
  });

  const phonesOf = async (ids: number[]): Promise<string[]> => {
    const rows = await system.database.db.query<{ phone: string }>(
      'SELECT phone FROM contact WHERE id = ANY($1::bigint[])',
      [ids],
    );
    return rows.map(({ phone }) => phone).sort();
  };
  const sms = { channel: 'sms' };

  it('reaches the phones of those who agreed to SMS, once, and its numbers balance', async () => {
    const shop = await addSmsShop(system);
    const yes = await addPhones(system, shop, 30);
    await addPhones(system, shop, 5, { consent: false });
    const [gone, ...rest] = yes;
    system.clock.advance(1000);
    await system.request('POST', '/v1/consents/withdrawals', {
      ...{ contactId: contactId(gone!), scope: { kind: 'everything' }, source: 'tests' },
    });
    const campaign = await addCampaign(system, shop, sms);
    await launch(system, campaign);
    const progress = await untilState(system, campaign, 'finished');
    expect(progress).toMatchObject({ frozen: 29, accepted: 29, unknown: 0 });
    expect(progress.excluded).toMatchObject({ WITHDRAWN: 1 });
    expectBalanced(progress);
    const sent = system.phone.list(100);
    expect(sent.map(({ to }) => to).sort()).toEqual(await phonesOf(rest));
    const dispatch = await dispatchOf(system, campaign);
    const rows = await system.database.db.query(
      `SELECT DISTINCT channel, parts, provider_message_id LIKE 'SM%' AS sid FROM message
        WHERE dispatch_id = $1 AND state = 'accepted'`,
      [dispatch],
    );

    expect(rows).toEqual([{ channel: 'sms', parts: 1, sid: true }]);
  });

  it('knows what was delivered and what was not, by the reports of the provider', async () => {
    const shop = await addSmsShop(system);
    const [first, second] = await addPhones(system, shop, 2);
    // A number of the stand-in's: taken, and then found to be a landline.
    await system.database.db.query(
      `UPDATE contact SET phone = '+150055530006', time_zone = 'Asia/Riyadh' WHERE id = $1`,
      [second],
    );
    const campaign = await addCampaign(system, shop, sms);
    await launch(system, campaign);
    await untilState(system, campaign, 'finished');
    const dispatch = await dispatchOf(system, campaign);
    const rows = await until(
      () =>
        system.database.db.query<{ id: number; delivery: string | null }>(
          'SELECT contact_id AS id, delivery FROM message WHERE dispatch_id = $1 ORDER BY contact_id',
          [dispatch],
        ),
      told => told.every(({ delivery }) => delivery !== null),
    );
    expect(rows).toEqual([
      { id: first, delivery: 'delivered' },
      { id: second, delivery: 'bounced' },
    ]);
    const again = await addCampaign(system, shop, sms);
    await launch(system, again);
    expect((await untilState(system, again, 'finished')).accepted).toBe(1);
  });

  it('bears the mark of a name, a link where nobody can reply, and STOP where they can', async () => {
    const shop = await addSmsShop(system, {
      sources: [
        { country: 'SA', from: 'Nakheel' },
        { country: 'AE', from: 'Nakheel' },
        { from: '+15005550006', rate: null },
      ],
    });
    await addPhones(system, shop, 1, { prefix: '+96650', locale: 'ar' });
    await addPhones(system, shop, 1, { prefix: '+97150', locale: 'ar' });
    await addPhones(system, shop, 1, { prefix: '+33640' });
    const campaign = await addCampaign(system, shop, sms);
    await launch(system, campaign);
    await untilState(system, campaign, 'finished');
    const bySource = new Map(system.phone.list().map(one => [one.from, one.text]));
    expect([...bySource.keys()].sort()).toEqual(['+15005550006', 'AD-Nakheel', 'Nakheel-AD']);
    expect(bySource.get('Nakheel-AD')).toMatch(
      /^Nakheel: مرحبا Layla، وصلت التمور\.\nللإيقاف: http:\/\/ithn\.test\/u\/[\w-]{14,20}$/,
    );
    expect(bySource.get('+15005550006')).toBe('Nakheel: Hi Layla, dates are here.\nReply STOP to opt out');
  });

  it('lets people out by the link in it, with one press', async () => {
    const shop = await addSmsShop(system);
    const [id] = await addPhones(system, shop, 1);
    const campaign = await addCampaign(system, shop, sms);
    await launch(system, campaign);
    await untilState(system, campaign, 'finished');
    const [link] = /\/u\/[\w-]+/.exec(system.phone.list()[0]!.text) as RegExpExecArray;
    expect((await system.request('GET', link)).status).toBe(200);
    const before = await system.request('GET', `/v1/contacts/${contactId(id!)}/consents`);
    expect(before.text).not.toContain('withdrawn');
    const pressed = await system.request('POST', link, '', {
      'content-type': 'application/x-www-form-urlencoded',
    });
    expect(pressed.status).toBe(200);
    const second = await addCampaign(system, shop, sms);
    await launch(system, second);
    const progress = await untilState(system, second, 'finished');
    expect(progress.excluded).toMatchObject({ WITHDRAWN: 1 });
    // A token with one character changed is nobody's.
    const last = link.at(-1) === 'A' ? 'Q' : 'A';
    expect((await system.request('GET', `${link.slice(0, -1)}${last}`)).status).toBe(404);
  });

  it('is given to the provider for as long as the hours last, and not before they begin', async () => {
    const shop = await addSmsShop(system);
    await addPhones(system, shop, 2);
    // 20:30 in Riyadh; Saudi hours end at 21.
    system.clock.set(new Date('2026-11-24T17:30:00Z'));
    const campaign = await addCampaign(system, shop, sms);
    await launch(system, campaign);
    await untilState(system, campaign, 'finished');
    for (const { validSeconds } of system.phone.list()) expect([1800, 1799]).toContain(validSeconds);
  });

  it('bears short links that lead where the template said, but to nobody in a country that bars them', async () => {
    const long = 'https://nakheel.example/catalogue/2026/autumn/dates-and-coffee?from=sms';
    const shop = await addSmsShop(system, {
      content: { en: { text: `All of it: ${long}. Yours: https://n.example/{{ contact.firstName }}` } },
    });
    await addPhones(system, shop, 1, { prefix: '+33640' });
    await addPhones(system, shop, 1, { prefix: '+96650' });
    const campaign = await addCampaign(system, shop, { ...sms, shortLinks: true });
    await launch(system, campaign);
    await untilState(system, campaign, 'finished');
    const texts = new Map(system.phone.list().map(({ to, text }) => [to.slice(0, 3), text]));
    expect(texts.get('+96')).toContain(long);
    const french = texts.get('+33') ?? '';
    expect(french).not.toContain(long);
    expect(french).toContain('https://n.example/Layla');
    const [short = ''] = /http:\/\/ithn\.test\/r\/[\w-]+(?=\.)/.exec(french) ?? [];
    expect(short.length).toBeLessThan(40);
    const led = await system.request('GET', short.replace('http://ithn.test', ''));
    expect([led.status, led.headers['location']]).toEqual([302, long]);
    const forged = await system.request('GET', `${short.replace('http://ithn.test', '').slice(0, -2)}AA`);
    expect(forged.status).toBe(404);
  });

  it('says what keeps it from its launch', async () => {
    const shop = await addSmsShop(system, {
      sources: [],
      content: { en: { text: 'Hi, this is all: 20% off' } },
    });
    const emailTemplate = await system.request('POST', '/v1/templates', {
      name: `Mail of ${shop.senderId}`,
      fromStarter: 'offer',
    });
    const campaign = await addCampaign(system, shop, sms);
    const first = await system.request('POST', `/v1/campaigns/${campaign}/launch`);
    expect(first.body).toMatchObject({ code: 'CAMPAIGN_NOT_READY' });
    expect(first.body.errors).toMatchObject([{ path: 'sender.smsSources', code: 'MISSING' }]);
    await system.request('PATCH', `/v1/campaigns/${campaign}`, { templateId: emailTemplate.body.id });
    const second = await system.request('POST', `/v1/campaigns/${campaign}/launch`);
    expect(second.body.errors).toMatchObject([{ path: 'templateId', code: 'TEMPLATE_OF_OTHER_CHANNEL' }]);
  });

  it('waits where it has nothing to be sent from, and loses nobody to that', async () => {
    const shop = await addSmsShop(system, { sources: [{ country: 'SA', from: 'Nakheel' }] });
    await addPhones(system, shop, 1);
    await addPhones(system, shop, 1, { prefix: '+33640' });
    const campaign = await addCampaign(system, shop, sms);
    await launch(system, campaign);
    const waiting = await until(
      () => progressOf(system, campaign),
      ({ accepted, deferred }) => accepted === 1 && deferred === 1,
    );
    expect(waiting.waiting).toMatchObject([{ reason: 'NO_SOURCE', count: 1 }]);
    const sources = [
      { country: 'SA', from: 'Nakheel' },
      { from: '+15005550006', rate: null },
    ];
    await system.request('PUT', `/v1/senders/${shop.senderId}/sms-sources`, { sources });
    system.clock.advance(11 * 60_000);
    expectBalanced(await untilState(system, campaign, 'finished'));
    expect(system.phone.list().map(({ from }) => from)).toContain('+15005550006');
  });
});
