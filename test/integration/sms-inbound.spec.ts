import fc from 'fast-check';
import { ForwardRepliesHandler } from '#feedback';
import {
  addPhonePerson,
  addSmsMessage,
  callAsTwilio,
  newPhone,
  newSid,
  twilioEnv,
} from '../factories/sms.js';
import { addShop, contactId, type Shop, testSystem, type TestSystem } from '../factories/system.js';

const EMPTY = '<?xml version="1.0" encoding="UTF-8"?><Response/>';
const DAY_MS = 24 * 3_600_000;
let numbers = 0;

describe('what people write by SMS', () => {
  let system: TestSystem;
  let shop: Shop;
  /** Answered by us. */
  let number: string;

  beforeAll(async () => {
    system = await testSystem('postgres', { startWorker: false, env: twilioEnv });
  });
  afterAll(() => system.close());
  beforeEach(async () => {
    shop = await addShop(system);
    number = await sourceOf(shop);
  });

  const sourceOf = async (of: Shop, from?: string, providerAnswers = false): Promise<string> => {
    const value = from ?? `+1500555${String(1000 + ++numbers)}`;
    const answer = await system.request('PUT', `/v1/senders/${of.senderId}/sms-sources`, {
      sources: [{ from: value, providerAnswers }],
    });
    expect(answer.status).toBe(200);
    return value;
  };
  const write = (
    from: string,
    text: string,
    more: Record<string, string> = {},
    options = {},
  ): ReturnType<typeof callAsTwilio> =>
    callAsTwilio(
      system,
      '/webhooks/twilio/inbound',
      { MessageSid: newSid(), From: from, To: number, Body: text, ...more },
      options,
    );
  /** What is written back; null: nothing. */
  const answerTo = async (
    from: string,
    text: string,
    more: Record<string, string> = {},
  ): Promise<string | null> => {
    const answer = await write(from, text, more);
    expect([answer.status, answer.type]).toEqual([200, 'text/xml; charset=utf-8']);
    return answer.text === EMPTY
      ? null
      : (/<Response><Message>(.*)<\/Message><\/Response>$/su.exec(answer.text)?.[1] ?? '?');
  };
  const decide = async (id: number, topicId = shop.topicId): Promise<string> => {
    const body = { contactIds: [contactId(id)], channel: 'sms', topicId };
    const [item] = (await system.request('POST', '/v1/decisions', body)).body.items;
    return item.decision === 'deny' ? item.reason.code : 'allowed';
  };
  const suppressed = async (phone: string): Promise<any[]> => {
    const body = { channel: 'sms', address: phone };
    const { items } = (await system.request('POST', '/v1/suppressions/search', body)).body;
    return items.map(({ reason, senderId }: any) => [reason, senderId]);
  };
  const events = (id: number): Promise<any[]> =>
    system.database.db.query(
      `SELECT id, action, method, channel, topic_id AS "topicId", basis, text_shown AS text, evidence
         FROM consent_event WHERE contact_id = $1 ORDER BY id`,
      [id],
    );
  const told = (phone: string): Promise<any[]> =>
    system.database.db.query(
      'SELECT kind, state, held_for AS "heldFor", dispatch_id AS "dispatchId" FROM feedback WHERE from_address = $1 ORDER BY id',
      [phone],
    );
  const timeline = async (id: number): Promise<any[]> =>
    (await system.request('GET', `/v1/contacts/${contactId(id)}/timeline`)).body.items;
  const held = async (phone: string): Promise<any[]> =>
    (await system.request('GET', '/v1/feedback?state=held')).body.items.filter(
      (item: any) => item.from === phone,
    );
  const person = (more = {}): Promise<{ id: number; phone: string }> =>
    addPhonePerson(system, [shop.topicId], more);
  const counts = (): Promise<any> =>
    system.database.db.queryOne(
      `SELECT (SELECT count(*) FROM feedback) AS feedback, (SELECT count(*) FROM suppression) AS suppressions,
              (SELECT count(*) FROM consent_event) AS events`,
    );
  const later = (ms = 1000): void => system.clock.advance(ms);

  it('is refused when it is forged, and nothing is kept', async () => {
    const { id, phone } = await person();
    const before = await counts();
    for (const options of [{ authToken: 'another' }, { signature: '' }, { signature: 'AAAA' }]) {
      const answer = await write(phone, 'STOP', {}, options);
      expect([answer.status, JSON.parse(answer.text).code]).toEqual([403, 'WEBHOOK_SIGNATURE_INVALID']);
    }
    expect(await counts()).toEqual(before);
    expect(await decide(id)).toBe('allowed');
  });

  it.each(['STOP', 'stop please', 'إيقاف', 'Opt out', 'arrêt'])(
    '"%s" is obeyed when the call is answered, and confirmed once, without marketing',
    async text => {
      const { id, phone } = await person();
      const { dispatchId } = await addSmsMessage(system, shop, { id, phone });
      later();
      const isArabic = text === 'إيقاف';
      expect(await answerTo(phone, text)).toBe(
        isArabic
          ? 'Nakheel Market: تم إلغاء اشتراكك ولن تصلك رسائل أخرى.'
          : 'Nakheel Market: You are unsubscribed and will get no more messages.',
      );
      expect(await decide(id)).toBe('WITHDRAWN');
      expect(await suppressed(phone)).toEqual([['unsubscribed', shop.senderId]]);
      expect((await events(id)).at(-1)).toMatchObject({
        action: 'withdrawn',
        method: 'sms_stop',
        channel: 'sms',
      });
      expect(await told(phone)).toEqual([{ kind: 'opted_out', state: 'applied', heldFor: null, dispatchId }]);
      const [withdrawn, asked] = await timeline(id);
      expect([withdrawn.kind, withdrawn.channel]).toEqual(['consent.withdrawn', 'sms']);
      expect(asked).toMatchObject({
        ...{ kind: 'feedback.opted_out', channel: 'sms', senderId: shop.senderId },
        detail: { words: text, from: phone },
      });
    },
  );

  it('is taken as JSON, too', async () => {
    const { id, phone } = await person();
    later();
    expect((await write(phone, 'STOP', {}, { json: true })).text).toContain('unsubscribed');
    expect(await decide(id)).toBe('WITHDRAWN');
  });

  it('that comes twice is one event, and confirmed once', async () => {
    const { id, phone } = await person();
    later();
    const sid = { MessageSid: newSid() };
    expect(await answerTo(phone, 'STOP', sid)).toContain('unsubscribed');
    const before = await counts();
    const answers = await Promise.all([1, 2, 3].map(() => answerTo(phone, 'STOP', sid)));
    expect(answers).toEqual([null, null, null]);
    expect(await counts()).toEqual(before);
    expect(await decide(id)).toBe('WITHDRAWN');
  });

  it('a second stop within a day is not confirmed again; one after a start, or days later, is', async () => {
    const { phone } = await person();
    later();
    expect(await answerTo(phone, 'STOP')).not.toBeNull();
    later();
    expect(await answerTo(phone, 'Stop!!')).toBeNull();
    later(2 * DAY_MS);
    expect(await answerTo(phone, 'STOP')).not.toBeNull();
    later();
    expect(await answerTo(phone, 'START')).not.toBeNull();
    later();
    expect(await answerTo(phone, 'STOP')).not.toBeNull();
  });

  it('a stop holds for this sender and for SMS alone', async () => {
    const other = await addShop(system);
    const { id, phone } = await addPhonePerson(system, [shop.topicId, other.topicId]);
    later();
    await answerTo(phone, 'STOP');
    expect([await decide(id), await decide(id, other.topicId)]).toEqual(['WITHDRAWN', 'allowed']);
  });

  it('a stop at a number that several senders share holds for each of them, and is confirmed by one', async () => {
    const other = await addShop(system);
    await sourceOf(other, number);
    const { id, phone } = await addPhonePerson(system, [shop.topicId, other.topicId]);
    later();
    expect(await answerTo(phone, 'STOP')).toContain('unsubscribed');
    expect([await decide(id), await decide(id, other.topicId)]).toEqual(['WITHDRAWN', 'WITHDRAWN']);
  });

  it('a stop to a number that nothing comes from any more is obeyed all the same', async () => {
    const { id, phone } = await person();
    const before = number;
    await sourceOf(shop);
    later();
    expect(await answerTo(phone, 'STOP', { To: before })).toContain('unsubscribed');
    expect(await decide(id)).toBe('WITHDRAWN');
    const { body } = await system.request('GET', `/v1/senders/${shop.senderId}/sms-sources`);
    expect(body.sources).toHaveLength(1);
  });

  it('a stop to a number of a Messaging Service is one to whom the service belongs', async () => {
    const service = `MG${'a'.repeat(32)}`;
    await sourceOf(shop, service);
    const { id, phone } = await person();
    later();
    expect(await answerTo(phone, 'STOP', { To: '+15005559999', MessagingServiceSid: service })).toContain(
      'unsubscribed',
    );
    expect(await decide(id)).toBe('WITHDRAWN');
  });

  it('a stop by whom nobody knows holds for whoever has the phone later', async () => {
    const phone = newPhone();
    expect(await answerTo(phone, 'STOP')).toContain('unsubscribed');
    expect(await suppressed(phone)).toEqual([['unsubscribed', shop.senderId]]);
    expect(await told(phone)).toMatchObject([{ kind: 'opted_out', state: 'applied', dispatchId: null }]);
    const before = system.clock.now();
    later();
    const { id } = await addPhonePerson(system, [], { phone });
    const older = { occurredAt: new Date(before.getTime() - 1000).toISOString() };
    const consent = { contactId: contactId(id), channel: 'sms', topicId: shop.topicId, textShown: 'Yes.' };
    const granted = { ...consent, ...older, method: 'paper', source: 'the shop' };
    expect((await system.request('POST', '/v1/consents', granted)).status).toBe(201);
    expect(await decide(id)).toBe('WITHDRAWN');
  });

  it('a start grants anew, by new events, what stops took back, and nothing else', async () => {
    const second = (
      await system.request('POST', '/v1/topics', {
        senderId: shop.senderId,
        key: 'news',
        name: { en: 'News' },
      })
    ).body.id as string;
    const third = (
      await system.request('POST', '/v1/topics', {
        senderId: shop.senderId,
        key: 'other',
        name: { en: 'Other' },
      })
    ).body.id as string;
    const { id, phone } = await addPhonePerson(system, [shop.topicId, second]);
    later();
    const scope = { kind: 'topic', topicId: second, channel: 'sms' };
    await system.request('POST', '/v1/consents/withdrawals', {
      contactId: contactId(id),
      scope,
      source: 'a page',
    });
    later();
    await answerTo(phone, 'STOP');
    later();
    await answerTo(phone, 'STOP');
    const before = await events(id);
    later();
    const sid = newSid();
    expect(await answerTo(phone, 'ابدأ', { MessageSid: sid })).toBe(
      'Nakheel Market: ستصلك رسائلنا من جديد. للإيقاف أرسل إيقاف.',
    );
    expect([await decide(id), await decide(id, second), await decide(id, third)]).toEqual([
      ...['allowed', 'WITHDRAWN', 'WITHDRAWN'],
    ]);
    const after = await events(id);
    expect(after.slice(0, -1)).toEqual(before);
    expect(after.at(-1)).toMatchObject({
      ...{ action: 'granted', method: 'sms_start', basis: 'express', text: 'ابدأ', channel: 'sms' },
      evidence: { messageSid: sid, to: number },
    });
    expect(await suppressed(phone)).toEqual([]);
    expect((await told(phone)).at(-1)).toMatchObject({ kind: 'opted_in', state: 'applied' });
    const removed = await system.database.db.query(
      `SELECT detail FROM audit_event WHERE action = 'suppression.removed' ORDER BY id DESC LIMIT 1`,
    );
    expect(removed).toMatchObject([{ detail: { reason: 'unsubscribed' } }]);
    expect((await timeline(id)).map(item => item.kind)).toContain('feedback.opted_in');
    // And out again.
    later();
    await answerTo(phone, 'STOP');
    expect(await decide(id)).toBe('WITHDRAWN');
  });

  it('a start renews nothing that a page took back after the stop, and nothing nobody had granted', async () => {
    const stopped = await person();
    const stranger = await addPhonePerson(system, []);
    later();
    await answerTo(stopped.phone, 'STOP');
    await answerTo(stranger.phone, 'STOP');
    later();
    const scope = { kind: 'everything', senderId: shop.senderId };
    await system.request('POST', '/v1/consents/withdrawals', {
      ...{ contactId: contactId(stopped.id), scope, source: 'a page' },
    });
    later();
    await answerTo(stopped.phone, 'START');
    await answerTo(stranger.phone, 'START');
    expect([await decide(stopped.id), await decide(stranger.id)]).toEqual(['WITHDRAWN', 'WITHDRAWN']);
  });

  it('a "yes" with nothing to start is an answer to something: it is passed on, and promises nothing', async () => {
    const { id, phone } = await person();
    const before = await events(id);
    expect(await answerTo(phone, 'Yes')).toBeNull();
    expect(await events(id)).toEqual(before);
    await system.app.get(ForwardRepliesHandler, { strict: false }).sweep();
    const mail = await system.inbox.waitFor(one => one.text?.includes(phone) === true);
    expect(mail.text).toContain('Yes');
  });

  it('help is answered with who sends, how to reach them and how to stop, in the person’s language', async () => {
    const english = await person();
    const arabic = await person({ locale: 'ar-SA' });
    later();
    expect(await answerTo(english.phone, 'HELP')).toBe(
      'Nakheel Market: For help: care@nakheel.example. Reply STOP to opt out.',
    );
    expect(await answerTo(arabic.phone, 'help')).toBe(
      'Nakheel Market: للمساعدة: care@nakheel.example\nللإيقاف أرسل إيقاف.',
    );
    expect(await told(english.phone)).toMatchObject([{ kind: 'asked_help', state: 'applied' }]);
    expect(await decide(english.id)).toBe('allowed');
    const [item] = await timeline(english.id);
    expect(item).toMatchObject({ kind: 'feedback.asked_help', channel: 'sms', detail: { words: 'HELP' } });
  });

  it('what the provider answers we do not: its own words where it answers, and what it says it took', async () => {
    await sourceOf(shop, number, true);
    for (const [text, more, isAnswered] of [
      [' Stop ', {}, false],
      ['HELP', {}, false],
      ['stop please', {}, true],
      ['إيقاف', {}, true],
      ['stop please', { OptOutType: 'STOP' }, false],
    ] as const) {
      const { phone } = await person();
      later();
      expect({ text, isAnswered: (await answerTo(phone, text, more)) !== null }).toEqual({
        text,
        isAnswered,
      });
    }
    const { id, phone } = await person();
    later();
    // A word that only Twilio was told of.
    expect(await answerTo(phone, 'Adios', { OptOutType: 'STOP' })).toBeNull();
    expect(await decide(id)).toBe('WITHDRAWN');
  });

  it('what may mean a stop pauses the sender until a person decides: harmless, and sending goes on', async () => {
    const { id, phone } = await person();
    later();
    const text = 'stop it with the emojis, lol';
    expect(await answerTo(phone, text)).toBeNull();
    expect([await decide(id), await suppressed(phone)]).toEqual(['SUPPRESSED', [['unclear', shop.senderId]]]);
    const [item] = await held(phone);
    expect(item).toMatchObject({ kind: 'replied', channel: 'sms', heldFor: 'AMBIGUOUS', words: text });
    const why = { why: 'They mean the pictures.' };
    expect((await system.request('POST', `/v1/feedback/${item.id}/dismiss`, why)).status).toBe(200);
    expect([await decide(id), await suppressed(phone)]).toEqual(['allowed', []]);
  });

  it('what may mean a stop is one when a person says so', async () => {
    const { id, phone } = await person();
    later();
    await answerTo(phone, 'stop it with the emojis, lol');
    const [item] = await held(phone);
    const answer = await system.request('POST', `/v1/feedback/${item.id}/apply`, { why: 'They want out.' });
    expect(answer.body).toMatchObject({ kind: 'opted_out', state: 'applied' });
    expect([await decide(id), await suppressed(phone)]).toEqual([
      'WITHDRAWN',
      [['unsubscribed', shop.senderId]],
    ]);
    later();
    await answerTo(phone, 'START');
    expect(await decide(id)).toBe('allowed');
  });

  it('a pause lasts until all that is unclear was read, never hides a stop, and ends with a start', async () => {
    const { id, phone } = await person();
    later();
    const unclear = 'stop it with the emojis, lol';
    for (let n = 0; n < 2; n++) await answerTo(phone, unclear);
    const [first, second] = await held(phone);
    const dismiss = (item: any): Promise<any> =>
      system.request('POST', `/v1/feedback/${item.id}/dismiss`, { why: 'Nothing to it.' });
    await dismiss(first);
    expect(await decide(id)).toBe('SUPPRESSED');
    later();
    await answerTo(phone, 'STOP');
    await answerTo(phone, unclear);
    await dismiss(second);
    await dismiss((await held(phone))[0]);
    expect([await decide(id), await suppressed(phone)]).toEqual([
      'WITHDRAWN',
      [['unsubscribed', shop.senderId]],
    ]);
    await answerTo(phone, unclear);
    later();
    await answerTo(phone, 'START');
    expect([await decide(id), await held(phone)]).toEqual(['allowed', []]);
  });

  it('whatever else they write reaches the sender’s mailbox, and stands on the timeline', async () => {
    const { id, phone } = await person();
    const { dispatchId } = await addSmsMessage(system, shop, { id, phone });
    later();
    const text = 'Do you have it in blue? <b>& "42"</b> ☕';
    expect(await answerTo(phone, text)).toBeNull();
    expect((await timeline(id))[0]).toMatchObject({
      ...{ kind: 'feedback.replied', channel: 'sms', messageId: `msg_${dispatchId}_${id}` },
      detail: { words: text, from: phone },
    });
    await system.app.get(ForwardRepliesHandler, { strict: false }).sweep();
    const mail = await system.inbox.waitFor(one => one.text?.includes(phone) === true);
    expect(mail.envelopeTo).toEqual(['care@nakheel.example']);
    expect(mail.text).toContain(text);
    expect(mail.header('subject')).toBe('Reply by SMS');
    expect([await decide(id), await suppressed(phone)]).toEqual(['allowed', []]);
  });

  it('a phone that was off can be reached when an SMS comes from it', async () => {
    const { id, phone } = await person();
    await system.request('POST', '/v1/suppressions', { channel: 'sms', address: phone });
    await system.database.db.query(`UPDATE suppression SET reason = 'unreachable' WHERE reason = 'manual'`);
    expect(await decide(id)).toBe('SUPPRESSED');
    await answerTo(phone, 'Hello?');
    expect(await decide(id)).toBe('allowed');
  });

  it('what comes to a number of nobody’s, or from no phone, is answered with nothing and kept nowhere', async () => {
    const { phone } = await person();
    const before = await counts();
    expect(await answerTo(phone, 'STOP', { To: '+15005550000' })).toBeNull();
    for (const from of ['12345', 'Bank', '', '+', '+999999999999999999999', "'; DROP TABLE contact; --"])
      expect(await answerTo(from, 'STOP')).toBeNull();
    expect(await counts()).toEqual(before);
  });

  it('is 400 without its fields and 413 when it is too large', async () => {
    const whole = { MessageSid: newSid(), From: newPhone(), To: number, Body: 'STOP' };
    const before = await counts();
    for (const name of Object.keys(whole)) {
      const fields = Object.fromEntries(Object.entries(whole).filter(([key]) => key !== name));
      const answer = await callAsTwilio(system, '/webhooks/twilio/inbound', fields);
      expect([answer.status, JSON.parse(answer.text).code]).toEqual([400, 'WEBHOOK_UNREADABLE']);
    }
    expect((await write(newPhone(), 'x', { MessageSid: '../../etc' })).status).toBe(400);
    const large = await write(newPhone(), 'x'.repeat(70_000));
    expect([large.status, JSON.parse(large.text).code]).toEqual([413, 'WEBHOOK_TOO_LARGE']);
    expect(await counts()).toEqual(before);
  });

  it('whatever characters it has, a stop in it is obeyed and the rest is kept', async () => {
    for (const text of ['STOP\0', '\u202eSTOP\u202c', `STOP${'\n'.repeat(500)}`]) {
      const { id, phone } = await person();
      later();
      await answerTo(phone, text);
      expect({ text, decision: await decide(id) }).toEqual({ text, decision: 'WITHDRAWN' });
    }
    for (const text of ['\0\0', '😀'.repeat(2500), 'سلام '.repeat(2000), '', ' ']) {
      const { phone } = await person();
      expect(await answerTo(phone, text)).toBeNull();
      expect(await told(phone)).toMatchObject([{ kind: 'replied' }]);
    }
    const { phone } = await person();
    const halves = { MessageSid: newSid(), From: phone, To: number, Body: 'a\ud83d b' };
    const answer = await callAsTwilio(system, '/webhooks/twilio/inbound', halves, { json: true });
    expect([answer.status, (await told(phone)).length]).toEqual([200, 1]);
  });

  it('is answered with 2xx or 4xx, whatever a signed call says', async () => {
    const statuses = new Set<number>();
    const text = fc.string({ unit: 'binary', maxLength: 200 });
    const call = fc.record(
      {
        MessageSid: fc.oneof(fc.constant(newSid()), text),
        From: fc.oneof(fc.constantFrom('+447700900001', '+1500'), text),
        To: fc.oneof(fc.constant(number), text),
        Body: fc.oneof(fc.constantFrom('STOP', 'START', 'HELP', 'stop it with the emojis, lol'), text),
        ...{ MessagingServiceSid: text, OptOutType: fc.oneof(fc.constantFrom('STOP', 'constructor'), text) },
      },
      { requiredKeys: ['MessageSid', 'From', 'To'] },
    );
    await fc.assert(
      fc.asyncProperty(call, fc.boolean(), async (fields, json) => {
        const { status } = await callAsTwilio(system, '/webhooks/twilio/inbound', fields, { json });
        statuses.add(status);
      }),
      { numRuns: 500, seed: 20261122 },
    );
    expect([...statuses].sort()).toEqual([200, 400]);
  });

  it('of somebody who was erased neither words nor phone are kept, and the stop is', async () => {
    const { id, phone } = await person();
    const erasure = await system.request('POST', `/v1/contacts/${contactId(id)}/erasure`, {});
    expect(erasure.status).toBeLessThan(300);
    expect(await answerTo(phone, 'STOP')).toContain('unsubscribed');
    await answerTo(phone, 'Who are you?');
    expect(await told(phone)).toEqual([]);
    expect((await suppressed(phone)).sort()).toEqual([
      ['erased', null],
      ['unsubscribed', shop.senderId],
    ]);
  });

  describe('in words of their country', () => {
    const put = (country: string, body: unknown): Promise<any> =>
      system.request('PUT', `/v1/sms-keywords/${country}`, body);

    it('is obeyed there and nowhere else', async () => {
      expect((await put('TR', { stop: ['Durdur', 'DURDUR'], start: ['başlat'], help: [] })).body).toEqual({
        ...{ stop: ['durdur'], start: ['baslat'], help: [] },
      });
      expect((await system.request('GET', '/v1/sms-keywords/tr')).body.stop).toEqual(['durdur']);
      const turkish = await person({ phone: '+905321234567' });
      const british = await person();
      later();
      expect(await answerTo(turkish.phone, 'DURDUR')).toContain('unsubscribed');
      expect(await answerTo(british.phone, 'DURDUR')).toBeNull();
      expect([await decide(turkish.id), await decide(british.id)]).toEqual(['WITHDRAWN', 'allowed']);
      const [audit] = await system.database.db.query(
        `SELECT subject FROM audit_event WHERE action = 'sms-keywords.set' ORDER BY id DESC LIMIT 1`,
      );
      expect(audit).toEqual({ subject: 'TR' });
    });

    it.each([
      [{ start: ['Stop'] }, 'start.0', 'MEANS_OTHERWISE'],
      [{ stop: ['help'] }, 'stop.0', 'MEANS_OTHERWISE'],
      [{ help: ['إلغاء'] }, 'help.0', 'MEANS_OTHERWISE'],
      [{ stop: ['dur', '!!!'] }, 'stop.1', 'NO_WORD'],
      [{ stop: ['dur'], start: ['DUR'] }, 'start.0', 'REPEATED'],
    ])('is refused when it means something else: %j', async (body, path, code) => {
      const answer = await put('DE', body);
      expect(answer.status).toBe(422);
      expect(answer.body).toMatchObject({ code: 'SMS_KEYWORDS_INVALID', errors: [{ path, code }] });
      expect((await system.request('GET', '/v1/sms-keywords/DE')).body).toEqual({
        stop: [],
        start: [],
        help: [],
      });
    });

    it('is 404 of no country', async () => {
      expect(await put('XX', {})).toMatchObject({ status: 404, body: { code: 'COUNTRY_NOT_FOUND' } });
    });
  });
});
