import { AudienceService } from '#sending';
import { importFile } from '../factories/import.js';
import { callAsTwilio, newSid } from '../factories/sms.js';
import { addPhones, addSmsShop, SMS_HOUR } from '../factories/sms-shop.js';
import {
  addCampaign,
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

const NUMBER = '+15005550006';
const QUEUED = 10_000;
const LAYLA = '+33640111111';

/** As an Arabic shop's spreadsheet exports it. */
const file = [
  'رقم العميل,الاسم الأول,الجوال,البريد الإلكتروني,اللغة,وافق على الرسائل,نص الموافقة,أين,متى',
  `c-1,ليلى,${LAYLA},layla@example.com,ar,نعم,أوافق على استلام العروض برسائل نصية,https://nakheel.example/join,2026-11-01T10:00:00Z`,
  'c-2,سارة,+33640222222,sara@example.com,ar,لا,أوافق على استلام العروض برسائل نصية,https://nakheel.example/join,2026-11-01T10:00:00Z',
].join('\n');

describe('an Arabic shop that writes SMS', () => {
  let system: TestSystem;
  let sender: TestSystem;
  let shop: Shop;

  beforeAll(async () => {
    // The one that people and Twilio talk to, and a worker of its own that the story starts and stops.
    system = await testSystem('postgres', { startWorker: false });
    sender = await testSystem('postgres', { startWorker: false, database: system.database });
  });
  afterAll(async () => {
    await sender.close();
    await system.close();
  });

  const toLayla = (): string[] =>
    sender.phone
      .list(QUEUED * 2)
      .filter(({ to }) => to === LAYLA)
      .map(({ text }) => text);
  const fromLayla = (text: string): ReturnType<typeof callAsTwilio> =>
    callAsTwilio(system, '/webhooks/twilio/inbound', {
      ...{ MessageSid: newSid(), From: LAYLA, To: NUMBER, Body: text },
    });

  it('imports, sends, obeys "إيقاف" with ten thousand queued, and begins again when asked to', async () => {
    for (const { clock } of [system, sender]) clock.set(SMS_HOUR);
    shop = await addSmsShop(system, {
      sources: [{ from: NUMBER, rate: null }],
      content: {
        ar: {
          text: 'أهلًا {{ contact.firstName }}، وصلت تمور الموسم الجديد إلى متجرنا، ومعها القهوة التي تحبينها. التفاصيل: https://nakheel.example/t/1',
        },
      },
    });

    // Import, with what each agreed to and where.
    const imported = await importFile(system, file, {
      matchBy: 'email',
      columns: {
        ...{ 'رقم العميل': 'externalId', 'الاسم الأول': 'firstName', الجوال: 'phone' },
        ...{ 'البريد الإلكتروني': 'email', اللغة: 'locale' },
      },
      consents: [
        {
          ...{
            topicId: shop.topicId,
            channel: 'sms',
            column: 'وافق على الرسائل',
            basis: { value: 'express' },
          },
          evidence: { text: { column: 'نص الموافقة' }, source: { column: 'أين' } },
          occurredAt: { column: 'متى' },
        },
      ],
    });
    expect(imported).toMatchObject({ state: 'finished', created: 2, rejected: 0 });
    const layla = (
      await system.database.db.query<{ id: number }>('SELECT id FROM contact WHERE phone = $1', [LAYLA])
    )[0]!.id;

    // The first campaign: one person agreed. Its text takes several parts, and says how to stop.
    const first = await addCampaign(system, shop, { channel: 'sms' });
    const estimate = await system.request('GET', `/v1/campaigns/${first}/cost/estimate`);
    expect(estimate.body).toMatchObject({ recipients: 1, encodings: { gsm7: 0, ucs2: 1 } });
    await launch(system, first);
    await sender.worker.start();
    expectBalanced(await untilState(sender, first, 'finished'));
    await sender.worker.stop();
    const [text] = toLayla();
    expect(text).toMatch(/^Nakheel: أهلًا ليلى، .*https:\/\/nakheel\.example\/t\/1\nللإيقاف أرسل إيقاف$/);
    const message = await system.database.db.query<{ parts: number; channel: string }>(
      'SELECT parts, channel FROM message WHERE dispatch_id = $1',
      [await dispatchOf(system, first)],
    );
    expect(message).toEqual([{ parts: Math.ceil(text!.length / 67), channel: 'sms' }]);
    expect(message[0]!.parts).toBe(estimate.body.parts.total);

    // The second is frozen for ten thousand, and waits for a worker; then Layla asks to stop.
    await addPhones(system, shop, QUEUED - 1, { locale: 'ar', prefix: '+33641' });
    for (const { clock } of [system, sender]) clock.advance(60_000);
    const second = await addCampaign(system, shop, { channel: 'sms' });
    await launch(system, second);
    const dispatch = await dispatchOf(system, second);
    await system.app.get(AudienceService, { strict: false }).freeze(dispatch);
    expect(await progressOf(system, second)).toMatchObject({ frozen: QUEUED, notYetAttempted: QUEUED });

    const answer = await fromLayla('إيقاف');
    expect([answer.status, answer.text]).toEqual([
      200,
      expect.stringContaining('<Message>Nakheel: تم إلغاء اشتراكك ولن تصلك رسائل أخرى.</Message>'),
    ]);

    const restarted = await testSystem('postgres', { startWorker: true, database: system.database });
    await sender.close();
    sender = restarted;
    sender.clock.set(system.clock.now());
    const progress = await until(
      () => progressOf(sender, second),
      ({ state }) => state === 'finished',
      200_000,
    );
    expectBalanced(progress);
    expect(progress.accepted).toBe(QUEUED - 1);
    expect(Object.values(progress.skipped)).toEqual([1]);
    expect(toLayla()).toEqual([]);
    const reached = await system.database.db.query<{ n: number }>(
      `SELECT count(DISTINCT provider_message_id) AS n FROM message WHERE dispatch_id = $1 AND state = 'accepted'`,
      [dispatch],
    );
    expect([reached[0]?.n, sender.phone.received]).toEqual([QUEUED - 1, QUEUED - 1]);

    // Why, in words, for her and for a regulator.
    const why = await system.request('GET', `/v1/messages/msg_${dispatch}_${layla}/why`);
    expect(why.body.allowed).toBe(false);
    expect(why.body.words.ar).not.toBe('');

    // She asks for it again: a new event, and the next campaign reaches her.
    for (const { clock } of [system, sender]) clock.advance(60_000);
    const started = await fromLayla('ابدأ');
    expect(started.text).toContain('ستصلك رسائلنا من جديد');
    const events = await system.database.db.query<{ action: string; method: string }>(
      `SELECT action, method FROM consent_event WHERE contact_id = $1 ORDER BY id`,
      [layla],
    );
    expect(events.map(({ action }) => action)).toEqual(['granted', 'withdrawn', 'granted']);
    for (const { clock } of [system, sender]) clock.advance(60_000);
    const third = await addCampaign(system, shop, { channel: 'sms', segmentId: await segmentOf('c-1') });
    await launch(system, third);
    expect(await untilState(sender, third, 'finished')).toMatchObject({ accepted: 1 });
    expect(toLayla()).toHaveLength(1);
    const timeline = await system.request('GET', `/v1/contacts/con_${layla}/timeline`);
    expect(timeline.text).toContain('إيقاف');
  }, 300_000);

  async function segmentOf(externalId: string): Promise<string> {
    const rule = {
      combinator: 'and',
      rules: [{ field: 'contact.externalId', operator: '=', value: externalId }],
    };
    const made = await system.request('POST', '/v1/segments', { name: `Only ${externalId}`, rule });
    expect(made.status).toBe(201);
    return made.body.id as string;
  }
});
