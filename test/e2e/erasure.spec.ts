import { AddressHasher, formatId } from '#common';
import { Forecasts, SendersService } from '#consent';
import { ApplyRetentionHandler } from '#subjects';
import { upload } from '../factories/import.js';
import { addForm, linkIn, tick, Visitor } from '../factories/sign-up.js';
import {
  addCampaign,
  addShop,
  expectBalanced,
  launch,
  progressOf,
  type Shop,
  testSystem,
  type TestSystem,
  until,
  untilState,
} from '../factories/system.js';
import { tablesHolding, tracesOf } from '../factories/traces.js';

const email = 'zubaida.almutairi@gulf-post.example';
const phone = '+966501239876';
const person = {
  ...{ email, phone, externalId: 'KX-77120-Z', firstName: 'زبيدة', lastName: 'Almutairi-Quz' },
  ...{ locale: 'en', country: 'SA', timeZone: 'Asia/Riyadh', attributes: { nickname: 'Zuzubaida' } },
};
/** Everything that would lead back to her, however it is spelt. */
const tells = [
  email,
  'zubaida',
  phone,
  '966501239876',
  '0501239876',
  'KX-77120-Z',
  'زبيدة',
  'Almutairi-Quz',
  '198.51.',
];

describe('a person who is erased', () => {
  let system: TestSystem;
  let shop: Shop;

  beforeAll(async () => {
    system = await testSystem('postgres', { env: { TRUSTED_PROXIES: '127.0.0.1' } });
    shop = await addShop(system);
    await made('/v1/attributes', { key: 'nickname', type: 'text' });
  });
  afterAll(() => system.close());

  const ask = async (method: string, path: string, body?: unknown, headers?: Record<string, string>) => {
    const answer = await system.request(method, path, body, headers);
    if (answer.status >= 400) throw new Error(`${method} ${path} answered ${answer.status}: ${answer.text}`);
    return answer;
  };
  async function made(path: string, body: unknown, headers?: Record<string, string>): Promise<any> {
    return (await ask('POST', path, body, headers)).body;
  }
  /** Uploads a file, and waits until the worker has worked it off. */
  async function imported(file: string): Promise<any> {
    const answer = await upload(system, file, options());
    expect(answer.status).toBe(201);
    const done = await until(
      () => ask('GET', `/v1/imports/${answer.body.id}`),
      ({ body }) => body.state === 'finished',
    );
    return done.body;
  }
  const later = (milliseconds = 60_000): void => void system.clock.advance(milliseconds);
  const csv = (rows: string[]): string => ['email,phone,first,last,agreed,basis,wording', ...rows].join('\n');
  const options = (): object => ({
    matchBy: 'email',
    columns: { email: 'email', phone: 'phone', first: 'firstName', last: 'lastName' },
    consents: [
      {
        ...{ topicId: shop.topicId, channel: 'email', column: 'agreed', basis: { column: 'basis' } },
        evidence: { text: { column: 'wording' } },
      },
    ],
  });

  it('leaves nothing behind, is written to no more whatever is imported, and can come back by their own word alone', async () => {
    const { app, database, inbox } = system;
    const { db } = database;
    const senders = app.get(SendersService, { strict: false });
    const sender = await senders.get(Number(shop.senderId.slice(4)));
    const topic = await senders.getTopic(Number(shop.topicId.slice(4)));

    // A life with us: a profile (created with an Idempotency-Key), a sign-up confirmed by mail, choices, imports, a campaign.
    const contact = await made('/v1/contacts', person, { 'idempotency-key': 'create-77' });
    const form = await addForm(system, sender, [topic]);
    const visitor = new Visitor(system, { 'user-agent': 'Zubaida-Browser/1.0' });
    await visitor.signUp(formatId('form', form.id), [['email', email], tick(topic)]);
    const confirmation = linkIn(await inbox.waitFor(received => received.envelopeTo.includes(email)));
    later();
    expect((await visitor.post(confirmation, [['action', 'confirm']])).status).toBeLessThan(400);
    later();
    const second = await made('/v1/topics', {
      senderId: shop.senderId,
      key: 'letter',
      name: { en: 'Letter' },
    });
    await made('/v1/consents', {
      ...{ contactId: contact.id, channel: 'sms', topicId: second.id, textShown: 'Yes', ip: '198.51.7.7' },
      ...{ source: `https://shop.example/?u=${email}`, userAgent: 'Zubaida-Phone', method: 'checkbox' },
    });
    later();
    await made('/v1/consents/withdrawals', {
      contactId: contact.id,
      scope: { kind: 'topic', topicId: second.id, channel: 'sms' },
      source: 'shop counter',
    });
    await ask('PUT', `/v1/contacts/${contact.id}/preferences?senderId=${shop.senderId}`, {
      frequency: 'weekly',
      pausedUntil: null,
    });
    later();
    // Rows that are refused: hers with another spelling of the number, and one that holds her whole name.
    const refused = await imported(
      csv([
        `not-an-email,0501239876,Mona,Salem,no,,`,
        `ZUBAIDA.ALMUTAIRI@gulf-post.example ,12,X,Y,no,,`,
        `broken@,,زبيدة,Almutairi-Quz,no,,`,
        `,,Huda,Other,no,,`,
      ]),
    );
    expect(refused.rejected).toBe(4);
    const campaign = await addCampaign(system, shop);
    later(8 * 24 * 60 * 60 * 1000);
    await launch(system, campaign);
    expect(await untilState(system, campaign, 'finished')).toMatchObject({ accepted: 1 });
    const mail = await inbox.waitFor(received => /\/u\//.test(received.header('list-unsubscribe') ?? ''));
    const unsubscribe = /\/u\/[A-Za-z0-9_-]+/.exec(mail.header('list-unsubscribe') ?? '')?.[0] as string;
    // An answer of the relay that names her, as some do.
    await db.query(`UPDATE message SET reply = $1 WHERE reply IS NOT NULL`, [
      `250 2.0.0 Ok <${email}> queued`,
    ]);
    const exported = await ask('GET', `/v1/contacts/${contact.id}/export`);
    expect(exported.text).toContain(email);
    const before = await tracesOf(db, tells);
    expect(before.map(trace => /in (\S+):/.exec(trace)?.[1])).toEqual(
      expect.arrayContaining([
        ...[
          'public.contact',
          'public.consent_event',
          'public.confirmation_request',
          'public.import_rejection',
        ],
        'public.message',
      ]),
    );

    // She asks to be forgotten.
    later();
    const numbers = await progressOf(system, campaign);
    const erased = await made(`/v1/contacts/${contact.id}/erasure`, undefined);
    expect(erased).toMatchObject({ kind: 'erasure', contactId: contact.id, method: 'api' });
    expect(erased.doneAt).toBe(system.clock.now().toISOString());
    expect(await tracesOf(db, tells)).toEqual([]);
    const hashes = app.get(AddressHasher, { strict: false });
    // The forecast is told which address changed, and forgets it with its next fold.
    await app.get(Forecasts, { strict: false }).fold();
    expect(await tablesHolding(db, hashes.hash('email', email))).toEqual([
      ...['consent_proof', 'erased_address', 'suppressed_address', 'suppression'],
    ]);
    expect(await progressOf(system, campaign)).toEqual(numbers);
    expectBalanced(numbers);
    expect((await system.request('GET', `/v1/contacts/${contact.id}`)).status).toBe(404);
    expect((await system.request('GET', `/v1/contacts/${contact.id}/export`)).status).toBe(404);
    expect((await ask('GET', `/v1/contacts/${contact.id}/consent-events`)).body.items).toEqual([]);
    const verified = (await ask('GET', '/v1/ledger/verification')).body;
    expect(verified).toMatchObject({ intact: true, events: 0 });
    expect(verified.purged.erased).toBeGreaterThanOrEqual(4);

    // Asked again, nothing more happens.
    expect(await made(`/v1/contacts/${contact.id}/erasure`, undefined)).toEqual(erased);

    // The proof stands apart, under its own scope.
    const proofs = await ask(
      'GET',
      `/v1/proofs?channel=email&address=${encodeURIComponent(email.toUpperCase())}`,
    );
    expect(proofs.body.items.map(({ action }: { action: string }) => action)).toEqual([
      'requested',
      'confirmed',
    ]);
    expect(proofs.body.items[1]).toMatchObject({ topicId: shop.topicId, basis: 'double_opt_in' });
    expect(proofs.text).not.toContain('con_');
    const limited = await system.keyWith('consents:read', 'contacts:read');
    const denied = await system.request('GET', `/v1/proofs?channel=email&address=${email}`, undefined, {
      authorization: `Bearer ${limited}`,
    });
    expect(denied.status).toBe(403);

    // The message's row still tells why, without telling who.
    const [message] = (await ask('GET', `/v1/messages?contactId=${contact.id}`)).body.items;
    const why = (await ask('GET', `/v1/messages/${message.id}/why`)).body;
    expect(why).toMatchObject({ allowed: true, consent: null, purged: { reason: 'erased' } });
    expect(why.words.en).toContain('was erased on');
    expect(why.words.ar).toContain('مُحي سجل الموافقة');

    // The old mail's link still works, and learns nothing new about her.
    later();
    const pressed = await fetch(system.url + unsubscribe, {
      method: 'POST',
      body: 'List-Unsubscribe=One-Click',
      headers: { 'x-forwarded-for': '198.51.9.9', 'user-agent': 'Zubaida-Browser/2.0' },
    });
    expect(pressed.status).toBe(200);
    expect(await pressed.text()).not.toBe('');
    expect(await tracesOf(db, tells)).toEqual([]);
    const opened = await fetch(system.url + unsubscribe);
    expect(opened.status).toBe(200);

    // The shop loads its old file again, consent and all; then a campaign goes out.
    later();
    const again = await imported(
      csv([`${email},${phone},زبيدة,Almutairi-Quz,yes,express,I agree to offers`]),
    );
    expect(again).toMatchObject({ created: 1, rejected: 0 });
    const [returned] = (await ask('GET', `/v1/contacts?email=${email}`)).body.items;
    expect(returned.id).not.toBe(contact.id);
    await inbox.clear();
    const next = await addCampaign(system, shop, { name: 'After the import' });
    expect((await ask('GET', `/v1/campaigns/${next}/audience`)).body).toMatchObject({ willReceive: 0 });
    await launch(system, next);
    expect(await untilState(system, next, 'finished')).toMatchObject({ accepted: 0 });
    expect(await inbox.list({ limit: 10 })).toEqual([]);

    // A purchase (soft opt-in) does not bring her back; her own later yes does.
    later();
    await made('/v1/consents', {
      ...{ contactId: returned.id, channel: 'email', topicId: shop.topicId, basis: 'soft_opt_in' },
      ...{ textShown: 'Tell us if you want no offers', source: 'https://shop.example/checkout' },
      softOptIn: {
        ...{
          orderId: 'A-1',
          productCategories: ['shoes'],
          collectedBy: 'self',
          refusalText: 'No offers please',
        },
        refusalOfferedAt: system.clock.now().toISOString(),
      },
    });
    expect((await ask('GET', `/v1/campaigns/${next}/audience`)).body).toMatchObject({ willReceive: 0 });
    later();
    await made('/v1/consents', {
      ...{ contactId: returned.id, channel: 'email', topicId: shop.topicId, method: 'checkbox' },
      ...{ textShown: 'Yes, write to me again.', source: 'https://shop.example/signup' },
    });
    const last = await addCampaign(system, shop, { name: 'She is back' });
    await launch(system, last);
    expect(await untilState(system, last, 'finished')).toMatchObject({ accepted: 1 });
    expect((await inbox.list({ limit: 10 })).map(({ envelopeTo }) => envelopeTo)).toEqual([[email]]);
  });

  it('in the middle of a campaign gets nothing more, and the worker and the erasures do not block each other', async () => {
    const rows = Array.from(
      { length: 300 },
      (_, n) => `mid-${n}@crowd.example,,A${n},B${n},yes,express,I agree`,
    );
    expect(await imported(csv(rows))).toMatchObject({ created: 300 });
    await system.inbox.clear();
    const campaign = await addCampaign(system, shop, { name: 'Crowd' });
    await launch(system, campaign);
    const contacts: string[] = [];
    for (let cursor = ''; contacts.length < 300;) {
      const page = (await ask('GET', `/v1/contacts?limit=200${cursor}`)).body;
      contacts.push(
        ...page.items
          .filter((item: { email: string | null }) => item.email?.endsWith('@crowd.example'))
          .map((item: { id: string }) => item.id),
      );
      if (page.nextCursor === null) break;
      cursor = `&cursor=${page.nextCursor}`;
    }
    expect(contacts).toHaveLength(300);
    const erased: { id: string; at: number }[] = [];
    await Promise.all(
      [0, 1, 2, 3].map(async lane => {
        for (let at = lane; at < 120; at += 4) {
          const id = contacts[(at * 7) % 300] as string;
          await made(`/v1/contacts/${id}/erasure`, undefined);
          erased.push({ id, at: system.clock.now().getTime() });
        }
      }),
    );
    const progress = await untilState(system, campaign, 'finished');
    expectBalanced(progress);
    expect(progress.frozen).toBe(progress.accepted + (progress.skipped['CONTACT_GONE'] ?? 0));
    await system.app.get(ApplyRetentionHandler, { strict: false }).handle();
    const ids = erased.map(({ id }) => Number(id.slice(4)));
    const left = await system.database.db.query(
      `SELECT contact_id FROM message WHERE contact_id = ANY($1::bigint[])
          AND (address_hash IS NOT NULL OR reply IS NOT NULL OR provider_message_id IS NOT NULL)`,
      [ids],
    );
    expect(left).toEqual([]);
    const verified = (await ask('GET', '/v1/ledger/verification')).body;
    expect(verified).toMatchObject({ intact: true });
  });

  it('stays out of the refused rows and dry runs of files that named them', async () => {
    const answer = await upload(system, csv(['dry@run.example,,Dry,Runner,no,,']), {
      ...options(),
      dryRun: true,
    });
    expect(answer.status).toBe(201);
    const { id } = await made('/v1/contacts', { email: 'dry@run.example', phone: '+97433123456' });
    const rejected = await imported(csv(['a@@b,٣٣١٢٣٤٥٦,Dry,Runner,no,,', 'b@@c,97433123456,,,no,,']));
    expect(rejected.rejected).toBe(2);
    await made(`/v1/contacts/${id}/erasure`, undefined);
    const rows = (await ask('GET', `/v1/imports/${rejected.id}/rejections`)).body.items;
    expect(rows.map(({ row }: { row: string[] }) => row)).toEqual([[], []]);
    expect(await tracesOf(system.database.db, ['dry@run', '33123456', '٣٣١٢٣٤٥٦'])).toEqual([]);
  });
});
