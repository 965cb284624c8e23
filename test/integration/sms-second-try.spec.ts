import { TokenSigner } from '#common';
import { type MessageKey, signSmsToken } from '#sending';
import { addPhones, addSmsShop, SMS_HOUR } from '../factories/sms-shop.js';
import { callAsTwilio } from '../factories/sms.js';
import { TEST_ACCOUNT } from '../factories/test-account.js';
import {
  addCampaign,
  contactId,
  dispatchOf,
  expectBalanced,
  type Shop,
  testSystem,
  type TestSystem,
  until,
  untilState,
} from '../factories/system.js';

const MINUTE_MS = 60_000;

describe('an SMS that its carrier lost and does not know why (30008)', () => {
  let system: TestSystem;
  let shop: Shop;

  beforeAll(async () => {
    system = await testSystem('postgres');
    shop = await addSmsShop(system);
    await system.request('PUT', '/v1/sms-prices', {
      ...{ currency: 'USD', prices: [{ country: null, from: null, price: '0.05' }] },
    });
  });
  afterAll(() => system.close());
  beforeEach(async () => {
    system.clock.set(SMS_HOUR);
    await system.phone.clear();
  });

  async function sendOne(notLaterThan?: string): Promise<{ campaign: string; key: MessageKey; sid: string }> {
    const [id] = await addPhones(system, await newTopic(), 1);
    const campaign = await addCampaign(system, shop, { channel: 'sms', budget: '1.00' });
    const launched = await system.request(
      'POST',
      `/v1/campaigns/${campaign}/launch`,
      notLaterThan ? { notLaterThan } : {},
    );
    expect(launched.status).toBe(202);
    await untilState(system, campaign, 'finished');
    const dispatchId = await dispatchOf(system, campaign);
    return { campaign, key: { dispatchId, contactId: id as number }, sid: system.phone.list(1)[0]?.id ?? '' };
  }
  /** Each campaign has a topic of its own, so that it goes to one person. */
  async function newTopic(): Promise<Shop> {
    const made = await system.request('POST', '/v1/topics', {
      ...{
        senderId: shop.senderId,
        key: `t${Math.random().toString(36).slice(2, 10)}`,
        name: { en: 'Offers' },
      },
    });
    shop = { ...shop, topicId: made.body.id as string };
    return shop;
  }
  const report = async (key: MessageKey, sid: string, status: string, code?: number): Promise<void> => {
    const path = `/webhooks/twilio/status/${signSmsToken(system.app.get(TokenSigner), 'status', key)}`;
    const answer = await callAsTwilio(system, path, {
      ...{ MessageSid: sid, MessageStatus: status, AccountSid: TEST_ACCOUNT.accountSid },
      ...(code === undefined ? {} : { ErrorCode: String(code) }),
    });
    expect(answer.status).toBe(204);
    await until(
      () => system.database.db.query(`SELECT 1 FROM feedback WHERE state = 'waiting'`),
      rows => rows.length === 0,
    );
  };
  const row = ({ dispatchId, contactId }: MessageKey): Promise<any> =>
    system.database.db.queryOne(
      `SELECT state, reason, attempt, delivery, provider_message_id AS sid FROM message WHERE dispatch_id = $1 AND contact_id = $2`,
      [dispatchId, contactId],
    );
  const why = async ({ dispatchId, contactId }: MessageKey): Promise<any> =>
    (await system.request('GET', `/v1/messages/msg_${dispatchId}_${contactId}/why`)).body;
  const secondSid = (): Promise<string> =>
    until(
      () => Promise.resolve(system.phone.list(5)),
      list => list.length === 2,
    ).then(list => list[0]?.id ?? '');
  const progress = async (campaign: string): Promise<any> =>
    (await system.request('GET', `/v1/campaigns/${campaign}/progress`)).body;

  it('is tried once more after ten minutes, as a new attempt, and never a third time', async () => {
    const { campaign, key, sid } = await sendOne();
    await report(key, sid, 'undelivered', 30008);
    expect(await row(key)).toMatchObject({
      state: 'deferred',
      reason: 'CARRIER_LOST',
      attempt: 1,
      delivery: null,
    });
    const waits = await progress(campaign);
    expectBalanced(waits);
    expect(waits).toMatchObject({ state: 'running', frozen: 1, deferred: 1, accepted: 0 });
    expect((await why(key)).words.en).toContain('The carrier lost it and does not know why');
    expect((await why(key)).words.ar).toContain('ستُعاد المحاولة مرة واحدة');

    system.clock.advance(11 * MINUTE_MS);
    expect(await untilState(system, campaign, 'finished')).toMatchObject({
      frozen: 1,
      accepted: 1,
      deferred: 0,
    });
    const second = await secondSid();
    expect(await row(key)).toMatchObject({ state: 'accepted', reason: null, attempt: 2, sid: second });
    expect((await why(key)).words.en).toContain('It was tried once more.');

    // Another word for the first one's end, and a late report of it: they say nothing of the second.
    await report(key, sid, 'failed', 30008);
    await report(key, sid, 'delivered');
    expect(await row(key)).toMatchObject({ state: 'accepted', delivery: null });

    await report(key, second, 'undelivered', 30008);
    expect(await row(key)).toMatchObject({ state: 'accepted', attempt: 2, delivery: 'bounced' });
    expect(await progress(campaign)).toMatchObject({ state: 'finished', accepted: 1, deferred: 0 });
  });

  it('costs twice, and the sum of its messages is what was spent', async () => {
    const { campaign, key, sid } = await sendOne();
    await report(key, sid, 'undelivered', 30008);
    system.clock.advance(11 * MINUTE_MS);
    await untilState(system, campaign, 'finished');
    const { body } = await system.request('GET', `/v1/campaigns/${campaign}/cost`);
    expect(Number(body.spent)).toBeGreaterThan(0);
    expect(body.settled).toBe(body.spent);
  });

  it('is not tried again when it arrived after all', async () => {
    const { campaign, key, sid } = await sendOne();
    await report(key, sid, 'undelivered', 30008);
    await report(key, sid, 'delivered');
    expect(await row(key)).toMatchObject({
      state: 'accepted',
      reason: null,
      delivery: 'delivered',
      attempt: 1,
    });
    system.clock.advance(11 * MINUTE_MS);
    await untilState(system, campaign, 'finished');
    expect(system.phone.list(5)).toHaveLength(1);
  });

  it('is asked of the gate anew: who withdrew meanwhile gets no second one', async () => {
    const { campaign, key, sid } = await sendOne();
    await report(key, sid, 'undelivered', 30008);
    const withdrawn = await system.request('POST', '/v1/consents/withdrawals', {
      ...{ contactId: contactId(key.contactId), source: 'tests' },
      scope: { kind: 'everything', senderId: shop.senderId },
    });
    expect([withdrawn.status, withdrawn.text]).toEqual([201, expect.any(String)]);
    system.clock.advance(11 * MINUTE_MS);
    expect(await untilState(system, campaign, 'finished')).toMatchObject({ skipped: { WITHDRAWN: 1 } });
    expect(system.phone.list(5)).toHaveLength(1);
  });

  it('is not tried again past its "not later than", nor on a report of another message', async () => {
    const soon = new Date(SMS_HOUR.getTime() + 5 * MINUTE_MS).toISOString();
    const late = await sendOne(soon);
    await report(late.key, late.sid, 'undelivered', 30008);
    expect(await row(late.key)).toMatchObject({ state: 'accepted', delivery: 'bounced', attempt: 1 });
    const other = await sendOne();
    await report(other.key, `SM${'0'.repeat(32)}`, 'undelivered', 30008);
    expect(await row(other.key)).toMatchObject({ state: 'accepted', attempt: 1 });
  });
});
