import { TokenSigner } from '#common';
import { ApplyFeedbackHandler } from '#feedback';
import { type MessageKey, signSmsToken } from '#sending';
import { addPhonePerson, addSmsMessage, callAsTwilio, newSid, twilioEnv } from '../factories/sms.js';
import { TEST_ACCOUNT } from '../factories/test-account.js';
import { addShop, contactId, type Shop, testSystem, type TestSystem } from '../factories/system.js';

const DAY_MS = 24 * 3_600_000;

/** The public address is another one than that where the API listens, as behind a proxy. */
describe('what Twilio reports of SMS', () => {
  let system: TestSystem;
  let shop: Shop;

  beforeAll(async () => {
    // The token is being changed: what the old one signed is still Twilio's.
    const TWILIO_AUTH_TOKEN = `a-new-token,${TEST_ACCOUNT.authToken}`;
    system = await testSystem('postgres', { startWorker: false, env: { ...twilioEnv, TWILIO_AUTH_TOKEN } });
    shop = await addShop(system);
  });
  afterAll(() => system.close());

  const pathOf = (key: MessageKey): string =>
    `/webhooks/twilio/status/${signSmsToken(system.app.get(TokenSigner), 'status', key)}`;
  const report = async (
    key: MessageKey,
    status: string,
    more: Record<string, string> = {},
    options = {},
  ): Promise<number> => {
    const sid = more['MessageSid'] ?? newSid();
    const fields = { MessageSid: sid, MessageStatus: status, AccountSid: TEST_ACCOUNT.accountSid, ...more };
    return (await callAsTwilio(system, pathOf(key), fields, options)).status;
  };
  const apply = (): Promise<void> => system.app.get(ApplyFeedbackHandler, { strict: false }).sweep();
  const fail = async (key: MessageKey, code: number): Promise<void> => {
    expect(await report(key, 'undelivered', { ErrorCode: String(code) })).toBe(204);
    await apply();
  };
  const person = (): Promise<{ id: number; phone: string }> => addPhonePerson(system, [shop.topicId]);
  const message = (to: { id: number; phone: string }, more = {}): Promise<MessageKey> =>
    addSmsMessage(system, shop, to, more);
  const row = (key: MessageKey): Promise<any> =>
    system.database.db.queryOne(
      'SELECT state, reason, delivery FROM message WHERE dispatch_id = $1 AND contact_id = $2',
      [key.dispatchId, key.contactId],
    );
  const told = (key: MessageKey): Promise<any[]> =>
    system.database.db.query(
      'SELECT kind, reason, status, state FROM feedback WHERE dispatch_id = $1 ORDER BY id',
      [key.dispatchId],
    );
  const suppressed = async (phone: string): Promise<any[]> => {
    const body = { channel: 'sms', address: phone };
    const { items } = (await system.request('POST', '/v1/suppressions/search', body)).body;
    return items.map(({ reason, senderId }: any) => ({ reason, senderId }));
  };
  const consent = async (id: number): Promise<any> => {
    const { items } = (await system.request('GET', `/v1/contacts/${contactId(id)}/consents`)).body;
    return items.find((item: any) => item.channel === 'sms' && item.topicId === shop.topicId);
  };
  const lastEvent = (id: number): Promise<any> =>
    system.database.db.queryOne(
      'SELECT action, method, channel, sender_id AS "senderId", text_shown AS text FROM consent_event WHERE contact_id = $1 ORDER BY id DESC LIMIT 1',
      [id],
    );

  it('is refused when it is forged, and nothing is kept', async () => {
    const key = await message(await person());
    const other = await message(await person());
    expect(await report(key, 'delivered', {}, { authToken: 'another' })).toBe(403);
    expect(await report(key, 'delivered', {}, { signature: '' })).toBe(403);
    // Signed, but for a message that we did not make an address for.
    const path = `${pathOf(key).slice(0, -4)}AAAA`;
    const answer = await callAsTwilio(system, path, { MessageSid: newSid(), MessageStatus: 'delivered' });
    expect([answer.status, JSON.parse(answer.text).code]).toEqual([404, 'WEBHOOK_TOKEN_UNKNOWN']);
    await apply();
    expect([await row(key), await told(key)]).toEqual([
      { state: 'accepted', reason: null, delivery: null },
      [],
    ]);
    expect((await row(other)).delivery).toBeNull();
  });

  it('is taken as a form and as JSON, and says where the message stands', async () => {
    for (const json of [false, true]) {
      const key = await message(await person());
      expect(await report(key, 'delivered', {}, { json })).toBe(204);
      await apply();
      expect((await row(key)).delivery).toBe('delivered');
      // It need not stay once the message says so.
      expect(await told(key)).toEqual([]);
    }
  });

  it('is 400 without its fields, 413 when it is too large, and no trouble when its status is new', async () => {
    const key = await message(await person());
    const call = async (fields: Record<string, string>): Promise<number> =>
      (await callAsTwilio(system, pathOf(key), fields)).status;
    expect(await call({ MessageSid: newSid() })).toBe(400);
    expect(await call({ MessageStatus: 'sent', MessageSid: 'no sid' })).toBe(400);
    expect(await call({ MessageStatus: 'sent', MessageSid: newSid(), Body: 'x'.repeat(70_000) })).toBe(413);
    expect(await call({ MessageStatus: 'pondering', MessageSid: newSid() })).toBe(204);
    expect(await told(key)).toEqual([]);
  });

  it.each(['queued', 'accepted', 'scheduled', 'sending', 'sent'])(
    '"%s" proves that an unknown message was taken, and is no event of anybody’s timeline',
    async status => {
      const to = await person();
      const key = await message(to, { state: 'unknown', reason: 'NO_ANSWER' });
      expect(await report(key, status)).toBe(204);
      await apply();
      expect(await row(key)).toEqual({ state: 'accepted', reason: 'EVIDENCE_TAKEN', delivery: null });
      const why = await system.request('GET', `/v1/messages/msg_${key.dispatchId}_${key.contactId}/why`);
      expect(why.body.evidence.map((one: any) => [one.kind, one.actor])).toEqual([['taken', 'twilio']]);
      const { items } = (await system.request('GET', `/v1/contacts/${contactId(to.id)}/timeline`)).body;
      expect(items.filter((item: any) => item.kind.startsWith('feedback'))).toEqual([]);
    },
  );

  it('settles unknown messages by deliveries, many at once', async () => {
    const keys: MessageKey[] = [];
    for (let n = 0; n < 5; n++)
      keys.push(await message(await person(), { state: 'unknown', reason: 'NO_ANSWER' }));
    for (const key of keys) for (const status of ['delivered', 'sent', 'read']) await report(key, status);
    await apply();
    for (const key of keys) {
      expect(await row(key)).toEqual({
        state: 'accepted',
        reason: 'EVIDENCE_DELIVERED',
        delivery: 'delivered',
      });
    }
  });

  it('may come twice and in any order: each status is one event, and a bounce stays a bounce', async () => {
    const to = await person();
    const key = await message(to);
    const sid = newSid();
    const failure = { MessageSid: sid, ErrorCode: '30006' };
    for (let again = 0; again < 2; again++) {
      expect(await report(key, 'undelivered', failure)).toBe(204);
      expect(await report(key, 'sent', { MessageSid: sid })).toBe(204);
      expect(await report(key, 'delivered', { MessageSid: sid })).toBe(204);
      await apply();
    }
    expect((await row(key)).delivery).toBe('bounced');
    expect(await told(key)).toEqual([
      { kind: 'bounced', reason: 'invalid', status: '30006', state: 'applied' },
    ]);
  });

  it('of a stop at the carrier suppresses for this sender and withdraws from all of its SMS', async () => {
    const to = await person();
    const key = await message(to);
    await fail(key, 21610);
    expect(await suppressed(to.phone)).toEqual([{ reason: 'carrier', senderId: shop.senderId }]);
    expect((await consent(to.id)).status).toBe('withdrawn');
    expect(await lastEvent(to.id)).toMatchObject({
      ...{ action: 'withdrawn', method: 'carrier_stop', channel: 'sms' },
      senderId: Number(shop.senderId.slice(4)),
    });
    expect((await row(key)).delivery).toBe('bounced');
  });

  it('of a number that takes no SMS suppresses it at once, for everybody', async () => {
    const to = await person();
    await fail(await message(to), 21614);
    expect(await suppressed(to.phone)).toEqual([{ reason: 'hard_bounce', senderId: null }]);
    expect((await consent(to.id)).status).toBe('granted');
  });

  it('of a landline voids what was agreed to for it, too', async () => {
    const to = await person();
    await fail(await message(to), 30006);
    expect(await suppressed(to.phone)).toEqual([{ reason: 'hard_bounce', senderId: null }]);
    expect((await consent(to.id)).status).toBe('unknown');
  });

  it('of a number that was given up acts upon the second message, and voids every consent for it', async () => {
    const to = await person();
    const first = await message(to);
    await fail(first, 30005);
    // The same message again is not a second one.
    await fail(first, 30005);
    expect([await suppressed(to.phone), (await consent(to.id)).status]).toEqual([[], 'granted']);
    await fail(await message(to), 30005);
    expect(await suppressed(to.phone)).toEqual([{ reason: 'hard_bounce', senderId: null }]);
    expect((await consent(to.id)).status).toBe('unknown');
    expect(await lastEvent(to.id)).toMatchObject({ action: 'voided', method: 'number_changed_hands' });
  });

  it('of a number that was given up leaves alone what was agreed to for the person’s new one', async () => {
    const to = await person();
    const old = [await message(to), await message(to)];
    const path = `/v1/contacts/${contactId(to.id)}`;
    expect((await system.request('PATCH', path, { phone: '+447700888001' })).status).toBe(200);
    system.clock.advance(1000);
    await system.request('POST', '/v1/consents', {
      ...{ contactId: contactId(to.id), channel: 'sms', topicId: shop.topicId, textShown: 'Here, too.' },
      ...{ method: 'checkbox', source: 'https://shop.example/signup' },
    });
    for (const key of old) await fail(key, 30005);
    expect(await suppressed(to.phone)).toEqual([{ reason: 'hard_bounce', senderId: null }]);
    expect([await suppressed('+447700888001'), (await consent(to.id)).status]).toEqual([[], 'granted']);
  });

  it('of a phone that is off pauses it after three messages in 14 days, for 30 days', async () => {
    const to = await person();
    await fail(await message(to), 30003);
    system.clock.advance(15 * DAY_MS);
    await fail(await message(to), 30003);
    await fail(await message(to), 30003);
    expect(await suppressed(to.phone)).toEqual([]);
    await fail(await message(to), 30003);
    expect(await suppressed(to.phone)).toEqual([{ reason: 'unreachable', senderId: null }]);
    expect((await consent(to.id)).status).toBe('granted');
    system.clock.advance(31 * DAY_MS);
    await apply();
    expect(await suppressed(to.phone)).toEqual([]);
  });

  it('of a phone that is off begins to count anew with each delivery', async () => {
    const to = await person();
    for (let n = 0; n < 2; n++) await fail(await message(to), 30003);
    system.clock.advance(1000);
    await report(await message(to), 'delivered');
    await apply();
    system.clock.advance(1000);
    for (let n = 0; n < 2; n++) await fail(await message(to), 30003);
    expect(await suppressed(to.phone)).toEqual([]);
  });

  it('of messages that are blocked ends this sender’s after the second', async () => {
    const to = await person();
    await fail(await message(to), 30004);
    expect(await suppressed(to.phone)).toEqual([]);
    await fail(await message(to), 30004);
    expect(await suppressed(to.phone)).toEqual([{ reason: 'carrier', senderId: shop.senderId }]);
  });

  it.each([
    [30007, 'filtered'],
    [30034, 'sender'],
    [21408, 'country'],
    [21617, 'text'],
    [30002, 'account'],
  ])('%i is about us: it counts for the campaign and never costs the person', async (code, reason) => {
    const to = await person();
    for (let n = 0; n < 4; n++) {
      const key = await message(to);
      await fail(key, code);
      expect(await told(key)).toEqual([{ kind: 'bounced', reason, status: String(code), state: 'applied' }]);
      const counted = await system.database.db.queryOne(
        'SELECT bounced FROM dispatch_tally WHERE dispatch_id = $1',
        [key.dispatchId],
      );
      expect(counted).toMatchObject({ bounced: 1 });
    }
    expect([await suppressed(to.phone), (await consent(to.id)).status]).toEqual([[], 'granted']);
  });

  it('that nobody can explain is kept, and changes nothing', async () => {
    const to = await person();
    for (const code of [30008, 39_999, 30008, 30008]) await fail(await message(to), code);
    expect([await suppressed(to.phone), (await consent(to.id)).status]).toEqual([[], 'granted']);
  });

  it.each([
    ['sms', '21610 Attempt to send to unsubscribed recipient', [{ reason: 'carrier' }]],
    ['email', '21211 Invalid To Phone Number: <address>', [{ reason: 'hard_bounce' }]],
    ['sms', '21617 The concatenated message body exceeds the 1600 character limit', []],
    ['sms', 'HTTP 400 no words', []],
  ] as const)(
    'a refusal by the API is judged alike (dispatch by %s: %s)',
    async (dispatchChannel, reply, wanted) => {
      const to = await person();
      const key = await message(to, { state: 'rejected', reason: 'REFUSED', reply, dispatchChannel });
      await apply();
      expect(await suppressed(to.phone)).toMatchObject(wanted);
      expect((await suppressed(to.phone)).length).toBe(wanted.length);
      expect((await row(key)).delivery).toBe('bounced');
      expect(await told(key)).toMatchObject([
        { state: 'applied', status: /^\d{5}/.exec(reply)?.[0] ?? null },
      ]);
      const { items } = (await system.request('GET', `/v1/contacts/${contactId(to.id)}/timeline`)).body;
      expect(items.filter((item: any) => item.messageId !== null).map((item: any) => item.channel)).toEqual([
        'sms',
        'sms',
      ]);
    },
  );
});

describe('where SMS are not set up', () => {
  it('Twilio is not listened to', async () => {
    const env = { TWILIO_ACCOUNT_SID: '', TWILIO_AUTH_TOKEN: '' };
    const system = await testSystem('postgres', { startWorker: false, env });
    try {
      const path = '/webhooks/twilio/status/abc';
      const answer = await callAsTwilio(system, path, { MessageSid: newSid(), MessageStatus: 'sent' });
      expect([answer.status, JSON.parse(answer.text).code]).toEqual([404, 'WEBHOOK_NOT_CONFIGURED']);
    } finally {
      await system.close();
    }
  });
});
