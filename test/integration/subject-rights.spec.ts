import { jest } from '@jest/globals';
import fc from 'fast-check';
import { AddressHasher, formatId } from '#common';
import {
  Gate,
  LedgerIntegrityService,
  LedgerRetention,
  type Sender,
  SendersService,
  type Topic,
} from '#consent';
import { type Contact, ContactsService } from '#contacts';
import { Database } from '#database';
import { MessagesService } from '#sending';
import { SubjectRightsService } from '#subjects';
import { type TestApi, testApi } from '../factories/api.js';
import { addContact, linkToken } from '../factories/contact.js';
import { importFile } from '../factories/import.js';
import { addSender, addTopic } from '../factories/sender.js';
import { until } from '../factories/system.js';

const DAY_MS = 24 * 60 * 60 * 1000;
const wording = 'نعم، أرغب في العروض.\nYes, send me <b>offers</b> & news.';

describe('what a person may ask of us', () => {
  let api: TestApi;
  let sender: Sender;
  let offers: Topic;
  let letter: Topic;

  beforeAll(async () => {
    api = await testApi();
    sender = await addSender(api.app, { country: 'GB' });
    offers = await addTopic(api.app, sender);
    letter = await addTopic(api.app, sender, { en: 'Garden letter', ar: 'رسالة الحديقة' });
  });
  afterAll(() => api.close());
  beforeEach(() => api.clock.advance(60_000));

  const seal = () => api.app.get(LedgerIntegrityService, { strict: false }).seal();
  const made = async (path: string, body?: unknown): Promise<any> => {
    const answer = await api.request('POST', path, body);
    if (answer.status >= 300) throw new Error(`${path} answered ${answer.status}: ${answer.text}`);
    return answer.body;
  };
  const read = async (path: string): Promise<any> => {
    const answer = await api.request('GET', path);
    if (answer.status !== 200) throw new Error(`${path} answered ${answer.status}: ${answer.text}`);
    return answer.body;
  };
  const idOf = (contact: Contact): string => formatId('contact', contact.id);
  const agree = (contact: Contact, more: Record<string, unknown> = {}): Promise<any> =>
    made('/v1/consents', {
      ...{ contactId: idOf(contact), channel: 'email', topicId: formatId('topic', offers.id) },
      ...{ textShown: wording, textVersion: 'form-3', locale: 'ar', method: 'checkbox' },
      ...{ source: 'https://shop.example/signup', ip: '203.0.113.7', userAgent: 'Test/1.0' },
      ...{ country: 'GB', privacyNoticeVersion: '2026-10', ...more },
    });

  describe('a copy of everything', () => {
    it('tells all that is held, in JSON and as a page in both languages, and is noted', async () => {
      const contact = await addContact(api.app, {
        ...{
          firstName: 'Mona',
          lastName: 'Al-Harbi',
          phone: '+447700900123',
          externalId: 'C-1',
          locale: 'ar',
        },
      });
      const event = await agree(contact);
      api.clock.advance(1000);
      await made('/v1/consents/withdrawals', {
        contactId: idOf(contact),
        scope: { kind: 'channel', channel: 'sms', senderId: formatId('sender', sender.id) },
        source: 'phone call',
        method: 'verbal',
      });
      const copy = await read(`/v1/contacts/${idOf(contact)}/export`);
      expect(copy).toMatchObject({
        contactId: idOf(contact),
        profile: { email: contact.email, phone: '+447700900123', firstName: 'Mona' },
        states: expect.arrayContaining([expect.objectContaining({ status: 'granted', eventId: event.id })]),
        events: [{ id: event.id, textShown: wording, ip: '203.0.113.7' }, { action: 'withdrawn' }],
        requests: [{ kind: 'export', method: 'api', doneAt: api.clock.now().toISOString() }],
        topics: expect.arrayContaining([{ id: formatId('topic', offers.id), name: offers.name }]),
      });
      expect(copy.events[0].words.en).toMatch(
        /^On 21 November 2026 at .* UTC the person ticked a box at https:\/\/shop\.example\/signup and so agreed to emails about “Offers” from Nakheel Market\./,
      );
      expect(copy.events[0].words.ar).toContain('أشّر الشخص على خانة الموافقة');
      expect(copy.events[1].words.en).toContain('took back every consent to text messages about every topic');

      const page = await api.request('GET', `/v1/contacts/${idOf(contact)}/export?format=html`);
      expect(page.headers).toMatchObject({
        'content-type': 'text/html; charset=utf-8',
        'content-language': 'ar',
        'cache-control': 'no-store',
      });
      expect(page.text).toContain('<html lang="ar" dir="rtl">');
      expect(page.text).toContain('ما نحتفظ به عنك');
      // The wording is shown as it was, and runs nowhere.
      expect(page.text).toContain('Yes, send me &lt;b&gt;offers&lt;/b&gt; &amp; news.');
      const english = await api.request('GET', `/v1/contacts/${idOf(contact)}/export?locale=en`, undefined, {
        accept: 'text/html',
      });
      expect(english.text).toContain('What we hold about you');
      expect(english.text).toContain('203.0.113.7');
      const listed = await read(`/v1/subject-requests?contactId=${idOf(contact)}`);
      expect(listed.items).toHaveLength(3);
      const audited = await api.database.db.query<{ detail: object }>(
        `SELECT detail FROM audit_event WHERE action = 'contact.data_exported'`,
      );
      expect(JSON.stringify(audited)).not.toContain('Mona');
    });

    it('needs a key that may read people and consents', async () => {
      const contact = await addContact(api.app);
      for (const scopes of [['contacts:read'], ['consents:read']] as const) {
        const authorization = `Bearer ${await api.keyWith(...scopes)}`;
        const refused = await api.request('GET', `/v1/contacts/${idOf(contact)}/export`, undefined, {
          authorization,
        });
        expect(refused.status).toBe(403);
      }
    });

    it('tells of somebody whose profile was deleted what outlived it, and knows nobody by an unused number', async () => {
      const contact = await addContact(api.app);
      await agree(contact);
      await api.request('DELETE', `/v1/contacts/${idOf(contact)}`);
      expect(await read(`/v1/contacts/${idOf(contact)}/export`)).toMatchObject({
        profile: null,
        events: [{}],
      });
      expect((await api.request('GET', '/v1/contacts/con_999999/export')).status).toBe(404);
      expect((await api.request('GET', '/v1/contacts/con_999999/proof')).status).toBe(404);
      expect((await api.request('POST', '/v1/contacts/con_999999/erasure')).status).toBe(404);
    });

    it('leaves out no table that names a contact, and neither does an erasure', async () => {
      const tables = await api.database.db.query<{ name: string }>(
        `SELECT DISTINCT table_name AS name FROM information_schema.columns
          WHERE table_schema = 'public' AND column_name = 'contact_id'
            AND NOT (SELECT relispartition FROM pg_class WHERE oid = table_name::regclass) ORDER BY 1`,
      );
      // A new table here belongs into the export (SubjectDocumentsService), or into an erasure, or into both.
      expect(tables.map(({ name }) => name)).toEqual([
        ...['confirmation_request', 'consent_event', 'consent_state', 'engagement_event', 'feedback'],
        ...[
          'import_rehearsal',
          'message',
          'message_evidence',
          'outgoing_event',
          'person_event',
          'purchase_facts',
        ],
        ...['shop_order', 'subject_request', 'subscription_preference', 'webhook_delivery'],
      ]);
    });
  });

  describe('an erasure', () => {
    it('keeps a proof that names nobody: the act and the wording, for a keyed hash, until its time is up', async () => {
      const contact = await addContact(api.app, { email: 'proof@erasure.example', phone: '+447700900456' });
      const event = await agree(contact);
      api.clock.advance(1000);
      await made('/v1/consents/withdrawals', {
        ...{ contactId: idOf(contact), scope: { kind: 'everything' }, source: 'shop' },
      });
      const answer = await made(`/v1/contacts/${idOf(contact)}/erasure`);
      expect(answer).toMatchObject({ kind: 'erasure', law: expect.stringMatching(/^[A-Za-z]+@\d+/) });
      const { db } = api.database;
      const rows = await db.query<Record<string, unknown>>(
        `SELECT * FROM consent_proof WHERE event_id >= $1 ORDER BY event_id, channel`,
        [Number(event.id.slice(4))],
      );
      expect(Object.keys(rows[0]!)).toEqual([
        ...['event_id', 'channel', 'address_hash', 'sender_id', 'topic_id', 'action', 'basis', 'text_shown'],
        ...[
          'text_hash',
          'text_version',
          'locale',
          'method',
          'occurred_at',
          'recorded_at',
          'retain_until',
          'law',
        ],
      ]);
      // A withdrawal of everything is a proof for each address.
      expect(rows.map(({ action, channel }) => [action, channel])).toEqual([
        ['granted', 'email'],
        ['withdrawn', 'email'],
        ['withdrawn', 'sms'],
      ]);
      const found = await read('/v1/proofs?channel=sms&address=%2B447700900456');
      expect(found.items).toMatchObject([{ action: 'withdrawn', channel: 'sms', textShown: null }]);
      const [proof] = (await read('/v1/proofs?channel=email&address=proof@erasure.example')).items;
      expect(proof).toMatchObject({
        ...{
          eventId: event.id,
          textShown: wording,
          textVersion: 'form-3',
          basis: 'express',
          method: 'checkbox',
        },
        law: expect.stringMatching(/^GB@\d+$/),
      });
      expect((await api.request('GET', `/v1/consents/${event.id}`)).status).toBe(404);
      expect((await api.request('GET', '/v1/proofs?channel=sms&address=nonsense')).status).toBe(400);
    });

    it('closes the request that was noted before, in time by the strictest law', async () => {
      const contact = await addContact(api.app, { country: 'EG' });
      await agree(contact);
      const asked = api.clock.now();
      const request = await made('/v1/subject-requests', {
        ...{ kind: 'erasure', contactId: idOf(contact), method: 'letter', requestedAt: asked.toISOString() },
      });
      expect(request).toMatchObject({ doneAt: null, law: expect.stringMatching(/^EG@/) });
      expect(new Date(request.dueAt).getTime() - asked.getTime()).toBe(6 * DAY_MS);
      const tooEarly = await api.request('POST', `/v1/subject-requests/${request.id}/close`);
      expect(tooEarly).toMatchObject({ status: 409, body: { code: 'ERASURE_NOT_DONE' } });
      expect((await read('/v1/subject-requests?state=open')).items.map(({ id }: any) => id)).toContain(
        request.id,
      );
      api.clock.advance(DAY_MS);
      const done = await made(`/v1/contacts/${idOf(contact)}/erasure`);
      expect(done).toMatchObject({ id: request.id, method: 'letter', doneAt: api.clock.now().toISOString() });
      const twice = await api.request('POST', `/v1/subject-requests/${request.id}/close`);
      expect(twice).toMatchObject({ status: 409, body: { code: 'SUBJECT_REQUEST_DONE' } });
      const unknown = { kind: 'export', contactId: idOf(contact) };
      expect((await api.request('POST', '/v1/subject-requests', unknown)).status).toBe(404);
    });

    it('works for somebody whose profile was deleted before', async () => {
      const contact = await addContact(api.app, { email: 'late@erasure.example' });
      await agree(contact);
      await api.request('DELETE', `/v1/contacts/${idOf(contact)}`);
      await made(`/v1/contacts/${idOf(contact)}/erasure`);
      expect((await read(`/v1/contacts/${idOf(contact)}/consent-events`)).items).toEqual([]);
      const found = await api.request('POST', '/v1/suppressions/search', {
        channel: 'email',
        address: 'late@erasure.example',
      });
      expect(found.body.items).toMatchObject([{ reason: 'erased', senderId: null, topicId: null }]);
    });

    it('bars an earlier address of theirs too, but not one that is somebody else’s by now', async () => {
      const contact = await addContact(api.app, { email: 'old@erasure.example', phone: '+447700900777' });
      await agree(contact);
      await api.request('PATCH', `/v1/contacts/${idOf(contact)}`, {
        email: 'new@erasure.example',
        phone: '+447700900888',
      });
      const heir = await addContact(api.app, { phone: '+447700900777' });
      await made(`/v1/contacts/${idOf(contact)}/erasure`);
      const reasons = async (channel: string, address: string) =>
        (await made('/v1/suppressions/search', { channel, address })).items.map(({ reason }: any) => reason);
      expect(await reasons('email', 'new@erasure.example')).toEqual(['erased']);
      expect(await reasons('email', 'old@erasure.example')).toEqual(['erased']);
      expect(await reasons('sms', '+447700900888')).toEqual(['erased']);
      expect(await reasons('sms', heir.phone!)).toEqual([]);
    });

    it('is whole or not at all', async () => {
      const contact = await addContact(api.app);
      await agree(contact);
      const db = api.app.get(Database, { strict: false });
      const rights = api.app.get(SubjectRightsService, { strict: false });
      await expect(
        db.transaction(async () => {
          await rights.erase(contact.id, 'tests', 'api');
          throw new Error('the process died');
        }),
      ).rejects.toThrow('died');
      expect((await read(`/v1/contacts/${idOf(contact)}/export`)).events).toHaveLength(1);
      expect((await read('/v1/ledger/verification')).intact).toBe(true);
    });

    it('twenty times at once is one', async () => {
      const contact = await addContact(api.app);
      await agree(contact);
      const answers = await Promise.all(
        Array.from({ length: 20 }, () => api.request('POST', `/v1/contacts/${idOf(contact)}/erasure`)),
      );
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
      expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    });

    it('waits for nobody who writes a message of theirs, and goes on when that is done', async () => {
      const contact = await addContact(api.app);
      const { db } = api.database;
      await db.query(
        `INSERT INTO message (dispatch_id, contact_id, state, attempt, chunk_id, lease_generation, allowed_at, address_hash)
         SELECT n, $1, 'attempting', 1, 1, 1, now(), $2 FROM generate_series(1, 3) n`,
        [contact.id, contact.emailHash],
      );
      const { rights, writing } = await db.transaction(async () => {
        await db.query('SELECT 1 FROM message WHERE dispatch_id = 2 AND contact_id = $1 FOR UPDATE', [
          contact.id,
        ]);
        const other = await testApi({}, [], api.database);
        const forget = jest.spyOn(other.app.get(MessagesService, { strict: false }), 'forget');
        const erasing = other.app
          .get(SubjectRightsService, { strict: false })
          .erase(contact.id, 'tests', 'api');
        // It has met the row that is being written, and begun anew.
        await until(
          async () => forget.mock.calls.length,
          calls => calls > 2,
        );
        // Whoever writes is not held up by it either: these rows are free while it waits.
        await db.query(`UPDATE message SET state = 'unknown' WHERE contact_id = $1`, [contact.id]);
        return { rights: other, writing: erasing };
      });
      expect(await writing).toMatchObject({ kind: 'erasure' });
      const rows = await db.query('SELECT address_hash FROM message WHERE contact_id = $1', [contact.id]);
      expect(rows).toEqual([{ address_hash: null }, { address_hash: null }, { address_hash: null }]);
      await rights.app.close();
      await rights.database.close();
    });

    it('holds against every sequence of consents, withdrawals, imports and further erasures', async () => {
      const topics = [offers, letter];
      const gate = api.app.get(Gate, { strict: false });
      const contacts = api.app.get(ContactsService, { strict: false });
      const retention = api.app.get(LedgerRetention, { strict: false });
      let runs = 0;
      const step = fc.record({
        what: fc.constantFrom(
          ...([
            'grant',
            'soft',
            'withdraw',
            'everything',
            'import',
            'import',
            'erase',
            'erase',
            'delete',
          ] as const),
          ...(['link', 'years'] as const),
        ),
        topic: fc.nat(1),
      });
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 6, maxLength: 14 }), async steps => {
          const email = `model-${++runs}@erasure.example`;
          /** The plain rules. `said`: the person's last word; `barred`: erased, and no later yes. */
          const model = topics.map(() => ({ allowed: false, withdrawn: false, barred: false }));
          let contact: Contact | null = null;
          let link: string | null = null;
          for (const { what, topic: at } of steps) {
            api.clock.advance(1000);
            const topic = topics[at]!;
            const told = model[at]!;
            const topicId = formatId('topic', topic.id);
            if (what === 'import') {
              const done = await importFile(api, `email,ok,basis,words\n${email},yes,express,I agree\n`, {
                matchBy: 'email',
                consents: [
                  {
                    ...{ topicId, channel: 'email', column: 'ok', basis: { column: 'basis' } },
                    evidence: { text: { column: 'words' } },
                  },
                ],
              });
              expect(done.state).toBe('finished');
              contact = (await contacts.list({ limit: 1 }, { email })).items[0]!;
              if (!told.withdrawn && !told.barred) told.allowed = true;
            } else if (what === 'years') {
              api.clock.advance(3 * 366 * DAY_MS);
              await retention.run();
            } else if (what === 'link') {
              if (link === null) continue;
              const pressed = await api.request('POST', link, undefined, { authorization: '' });
              expect(pressed.status).toBe(200);
              Object.assign(model[0]!, { allowed: false, withdrawn: true });
            } else if (contact === null) continue;
            else if (what === 'grant' || what === 'soft') {
              const basis = what === 'grant' ? 'express' : 'soft_opt_in';
              await agree(contact, { topicId, basis });
              if (what === 'grant') Object.assign(told, { allowed: true, withdrawn: false, barred: false });
            } else if (what === 'withdraw' || what === 'everything') {
              const scope = what === 'withdraw' ? { kind: 'topic', topicId } : { kind: 'everything' };
              await made('/v1/consents/withdrawals', { contactId: idOf(contact), scope, source: 'tests' });
              for (const one of what === 'withdraw' ? [told] : model)
                Object.assign(one, { allowed: false, withdrawn: true });
            } else if (what === 'erase') {
              await made(`/v1/contacts/${idOf(contact)}/erasure`);
              contact = null;
              for (const one of model) Object.assign(one, { allowed: false, barred: true });
            } else {
              await api.request('DELETE', `/v1/contacts/${idOf(contact)}`);
              contact = null;
              for (const one of model) one.allowed = false;
            }
            if (contact && what === 'import') link = `/u/${linkToken(api.app, contact, offers)}`;
            if (!contact) continue;
            for (const [index, { id }] of topics.entries()) {
              const [row] = await gate.decide({
                ...{ contactIds: [contact.id], channel: 'email', senderId: sender.id, topicId: id },
              });
              const denied = row!.denial;
              expect({ topic: index, allowed: denied === null, denied }).toMatchObject({
                topic: index,
                allowed: model[index]!.allowed,
              });
            }
          }
        }),
        { numRuns: 25, seed: 20261121, endOnFailure: true },
      );
      const db = api.database.db;
      const state = () => db.query('SELECT * FROM consent_state ORDER BY contact_id, channel, topic_id');
      const lived = await state();
      await api.app.get(LedgerIntegrityService, { strict: false }).rebuildState();
      expect(await state()).toEqual(lived);
      await seal();
      expect(await read('/v1/ledger/verification')).toMatchObject({ intact: true });
    });

    it('leaves a link in an old mail working, which then learns nothing of who presses', async () => {
      const contact = await addContact(api.app);
      await agree(contact);
      const link = `/u/${linkToken(api.app, contact, offers)}`;
      await made(`/v1/contacts/${idOf(contact)}/erasure`);
      for (const body of ['List-Unsubscribe=One-Click', 'action=topic', 'action=all']) {
        api.clock.advance(1000);
        const headers = { authorization: '', 'user-agent': 'Tests/1.0' };
        expect((await api.request('POST', link, body, headers)).status).toBe(200);
      }
      const { items } = await read(`/v1/contacts/${idOf(contact)}/consent-events`);
      expect(items).toHaveLength(3);
      for (const event of items) {
        expect(event).toMatchObject({
          action: 'withdrawn',
          ip: null,
          userAgent: null,
          contactId: idOf(contact),
        });
      }
      const hash = api.app.get(AddressHasher, { strict: false }).hash('email', contact.email!);
      const rows = await api.database.db.query<{ address_hash: Buffer }>(
        'SELECT address_hash FROM consent_event WHERE contact_id = $1',
        [contact.id],
      );
      for (const row of rows) expect(row.address_hash).toEqual(hash);
      // These, too, go when the erasure is asked for again.
      await made(`/v1/contacts/${idOf(contact)}/erasure`);
      expect((await read(`/v1/contacts/${idOf(contact)}/consent-events`)).items).toEqual([]);
    });
  });

  describe('a receipt', () => {
    it('has the structure of ISO/IEC TS 27560 and stays as it was, whatever the sender becomes', async () => {
      const shop = await addSender(api.app, { country: 'GB', legalName: 'Palm Ltd', tradingName: 'Palm' });
      const topic = await addTopic(api.app, shop, { en: 'News', ar: 'أخبار' });
      const contact = await addContact(api.app);
      const event = await agree(contact, { topicId: formatId('topic', topic.id) });
      const path = `/v1/consents/${event.id}/receipt`;
      const early = await read(path);
      expect(early.integrity.seal).toBeNull();
      await seal();
      const receipt = await read(path);
      expect(receipt).toMatchObject({
        header: {
          schema_version: 'ISO/IEC TS 27560:2023',
          record_id: expect.stringMatching(
            /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
          ),
          pii_principal_id: idOf(contact),
        },
        pii_processing: {
          privacy_notice: [{ reference: 'https://nakheel.example/privacy', version: '2026-10' }],
          language: 'ar',
          consent_text: { text: wording, version: 'form-3', sha256: event.textHash },
          purposes: [{ purpose: { en: 'News', ar: 'أخبار' }, purpose_type: 'marketing' }],
          lawful_basis: { basis: 'express' },
          pii_information: [{ pii_type: 'email address', sensitive_pii_category: false }],
          retention_period: { months: 72, laws: [expect.stringMatching(/^GB@\d/)] },
          jurisdictions: ['GB'],
        },
        parties: [{ party_role: 'PII controller', party_name: 'Palm Ltd', party_country: 'GB' }],
        event: {
          event_id: event.id,
          event_state: 'given',
          event_type: 'explicit',
          event_time: event.occurredAt,
        },
        integrity: { seal: { intact: true, hash: expect.stringMatching(/^[0-9a-f]{64}$/) } },
      });
      expect({ ...receipt, integrity: null }).toEqual({ ...early, integrity: null });
      api.clock.advance(DAY_MS);
      await api.request('PATCH', `/v1/senders/${formatId('sender', shop.id)}`, {
        legalName: 'Date Palm Ltd',
      });
      await api.app
        .get(SendersService, { strict: false })
        .updateTopic(topic.id, { name: { en: 'Everything', ar: 'كل شيء' } }, 'tests');
      expect(await read(path)).toEqual(receipt);
      const next = await agree(contact, { topicId: formatId('topic', topic.id) });
      const second = await read(`/v1/consents/${next.id}/receipt`);
      expect(second.parties[0].party_name).toBe('Date Palm Ltd');
      expect(second.header.record_id).not.toBe(receipt.header.record_id);
    });

    it('can be checked by anybody who has the link before it', async () => {
      const contact = await addContact(api.app);
      const event = await agree(contact);
      await seal();
      const { integrity } = await read(`/v1/consents/${event.id}/receipt`);
      const { createHash } = await import('node:crypto');
      const bytes = Buffer.from((integrity.seal.previous_hash ?? '') + integrity.event_sha256, 'hex');
      expect(createHash('sha256').update(bytes).digest('hex')).toBe(integrity.seal.hash);
    });

    it('is made for every kind of event', async () => {
      const contact = await addContact(api.app);
      await agree(contact);
      const withdrawn = await made('/v1/consents/withdrawals', {
        ...{ contactId: idOf(contact), scope: { kind: 'everything' }, source: 'shop' },
      });
      const receipt = await read(`/v1/consents/${withdrawn.id}/receipt`);
      expect(receipt).toMatchObject({
        event: { event_state: 'withdrawn' },
        pii_processing: { lawful_basis: null, consent_text: null },
      });
      expect(receipt.parties.length).toBeGreaterThan(0);
      expect((await api.request('GET', '/v1/consents/cev_999999/receipt')).status).toBe(404);
    });
  });

  describe('a proof', () => {
    it('shows every event with its link, and what is allowed now, in both languages', async () => {
      const contact = await addContact(api.app, { firstName: 'منى', locale: 'ar', country: 'GB' });
      const event = await agree(contact);
      api.clock.advance(1000);
      await agree(contact, { topicId: formatId('topic', letter.id) });
      api.clock.advance(1000);
      await made('/v1/consents/withdrawals', {
        contactId: idOf(contact),
        scope: { kind: 'topic', topicId: formatId('topic', letter.id) },
        source: 'shop',
      });
      await seal();
      const proof = await read(`/v1/contacts/${idOf(contact)}/proof`);
      expect(proof.chain).toMatchObject({ intact: true, head: { hash: expect.any(String) } });
      expect(proof.events).toHaveLength(3);
      expect(proof.events[0]).toMatchObject({ id: event.id, textShown: wording, link: { intact: true } });
      const [first, second, third] = proof.events;
      expect(second.link.previousHash).toBe(first.link.hash);
      expect(third.link.previousHash).toBe(second.link.hash);
      const of = (topic: Topic) =>
        proof.decisions.find(
          (one: any) => one.topicId === formatId('topic', topic.id) && one.channel === 'email',
        );
      expect(of(offers)).toMatchObject({ decision: 'allow', state: { status: 'granted' } });
      expect(of(offers).words.en).toContain('express consent');
      expect(of(letter)).toMatchObject({ decision: 'deny', words: { ar: 'سحب الشخص إذنه.' } });
      for (const [locale, heading] of [
        ['en', 'Proof of consent'],
        ['ar', 'إثبات الموافقة'],
      ]) {
        const page = await api.request(
          'GET',
          `/v1/contacts/${idOf(contact)}/proof?format=html&locale=${locale}`,
        );
        expect(page.text).toContain(heading);
        expect(page.text).toContain(first.link.hash);
      }
    });

    it('says so when a record is not what it was', async () => {
      const contact = await addContact(api.app);
      const event = await agree(contact);
      await seal();
      const { db } = api.database;
      const number = Number(event.id.slice(4));
      const forge = (words: string) =>
        db.transaction(async () => {
          await db.query('SET LOCAL session_replication_role = replica');
          await db.query('UPDATE consent_event SET text_shown = $1 WHERE id = $2', [words, number]);
        });
      await forge('I agree to everything');
      const proof = await read(`/v1/contacts/${idOf(contact)}/proof`);
      expect(proof).toMatchObject({ chain: { intact: false }, events: [{ link: { intact: false } }] });
      const page = await api.request('GET', `/v1/contacts/${idOf(contact)}/proof?format=html&locale=en`);
      expect(page.text).toContain('At least one record is NOT what it was');
      await forge(wording);
    });
  });
});
