import { TokenSigner } from '#common';
import { signSmsToken, SmsClosuresService } from '#sending';
import { addPhones, addSmsShop, SMS_HOUR } from '../factories/sms-shop.js';
import { addPhonePerson, callAsTwilio } from '../factories/sms.js';
import { TEST_ACCOUNT } from '../factories/test-account.js';
import {
  addCampaign,
  contactId,
  dispatchOf,
  expectBalanced,
  launch,
  progressOf,
  type Shop,
  testSystem,
  type TestSystem,
  until,
  untilState,
} from '../factories/system.js';

const HOUR_MS = 3_600_000;
const NUMBER = '+15005550006';
/** By their own clocks it is noon. */
const timeZone = 'Asia/Riyadh';

describe('a country that the provider refuses SMS to for a setting', () => {
  let system: TestSystem;

  beforeAll(async () => {
    system = await testSystem('postgres');
  });
  afterAll(() => system.close());
  beforeEach(async () => {
    system.clock.set(SMS_HOUR);
    await system.phone.clear();
    await system.database.db.query('TRUNCATE sms_closure');
  });

  const shopWith = (...sources: { country?: string; from: string }[]): Promise<Shop> =>
    addSmsShop(system, { sources: sources.map(source => ({ ...source, rate: null })) });
  const closures = async (state?: string): Promise<any[]> =>
    (await system.request('GET', `/v1/sms-closures${state ? `?state=${state}` : ''}`)).body.items;
  const toldOf = (): Promise<any[]> =>
    system.database.db.query(
      `SELECT payload, subject FROM outgoing_event WHERE kind = 'sms.country_closed' ORDER BY id`,
    );
  const reopen = (id: string, body: object = { why: 'It is registered now.' }) =>
    system.request('POST', `/v1/sms-closures/${id}/reopen`, body);
  const sentTo = (): string[] => system.phone.list(100).map(({ to }) => to);

  /** A campaign to one phone of the US, whose message then fails with this error. */
  async function fail(shop: Shop, code: number): Promise<void> {
    const [person] = await addPhones(system, shop, 1, { prefix: '+1202', timeZone });
    const campaign = await addCampaign(system, shop, { channel: 'sms' });
    await launch(system, campaign);
    await untilState(system, campaign, 'finished');
    const key = { dispatchId: await dispatchOf(system, campaign), contactId: person as number };
    const path = `/webhooks/twilio/status/${signSmsToken(system.app.get(TokenSigner), 'status', key)}`;
    const { status } = await callAsTwilio(system, path, {
      ...{ MessageSid: system.phone.list(1)[0]?.id ?? '', MessageStatus: 'undelivered' },
      ...{ AccountSid: TEST_ACCOUNT.accountSid, ErrorCode: String(code) },
    });
    expect(status).toBe(204);
    await until(
      () => system.database.db.query(`SELECT 1 FROM feedback WHERE state = 'waiting'`),
      rows => rows.length === 0,
    );
    await system.phone.clear();
  }
  const waiting = (campaign: string, count: number) =>
    until(
      () => progressOf(system, campaign),
      progress =>
        progress.notYetAttempted + progress.attempting === 0 &&
        progress.waiting.some(one => one.reason === 'COUNTRY_CLOSED' && one.count === count),
    );

  it.each([30034, 30032])(
    '%i closes the country for that source alone: its messages wait unattempted, and go once it is opened',
    async code => {
      const shop = await shopWith({ from: NUMBER });
      await fail(shop, code);
      const [closure] = await closures('closed');
      expect(closure).toMatchObject({ from: NUMBER, country: 'US', code, reopenedAt: null });

      const us = await addPhones(system, shop, 3, { prefix: '+1202', timeZone });
      await addPhones(system, shop, 2, { timeZone });
      const campaign = await addCampaign(system, shop, { channel: 'sms' });
      await launch(system, campaign);
      // Those of the first campaign, too.
      const progress = await waiting(campaign, 4);
      expectBalanced(progress);
      expect(progress).toMatchObject({ state: 'running', accepted: 2, deferred: 4 });
      expect(sentTo().filter(to => to.startsWith('+1'))).toEqual([]);
      const dispatchId = await dispatchOf(system, campaign);
      const { words } = (await system.request('GET', `/v1/messages/msg_${dispatchId}_${us[0]}/why`)).body;
      expect(words.en).toContain('It waits because the provider takes no text messages to that country');
      expect(words.ar).toContain('تنتظر الرسالة لأن مزود الخدمة لا يقبل حاليًا');
      const { waits } = (await system.request('GET', `/v1/campaigns/${campaign}/progress`)).body;
      expect(waits).toContainEqual(
        expect.objectContaining({ code: 'COUNTRY_CLOSED', message: expect.stringContaining('SMS to US') }),
      );

      // Of another number nothing was said.
      const other = await shopWith({ from: '+15005550099' });
      await addPhones(system, other, 1, { prefix: '+1202', timeZone });
      const elsewhere = await addCampaign(system, other, { channel: 'sms' });
      await launch(system, elsewhere);
      expect(await untilState(system, elsewhere, 'finished')).toMatchObject({ accepted: 1 });

      system.clock.advance(1000);
      expect((await reopen(closure.id)).body).toMatchObject({
        why: 'It is registered now.',
        reopenedBy: expect.any(String),
      });
      expect(await untilState(system, campaign, 'finished')).toMatchObject({ accepted: 6, deferred: 0 });
      expect(await closures('closed')).toEqual([]);
    },
  );

  it('a refused request closes it for the whole account, and only where it was refused', async () => {
    const shop = await shopWith({ from: NUMBER });
    // The number that Twilio's test credentials refuse with 21408; of which country it is nobody knows.
    const { id } = await addPhonePerson(system, [shop.topicId], { phone: '+15005550003' });
    await system.request('PATCH', `/v1/contacts/${contactId(id)}`, { timeZone });
    await addPhones(system, shop, 2, { timeZone });
    const campaign = await addCampaign(system, shop, { channel: 'sms' });
    await launch(system, campaign);
    const [closure] = await until(
      () => closures('closed'),
      items => items.length === 1,
    );
    expect(closure).toMatchObject({ from: null, code: 21408 });
    system.clock.advance(HOUR_MS / 60);
    const progress = await waiting(campaign, 1);
    expectBalanced(progress);
    expect(progress).toMatchObject({ accepted: 2, deferred: 1 });
    expect((await system.request('POST', `/v1/campaigns/${campaign}/cancel`)).status).toBe(200);
  });

  it('is told once, however many are refused, to whoever listens and in the audit trail', async () => {
    const before = (await toldOf()).length;
    const refused = { source: NUMBER, country: 'US', code: 30034, sentAt: SMS_HOUR };
    const service = system.app.get(SmsClosuresService, { strict: false });
    await Promise.all(Array.from({ length: 5 }, () => service.refused([refused, refused])));
    const first = await closures();
    expect(first).toHaveLength(1);
    const told = (await toldOf()).slice(before);
    expect(told).toEqual([
      { payload: { country: 'US', code: 30034, by: 'source' }, subject: { closureId: first[0].id } },
    ]);
    const audited = await system.database.db.query(
      `SELECT action FROM audit_event WHERE subject = $1 ORDER BY id`,
      [first[0].id],
    );
    expect(audited).toEqual([{ action: 'sms.country-closed' }]);
  });

  it('stays open when what is told is of a message from before it was opened', async () => {
    const shop = await shopWith({ from: NUMBER });
    await fail(shop, 30034);
    const [closure] = await closures();
    // Written to before, and heard of after.
    const [person] = await addPhones(system, shop, 1, { prefix: '+1202', timeZone });
    await system.database.db.query(
      `INSERT INTO message (dispatch_id, contact_id, state, attempt, chunk_id, lease_generation, allowed_at, settled_at, channel)
       SELECT max(id), $1, 'accepted', 1, 0, 1, $2, $2, 'sms' FROM dispatch`,
      [person, system.clock.now()],
    );
    system.clock.advance(1000);
    expect((await reopen(closure.id)).status).toBe(200);
    const [dispatch] = await system.database.db.query<{ id: number }>('SELECT max(id) AS id FROM dispatch');
    const key = { dispatchId: dispatch?.id ?? 0, contactId: person as number };
    const path = `/webhooks/twilio/status/${signSmsToken(system.app.get(TokenSigner), 'status', key)}`;
    await callAsTwilio(system, path, {
      ...{ MessageSid: `SM${'1'.repeat(32)}`, MessageStatus: 'undelivered', ErrorCode: '30034' },
      AccountSid: TEST_ACCOUNT.accountSid,
    });
    await until(
      () => system.database.db.query(`SELECT 1 FROM feedback WHERE state = 'waiting'`),
      rows => rows.length === 0,
    );
    expect(await closures('closed')).toEqual([]);
  });

  it('is opened with a reason, once, and by nobody who may not', async () => {
    await fail(await shopWith({ from: NUMBER }), 30032);
    const [closure] = await closures();
    expect((await reopen(closure.id, {})).status).toBe(400);
    expect((await reopen('clo_999999')).body.code).toBe('SMS_CLOSURE_NOT_FOUND');
    expect((await reopen(closure.id)).status).toBe(200);
    const again = await reopen(closure.id);
    expect([again.status, again.body.code]).toEqual([409, 'SMS_CLOSURE_IS_OPEN']);
    expect((await closures('reopened')).map(({ id }) => id)).toEqual([closure.id]);
  });
});
