import { AddressHasher } from '#common';
import { type AddressChange, CONSENT_RECORDER, type ConsentRecorder } from '#contacts';
import { type Answer, type TestApi, testApi } from '../factories/api.js';

describe('contacts', () => {
  let api: TestApi;
  const changes: (AddressChange & { actor: string })[] = [];
  beforeAll(async () => {
    api = await testApi();
    const recorder = api.app.get<ConsentRecorder>(CONSENT_RECORDER, { strict: false });
    const original = recorder.addressChanged.bind(recorder);
    recorder.addressChanged = async (given, actor) => {
      changes.push(...given.map(change => ({ ...change, actor })));
      await original(given, actor);
    };
    for (const [key, type] of Object.entries({
      city: 'text',
      points: 'number',
      birthday: 'date',
      vip: 'boolean',
      tags: 'list',
    })) {
      expect((await api.request('POST', '/v1/attributes', { key, type })).status).toBe(201);
    }
  });
  afterAll(() => api.close());
  beforeEach(() => changes.splice(0));

  const create = (body: unknown): Promise<Answer> => api.request('POST', '/v1/contacts', body);
  const row = async (id: string): Promise<any> =>
    (await api.database.db.queryOne('SELECT * FROM contact WHERE id = $1', [id.slice(4)])) as any;

  it('are created with every value in the one form it is kept in', async () => {
    const answer = await create({
      externalId: ' C-1 ',
      email: '  Layla.Hassan@MÜNCHEN.example ',
      phone: '٠٥٠ ١٢٣ ٤٥٦٧',
      firstName: ' ليلى ',
      lastName: 'Hassan',
      locale: 'ar_eg',
      country: 'sa',
      timeZone: 'asia/riyadh',
      attributes: {
        city: ' Jeddah ',
        points: 12.5,
        birthday: '1990-02-28',
        vip: true,
        tags: ['a', 'b', 'a'],
      },
    });
    expect(answer.status).toBe(201);
    expect(answer.body).toMatchObject({
      externalId: 'C-1',
      email: 'layla.hassan@xn--mnchen-3ya.example',
      phone: '+966501234567',
      firstName: 'ليلى',
      locale: 'ar-EG',
      country: 'SA',
      timeZone: 'Asia/Riyadh',
      attributes: { city: 'Jeddah', points: 12.5, birthday: '1990-02-28', vip: true, tags: ['a', 'b'] },
    });
    const hasher = api.app.get(AddressHasher, { strict: false });
    const stored = await row(answer.body.id);
    expect(stored.email_hash).toEqual(hasher.hash('email', 'layla.hassan@xn--mnchen-3ya.example'));
    expect(stored.phone_hash).toEqual(hasher.hash('sms', '+966501234567'));
    expect((await api.request('GET', `/v1/contacts/${answer.body.id}`)).body).toEqual(answer.body);
  });

  it.each([
    ['no key at all', { firstName: 'A' }, 'CONTACT_UNIDENTIFIED'],
    ['an email with two @', { email: 'a@b@example.com' }, 'EMAIL_INVALID'],
    ['an email with a line break', { email: 'a@example.com\r\nbcc: x@y.zz' }, 'EMAIL_INVALID'],
    ['an email at an address of numbers', { email: 'a@127.0.0.1' }, 'EMAIL_INVALID'],
    ['an endless email', { email: `${'a'.repeat(1900)}@example.com` }, 'EMAIL_INVALID'],
    ['half a surrogate pair', '{"email":"a@example.com","firstName":"\\ud800"}', 'BROKEN_UNICODE'],
    ['a national phone without a country', { phone: '0501234567' }, 'PHONE_NEEDS_COUNTRY'],
    ['a phone of letters', { phone: 'call me', country: 'SA' }, 'PHONE_INVALID'],
    ['a zone that is none', { externalId: 'z', timeZone: 'Mars/Olympus' }, 'TIME_ZONE_UNKNOWN'],
    ['a language that is none', { externalId: 'z', locale: 'arabic' }, 'LOCALE_UNKNOWN'],
    ['a country that is none', { externalId: 'z', country: 'EU' }, 'COUNTRY_UNKNOWN'],
    ['an unknown attribute', { externalId: 'z', attributes: { nope: 1 } }, 'ATTRIBUTE_UNKNOWN'],
    ['a number as text', { externalId: 'z', attributes: { points: '12' } }, 'ATTRIBUTE_INVALID'],
    ['a number without end', '{"externalId":"z","attributes":{"points":1e999}}', 'VALIDATION_FAILED'],
    [
      'a day that never was',
      { externalId: 'z', attributes: { birthday: '2023-02-29' } },
      'ATTRIBUTE_INVALID',
    ],
    [
      'a list of 101',
      { externalId: 'z', attributes: { tags: Array.from({ length: 101 }, String) } },
      'ATTRIBUTE_INVALID',
    ],
    ['a text too long', { externalId: 'z', attributes: { city: 'x'.repeat(2001) } }, 'ATTRIBUTE_INVALID'],
    ['an object for a value', { externalId: 'z', attributes: { city: { a: 1 } } }, 'VALIDATION_FAILED'],
    ['an array for a text', { email: ['a@example.com'] }, 'VALIDATION_FAILED'],
    ['a field that is none', { email: 'a@example.com', isAdmin: true }, 'VALIDATION_FAILED'],
    ['a poisoned prototype', '{"email":"a@example.com","attributes":{"__proto__":{"x":1}}}', 'JSON_INVALID'],
  ])('with %s are refused with a code and a sentence', async (_, body, code) => {
    const answer = await api.request('POST', '/v1/contacts', body, { 'content-type': 'application/json' });
    expect(answer.body).toMatchObject({ status: 400, code });
    expect(answer.body.detail.length).toBeGreaterThan(10);
  });

  it('show what the numbering plans say of their phone, and keep one that they do not know', async () => {
    const factsOf = async (body: object): Promise<unknown> => {
      const { status, body: made } = await create(body);
      expect(status).toBe(201);
      return made.phoneFacts;
    };
    expect(await factsOf({ phone: '+966501234599' })).toEqual({ country: 'SA', valid: true, type: 'mobile' });
    expect(await factsOf({ phone: '011 234 5699', country: 'SA' })).toEqual({
      ...{ country: 'SA', valid: true, type: 'fixed_line' },
    });
    expect(await factsOf({ phone: '+1 211 123 4567' })).toEqual({ country: null, valid: false, type: null });
    expect(await factsOf({ email: 'without-phone@example.com' })).toBeNull();
  });

  it('name the wrong zone in the refusal', async () => {
    const answer = await create({ externalId: 'z', timeZone: 'Mars/Olympus' });
    expect(answer.body.detail).toContain('Mars/Olympus');
  });

  it('keep hostile texts as texts', async () => {
    const text = `'; DROP TABLE contact; -- $1 {{7*7}} <script>`;
    const answer = await create({ externalId: text, firstName: text, attributes: { city: text } });
    expect(answer.body).toMatchObject({ externalId: text, firstName: text, attributes: { city: text } });
    const found = await api.request('GET', `/v1/contacts?externalId=${encodeURIComponent(text)}`);
    expect(found.body.items).toHaveLength(1);
  });

  it('share no email, phone or external id: the second gets a 409 that names the key', async () => {
    await create({ externalId: 'one', email: 'one@example.com', phone: '+966500000001' });
    for (const [body, code] of [
      [{ email: 'ONE@example.com' }, 'EMAIL_TAKEN'],
      [{ phone: '00966500000001' }, 'PHONE_TAKEN'],
      [{ externalId: 'one' }, 'EXTERNAL_ID_TAKEN'],
    ] as const) {
      const answer = await create(body);
      expect(answer.body).toMatchObject({ status: 409, code });
    }
  });

  it('change by merging: absent stays, null clears, attributes merge one by one', async () => {
    const { body } = await create({
      email: 'merge@example.com',
      externalId: 'merge',
      firstName: 'A',
      attributes: { city: 'Jeddah', points: 1 },
    });
    api.clock.advance(1000);
    const changed = await api.request('PATCH', `/v1/contacts/${body.id}`, {
      firstName: null,
      attributes: { city: null, vip: false },
    });
    expect(changed.body).toEqual({
      ...body,
      firstName: null,
      attributes: { points: 1, vip: false },
      updatedAt: api.clock.now().toISOString(),
    });
    api.clock.advance(1000);
    const same = await api.request('PATCH', `/v1/contacts/${body.id}`, { externalId: 'merge' });
    expect(same.body).toEqual(changed.body);
    const bare = await api.request('PATCH', `/v1/contacts/${body.id}`, { email: null, externalId: null });
    expect(bare.body.code).toBe('CONTACT_UNIDENTIFIED');
    expect(changes).toEqual([]);
  });

  it('tell the ledger which addresses went, in the same transaction', async () => {
    const { body } = await create({ externalId: 'moves', email: 'old@example.com', phone: '+966500000077' });
    const before = await row(body.id);
    await api.request('PATCH', `/v1/contacts/${body.id}`, { email: 'new@example.com', phone: null });
    expect(changes).toEqual([
      {
        contactId: Number(before.id),
        channel: 'email',
        oldHash: before.email_hash,
        actor: expect.any(String),
      },
      { contactId: Number(before.id), channel: 'sms', oldHash: before.phone_hash, actor: expect.any(String) },
    ]);
    const recorder = api.app.get<ConsentRecorder>(CONSENT_RECORDER, { strict: false });
    const working = recorder.addressChanged;
    recorder.addressChanged = () => Promise.reject(new Error('the ledger is away'));
    const failed = await api.request('PATCH', `/v1/contacts/${body.id}`, { email: 'third@example.com' });
    recorder.addressChanged = working;
    expect(failed.status).toBe(500);
    expect((await row(body.id)).email).toBe('new@example.com');
  });

  it('are put by a key: created once, then updated, and the same again changes nothing', async () => {
    const person = { matchBy: 'email', email: 'Put@example.com', firstName: 'First' };
    const first = await api.request('PUT', '/v1/contacts', person);
    const again = await api.request('PUT', '/v1/contacts', person);
    const changed = await api.request('PUT', '/v1/contacts', { ...person, firstName: 'Second' });
    expect([first.status, again.status, changed.status]).toEqual([201, 200, 200]);
    expect(again.body).toEqual(first.body);
    expect(changed.body).toMatchObject({ id: first.body.id, firstName: 'Second' });
    const taken = await api.request('PUT', '/v1/contacts', { ...person, externalId: 'merge' });
    expect(taken.body).toMatchObject({ status: 409, code: 'EXTERNAL_ID_TAKEN' });
    const missing = await api.request('PUT', '/v1/contacts', { matchBy: 'phone', email: 'put@example.com' });
    expect(missing.body.code).toBe('MATCH_KEY_MISSING');
    const wrong = await api.request('PUT', '/v1/contacts', { matchBy: 'email', email: 'nobody' });
    expect(wrong.body.code).toBe('EMAIL_INVALID');
  });

  it('are put once, however many put the same new person at the same moment', async () => {
    const answers = await Promise.all(
      Array.from({ length: 6 }, (_, i) =>
        api.request('PUT', '/v1/contacts', { matchBy: 'externalId', externalId: 'race', lastName: `L${i}` }),
      ),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 200, 200, 200, 201]);
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
  });

  it('are found exactly by email, phone and external id, in whatever form these are written', async () => {
    const { body } = await create({ externalId: 'find', email: 'find@example.com', phone: '+966500000099' });
    for (const query of [
      'email=FIND@example.com',
      'phone=+966500000099',
      'phone=%2B966500000099',
      'externalId=find',
    ]) {
      const found = await api.request('GET', `/v1/contacts?${query}`);
      expect(found.body.items.map((item: any) => item.id)).toEqual([body.id]);
    }
    for (const query of ['email=%00', 'phone=x', 'email=a&email=b', 'limit=0', 'cursor=zzz']) {
      expect((await api.request('GET', `/v1/contacts?${query}`)).status).toBe(400);
    }
  });

  it('are listed page by page, each exactly once', async () => {
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page: Answer = await api.request(
        'GET',
        `/v1/contacts?limit=3${cursor ? `&cursor=${cursor}` : ''}`,
      );
      seen.push(...page.body.items.map((item: any) => item.id));
      cursor = page.body.nextCursor;
    } while (cursor);
    const total = await api.database.db.queryOne<{ count: number }>('SELECT count(*) AS count FROM contact');
    expect(seen).toHaveLength(Number(total?.count));
    expect(new Set(seen).size).toBe(seen.length);
  });

  it('are gone after a deletion, and a second deletion is a 404', async () => {
    const { body } = await create({ email: 'gone@example.com' });
    expect((await api.request('DELETE', `/v1/contacts/${body.id}`)).status).toBe(204);
    expect((await api.request('DELETE', `/v1/contacts/${body.id}`)).body.code).toBe('CONTACT_NOT_FOUND');
    expect((await api.request('GET', `/v1/contacts/${body.id}`)).body.code).toBe('CONTACT_NOT_FOUND');
    expect((await api.request('PATCH', '/v1/contacts/cam_1', {})).body.code).toBe('CONTACT_NOT_FOUND');
  });

  it('need the scope to read or write them', async () => {
    const reader = { authorization: `Bearer ${await api.keyWith('contacts:read')}` };
    const writer = { authorization: `Bearer ${await api.keyWith('contacts:write')}` };
    expect((await api.request('POST', '/v1/contacts', { externalId: 'x' }, reader)).status).toBe(403);
    expect((await api.request('GET', '/v1/contacts', undefined, writer)).status).toBe(403);
    expect((await api.request('GET', '/v1/contacts/export', undefined, writer)).status).toBe(403);
    expect((await api.request('GET', '/v1/imports', undefined, writer)).status).toBe(403);
    expect(
      (await api.request('POST', '/v1/imports', 'email\n', { ...reader, 'content-type': 'text/csv' })).status,
    ).toBe(403);
    expect((await api.request('GET', '/v1/contacts', undefined, reader)).status).toBe(200);
  });

  describe('attributes', () => {
    it.each(['', 'Upper', '1st', 'with space', 'a'.repeat(41), 'constructor', '__proto__', `a'; DROP`])(
      'refuse the key "%s"',
      async key => {
        const answer = await api.request('POST', '/v1/attributes', { key, type: 'text' });
        expect(answer.body).toMatchObject({ status: 400, code: 'ATTRIBUTE_KEY_INVALID' });
      },
    );

    it('keep key and type for good, and change their description', async () => {
      const { body } = await api.request('POST', '/v1/attributes', { key: 'size', type: 'text' });
      expect((await api.request('POST', '/v1/attributes', { key: 'size', type: 'list' })).body.code).toBe(
        'ATTRIBUTE_KEY_TAKEN',
      );
      expect((await api.request('PATCH', `/v1/attributes/${body.id}`, { type: 'list' })).status).toBe(400);
      const changed = await api.request('PATCH', `/v1/attributes/${body.id}`, { description: 'Of shoes' });
      expect(changed.body).toEqual({ ...body, description: 'Of shoes' });
    });

    it('are deleted with their values only when that is asked for', async () => {
      const { body: attribute } = await api.request('POST', '/v1/attributes', {
        key: 'shoe',
        type: 'number',
      });
      const { body: contact } = await create({
        externalId: 'shod',
        attributes: { shoe: 42, city: 'Riyadh' },
      });
      const path = `/v1/attributes/${attribute.id}`;
      expect((await api.request('DELETE', path)).body).toMatchObject({
        status: 409,
        code: 'ATTRIBUTE_IN_USE',
      });
      expect((await api.request('DELETE', `${path}?removeValues=true`)).status).toBe(204);
      const after = await api.request('GET', `/v1/contacts/${contact.id}`);
      expect(after.body.attributes).toEqual({ city: 'Riyadh' });
      expect((await api.request('DELETE', path)).body.code).toBe('ATTRIBUTE_NOT_FOUND');
    });
  });
});
