import fc from 'fast-check';
import { type Scope } from '#access';
import { formatId } from '#common';
import { type Answer, type TestApi, testApi } from '../factories/api.js';
import { addContact } from '../factories/contact.js';

describe('events of people', () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await testApi();
  });
  afterAll(() => api.close());

  const tell = (body: unknown, headers: Record<string, string> = {}): Promise<Answer> =>
    api.request('POST', '/v1/events', body, headers);
  const tellMany = (events: unknown[], more: Record<string, unknown> = {}): Promise<Answer> =>
    api.request('POST', '/v1/events/batch', { events, ...more });
  const rowsOf = (contactId: number): Promise<{ name: string; key: string | null }[]> =>
    api.database.db.query('SELECT name, key FROM person_event WHERE contact_id = $1 ORDER BY id', [
      contactId,
    ]);
  const idOf = ({ id }: { id: number }): string => formatId('contact', id);
  const asKey = async (...scopes: Scope[]) => ({ authorization: `Bearer ${await api.keyWith(...scopes)}` });

  describe('one event', () => {
    it('is stored for the contact that it names in any of four ways', async () => {
      const contact = await addContact(api.app, {
        email: 'layla@events.example',
        phone: '+966501230001',
        externalId: 'L-1',
      });
      const ways = [
        { id: idOf(contact) },
        { email: ' Layla@Events.example ' },
        { phone: '+966 50 123 0001' },
        { externalId: 'L-1' },
      ];
      for (const way of ways) {
        const answer = await tell({
          contact: way,
          name: 'cart.abandoned',
          occurredAt: '2026-11-20T12:00:00+03:00',
          data: { cart_url: 'https://shop.example/cart', items: 2, vip: true, note: null, tags: ['a', 'b'] },
        });
        expect(answer.status).toBe(201);
        expect(answer.body).toEqual({
          id: expect.stringMatching(/^pev_\d+$/),
          contactId: idOf(contact),
          ...{ name: 'cart.abandoned', source: null, key: null },
          data: { cart_url: 'https://shop.example/cart', items: 2, vip: true, note: null, tags: ['a', 'b'] },
          occurredAt: '2026-11-20T09:00:00.000Z',
          receivedAt: api.clock.now().toISOString(),
        });
      }
      expect(await rowsOf(contact.id)).toHaveLength(4);
    });

    it('told twice under one key happened once; with other content the key is taken', async () => {
      const contact = await addContact(api.app);
      const other = await addContact(api.app);
      const event = {
        contact: { id: idOf(contact) },
        name: 'video.watched',
        key: 'v-1',
        data: { b: 1, a: -0 },
      };
      const first = await tell(event);
      expect(first.status).toBe(201);
      api.clock.advance(60_000);
      const again = await tell({ ...event, contact: { email: contact.email }, data: { a: 0, b: 1 } });
      expect(again.status).toBe(200);
      expect(again.body).toEqual(first.body);
      const differing = [
        { name: 'video.ended' },
        { data: {} },
        { contact: { id: idOf(other) } },
        { occurredAt: api.clock.now().toISOString() },
        // Of somebody nobody knows: the key is of another, and nobody is made for it.
        { contact: { email: 'nobody@events.example' }, createContact: true },
      ];
      for (const change of differing) {
        const answer = await tell({ ...event, ...change });
        expect(answer.status).toBe(409);
        expect(answer.body).toMatchObject({ code: 'EVENT_KEY_CONFLICT', errors: [{ path: 'key' }] });
      }
      expect(await rowsOf(contact.id)).toHaveLength(1);
      expect((await api.request('GET', '/v1/contacts?email=nobody@events.example')).body.items).toEqual([]);
    });

    it('answers an Idempotency-Key as it answered before', async () => {
      const contact = await addContact(api.app);
      const event = { contact: { id: idOf(contact) }, name: 'page.viewed' };
      const headers = { 'idempotency-key': 'one-page' };
      const first = await tell(event, headers);
      const again = await tell(event, headers);
      expect([first.status, again.status]).toEqual([201, 201]);
      expect(again.body).toEqual(first.body);
      expect(await rowsOf(contact.id)).toHaveLength(1);
    });

    it.each<[string, Record<string, unknown>, number, string, string]>([
      [
        'of a contact that is not there',
        { contact: { id: 'con_999999' } },
        422,
        'CONTACT_NOT_FOUND',
        'contact',
      ],
      [
        'of an unknown address',
        { contact: { email: 'who@events.example' } },
        422,
        'CONTACT_NOT_FOUND',
        'contact',
      ],
      ['of what is no email', { contact: { email: 'nonsense' } }, 422, 'EMAIL_INVALID', 'contact'],
      ['told ahead of time', { occurredAt: '2126-01-01T00:00:00Z' }, 422, 'EVENT_IN_FUTURE', 'occurredAt'],
      ['of another age', { occurredAt: '1999-12-31T23:59:59Z' }, 422, 'EVENT_TOO_OLD', 'occurredAt'],
      [
        'with more data than fits',
        { data: Object.fromEntries(Array.from({ length: 10 }, (_, n) => [`k${n}`, 'x'.repeat(2000)])) },
        400,
        'EVENT_DATA_TOO_LARGE',
        'data',
      ],
      ['with a name in capitals', { name: 'Cart' }, 400, 'VALIDATION_FAILED', 'name'],
      ['with a long name', { name: 'x'.repeat(65) }, 400, 'VALIDATION_FAILED', 'name'],
      ['with data inside data', { data: { a: { b: 1 } } }, 400, 'VALIDATION_FAILED', 'data.a'],
      ['with lists of lists', { data: { a: [[1]] } }, 400, 'VALIDATION_FAILED', 'data.a'],
      ['with a key that no template can name', { data: { 'a-b': 1 } }, 400, 'VALIDATION_FAILED', 'data.a-b'],
      ['with a NUL', { data: { a: 'a\u0000b' } }, 400, 'NUL_CHARACTER', ''],
      [
        'of two people',
        { contact: { id: 'con_1', email: 'a@b.example' } },
        400,
        'VALIDATION_FAILED',
        'contact',
      ],
      ['of nobody', { contact: {} }, 400, 'VALIDATION_FAILED', 'contact'],
    ])('%s is refused', async (_, change, status, code, path) => {
      const contact = await addContact(api.app);
      const before = await api.database.db.query('SELECT count(*) FROM person_event');
      const answer = await tell({ contact: { id: idOf(contact) }, name: 'cart.abandoned', ...change });
      expect([answer.status, answer.body.code]).toEqual([status, code]);
      if (path !== '') expect(answer.body.errors[0].path).toMatch(new RegExp(`^${path}`));
      expect(await api.database.db.query('SELECT count(*) FROM person_event')).toEqual(before);
    });

    it('may be told by a clock that is five minutes ahead, and not by one that is more', async () => {
      const contact = { id: idOf(await addContact(api.app)) };
      const ahead = (ms: number): string => new Date(api.clock.now().getTime() + ms).toISOString();
      expect((await tell({ contact, name: 'x', occurredAt: ahead(300_000) })).status).toBe(201);
      expect((await tell({ contact, name: 'x', occurredAt: ahead(300_001) })).status).toBe(422);
    });

    it('makes a contact only when it is asked to, by a key that may', async () => {
      const event = {
        contact: { email: 'New@Events.example' },
        name: 'signed.up',
        key: 's-1',
        createContact: true,
      };
      const refused = await tell(event, await asKey('events:write'));
      expect(refused.status).toBe(403);
      expect(refused.text).toContain('contacts:write');
      const allowed = await asKey('events:write', 'contacts:write');
      const made = await tell(event, allowed);
      expect(made.status).toBe(201);
      const found = await api.request('GET', `/v1/contacts/${made.body.contactId}`);
      expect(found.body.email).toBe('new@events.example');
      expect((await tell(event, allowed)).body).toEqual(made.body);
      // A number of ours is nobody's to make.
      expect((await tell({ ...event, key: 's-2', contact: { id: 'con_999999' } })).status).toBe(422);
    });

    it('under the key that another system uses too is another event, and the same of one system', async () => {
      const contact = { id: idOf(await addContact(api.app)) };
      const event = { contact, name: 'order.seen', key: 'order-1' };
      const answers = [
        await tell(event),
        await tell({ ...event, source: 'shop' }),
        await tell({ ...event, source: 'app', data: { n: 1 } }),
        await tell({ ...event, source: 'shop' }),
        await tell({ ...event, source: 'shop', data: { n: 2 } }),
      ];
      expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 200, 409]);
      expect(answers[3]?.body).toEqual(answers[1]?.body);
      expect(answers[1]?.body).toMatchObject({ source: 'shop', key: 'order-1' });
      const batch = await tellMany([
        { ...event, key: 'order-2', source: 'shop' },
        { ...event, key: 'order-2', source: 'app' },
        { ...event, key: 'order-2', source: 'app' },
        { ...event, key: 'order-1' },
      ]);
      expect(batch.body.items.map(({ state }: any) => state)).toEqual([
        ...['stored', 'stored', 'repeated', 'repeated'],
      ]);
      expect((await tell({ ...event, source: 'two words' })).status).toBe(400);
    });

    it('makes nobody who was erased since it happened, whatever else bars their address', async () => {
      const [email, phone] = ['gone@events.example', '+966507770000'];
      const contact = await addContact(api.app, { email, phone });
      const suppressed = { channel: 'email', address: email };
      expect((await api.request('POST', '/v1/suppressions', suppressed)).status).toBe(201);
      const before = api.clock.now().toISOString();
      api.clock.advance(1000);
      expect((await api.request('POST', `/v1/contacts/${idOf(contact)}/erasure`, {})).status).toBe(200);
      const event = { name: 'cart.abandoned', createContact: true };
      for (const address of [{ email: 'Gone@Events.example' }, { phone }]) {
        for (const occurredAt of [before, api.clock.now().toISOString()]) {
          const answer = await tell({ ...event, contact: address, occurredAt });
          expect(answer).toMatchObject({ status: 422, body: { code: 'CONTACT_NOT_FOUND' } });
        }
      }
      expect((await api.request('GET', `/v1/contacts?email=${email}`)).body.items).toEqual([]);
      api.clock.advance(1000);
      const batch = await tellMany(
        [before, api.clock.now().toISOString()].map(occurredAt => ({
          ...{ contact: { email }, name: 'cart.abandoned', occurredAt },
        })),
        { createContact: true },
      );
      expect(batch.body.items.map(({ state }: any) => state)).toEqual(['refused', 'stored']);
    });
  });

  describe('a batch', () => {
    it('answers each in its order, and one that cannot be stored keeps back none of the others', async () => {
      const contact = { id: idOf(await addContact(api.app)) };
      const answer = await tellMany([
        { contact, name: 'a', key: 'b-1' },
        { contact: { email: 'erased@events.example' }, name: 'a' },
        { contact, name: 'a', key: 'b-1' },
        { contact, name: 'b', key: 'b-1' },
        { contact, name: 'c', occurredAt: '2126-01-01T00:00:00Z' },
        { contact: { phone: '12' }, name: 'c' },
        { contact, name: 'd' },
      ]);
      expect(answer.status).toBe(200);
      expect(answer.body).toMatchObject({ stored: 2, repeated: 1, refused: 4 });
      const { items } = answer.body;
      expect(items.map(({ state, problem }: any) => problem?.code ?? state)).toEqual([
        ...['stored', 'CONTACT_NOT_FOUND', 'repeated', 'EVENT_KEY_CONFLICT', 'EVENT_IN_FUTURE'],
        ...['PHONE_NEEDS_COUNTRY', 'stored'],
      ]);
      expect(items[2].id).toBe(items[0].id);
      const again = await tellMany([{ contact, name: 'a', key: 'b-1' }]);
      expect(again.body).toMatchObject({ stored: 0, repeated: 1, items: [{ id: items[0].id }] });
    });

    it('that holds what is no event is refused whole, with the path of each', async () => {
      const contact = { id: idOf(await addContact(api.app)) };
      const answer = await tellMany([
        { contact, name: 'a' },
        { contact, name: 'B' },
        { contact, name: 'c', data: 5 },
      ]);
      expect(answer.status).toBe(400);
      expect(answer.body.errors.map(({ path }: any) => path)).toEqual(['events.1.name', 'events.2.data']);
      expect(await rowsOf(Number(contact.id.slice(4)))).toEqual([]);
      expect((await tellMany([])).status).toBe(400);
      expect((await tellMany(Array(1001).fill({ contact, name: 'a' }))).status).toBe(400);
    });

    it('of a thousand is written in a handful of statements', async () => {
      const contact = await addContact(api.app);
      const statements: string[] = [];
      const { dataSource } = api.database;
      const create = dataSource.createQueryRunner.bind(dataSource);
      dataSource.createQueryRunner = mode => {
        const runner = create(mode);
        const query = runner.query.bind(runner);
        runner.query = ((sql: string, ...rest: never[]) => {
          statements.push(sql);
          return query(sql, ...rest);
        }) as never;
        return runner;
      };
      const events = Array.from({ length: 1000 }, (_, n) => ({
        contact: { email: contact.email },
        ...{ name: 'page.viewed', key: `t-${n}`, data: { n } },
      }));
      const answer = await tellMany(events);
      dataSource.createQueryRunner = create;
      expect(answer.body.stored).toBe(1000);
      expect(statements.filter(sql => /person_event|contact/.test(sql)).length).toBeLessThan(8);
      // The numbers are those of the events: each answer is of the event in its place.
      const { items } = answer.body;
      const stored = await api.database.db.query<{ id: number; n: number }>(
        `SELECT id, (data ->> 'n')::int AS n FROM person_event WHERE contact_id = $1`,
        [contact.id],
      );
      for (const { id, n } of stored) expect(items[n].id).toBe(formatId('personEvent', id));
    });

    it('told many times at once, in any order, is stored once', async () => {
      const contact = await addContact(api.app);
      const events = Array.from({ length: 40 }, (_, n) => ({
        ...{ contact: n % 2 === 0 ? { id: idOf(contact) } : { email: `race-${n % 7}@events.example` } },
        ...{ name: 'page.viewed', key: `race-${n}`, data: { n } },
      }));
      const orders = fc.sample(fc.shuffledSubarray(events, { minLength: 40 }), { numRuns: 6, seed: 7 });
      const answers = await Promise.all(orders.map(order => tellMany(order, { createContact: true })));
      expect(answers.map(({ status }) => status)).toEqual(Array(6).fill(200));
      const sum = (state: string): number => answers.reduce((total, { body }) => total + body[state], 0);
      expect([sum('stored'), sum('repeated'), sum('refused')]).toEqual([40, 200, 0]);
      const ids = new Set(answers.flatMap(({ body }) => body.items.map(({ id }: any) => id)));
      expect(ids.size).toBe(40);
    });

    it('of anything told in any order is stored as a plain reading of the rules has it', async () => {
      const people = [idOf(await addContact(api.app)), idOf(await addContact(api.app)), 'con_999999'];
      let runs = 0;
      const told = fc.record({
        person: fc.nat(2),
        name: fc.constantFrom('a', 'b'),
        key: fc.option(fc.nat(3), { nil: null }),
        occurredAt: fc.constantFrom(
          null,
          '2026-11-20T09:00:00.000Z',
          '2026-11-20T10:00:00.000Z',
          '2126-01-01T00:00:00Z',
        ),
        data: fc.constantFrom({}, { n: 1 }, { n: 2 }),
      });
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.array(told, { minLength: 1, maxLength: 6 }), { maxLength: 4 }),
          async batches => {
            const run = ++runs;
            const known = new Map<number, { content: string; occurredAt: string }>();
            for (const batch of batches) {
              api.clock.advance(1000);
              const now = api.clock.now().toISOString();
              const expected = batch.map(({ person, name, key, occurredAt, data }) => {
                if (occurredAt?.startsWith('2126')) return 'EVENT_IN_FUTURE';
                const content = JSON.stringify([person, name, data]);
                const before = key === null ? undefined : known.get(key);
                if (before) {
                  const isSame =
                    before.content === content && (occurredAt ?? before.occurredAt) === before.occurredAt;
                  return isSame ? 'repeated' : 'EVENT_KEY_CONFLICT';
                }
                if (person === 2) return 'CONTACT_NOT_FOUND';
                if (key !== null) known.set(key, { content, occurredAt: occurredAt ?? now });
                return 'stored';
              });
              const answer = await tellMany(
                batch.map(({ person, name, key, occurredAt, data }) => ({
                  ...{ contact: { id: people[person] }, name, data },
                  ...(key === null ? {} : { key: `any-${run}-${key}` }),
                  ...(occurredAt === null ? {} : { occurredAt }),
                })),
              );
              expect(answer.body.items.map(({ state, problem }: any) => problem?.code ?? state)).toEqual(
                expected,
              );
            }
          },
        ),
        { numRuns: 60 },
      );
    });

    it('makes each unknown person once', async () => {
      const answer = await tellMany(
        [
          { contact: { email: 'twin@events.example' }, name: 'a' },
          { contact: { email: 'TWIN@events.example' }, name: 'b' },
          { contact: { externalId: 'T-9' }, name: 'c', key: 'twin' },
          { contact: { externalId: 'T-9' }, name: 'c', key: 'twin' },
          // Under a key that is taken by then: nobody is made for it.
          { contact: { externalId: 'T-10' }, name: 'c', key: 'twin' },
        ],
        { createContact: true },
      );
      expect(answer.body).toMatchObject({ stored: 3, repeated: 1, refused: 1 });
      expect((await api.request('GET', '/v1/contacts?externalId=T-10')).body.items).toEqual([]);
      const { items } = (await api.request('GET', '/v1/contacts?email=twin@events.example')).body;
      expect(await rowsOf(Number(items[0].id.slice(4)))).toMatchObject([{ name: 'a' }, { name: 'b' }]);
    });
  });

  describe('what was told', () => {
    it('is listed of a contact, the last told first, page by page, also by name', async () => {
      const contact = await addContact(api.app);
      const told = ['a', 'b', 'a', 'c', 'a'].map((name, n) => ({
        ...{ contact: { id: idOf(contact) }, name, data: { n } },
      }));
      await tellMany(told);
      const seen: number[] = [];
      for (let cursor = ''; ;) {
        const answer = await api.request('GET', `/v1/contacts/${idOf(contact)}/events?limit=2${cursor}`);
        expect(answer.status).toBe(200);
        seen.push(...answer.body.items.map(({ data }: any) => data.n));
        if (answer.body.nextCursor === null) break;
        cursor = `&cursor=${answer.body.nextCursor}`;
      }
      expect(seen).toEqual([4, 3, 2, 1, 0]);
      const named = await api.request('GET', `/v1/contacts/${idOf(contact)}/events?name=a`);
      expect(named.body.items.map(({ data }: any) => data.n)).toEqual([4, 2, 0]);
      expect((await api.request('GET', '/v1/contacts/con_999999/events')).status).toBe(404);
    });

    it('is counted by name, with the last time', async () => {
      const contact = { id: idOf(await addContact(api.app)) };
      await tellMany([
        { contact, name: 'zz.counted', occurredAt: '2026-11-01T00:00:00Z' },
        { contact, name: 'zz.counted', occurredAt: '2026-11-03T00:00:00Z' },
        { contact, name: 'zz.counted', occurredAt: '2026-11-02T00:00:00Z' },
        { contact, name: 'zz.once' },
      ]);
      const { items } = (await api.request('GET', '/v1/events/names')).body;
      const names = items.map(({ name }: any) => name);
      expect(names).toEqual([...names].sort());
      expect(items.slice(-2)).toEqual([
        { name: 'zz.counted', count: 3, lastOccurredAt: '2026-11-03T00:00:00.000Z' },
        { name: 'zz.once', count: 1, lastOccurredAt: api.clock.now().toISOString() },
      ]);
      const fields = (await api.request('GET', '/v1/segments/fields?locale=ar')).body;
      expect(JSON.stringify(fields)).toContain('حدث: zz.counted');
    });

    it('stands on the timeline and in the copy that a person may ask for, and goes with them', async () => {
      const contact = await addContact(api.app, { locale: 'ar' });
      const occurredAt = '2026-11-20T09:00:00.000Z';
      const told = await tell({
        ...{ contact: { id: idOf(contact) }, name: 'cart.abandoned', key: 'goes-1', occurredAt },
        data: { cart_url: 'https://shop.example/<b>7' },
      });
      const timeline = await api.request('GET', `/v1/contacts/${idOf(contact)}/timeline`);
      expect(timeline.body.items[0]).toMatchObject({
        ...{ kind: 'event.cart.abandoned', at: occurredAt },
        detail: { data: { cart_url: 'https://shop.example/<b>7' } },
      });
      const copy = await api.request('GET', `/v1/contacts/${idOf(contact)}/export`);
      expect(copy.body.personEvents).toEqual([told.body]);
      for (const [locale, title] of [
        ['ar', 'ما فعلته في أماكن أخرى كما أُبلغنا به'],
        ['en', 'What you did elsewhere, as it was told to us'],
      ]) {
        const page = await api.request(
          'GET',
          `/v1/contacts/${idOf(contact)}/export?format=html&locale=${locale}`,
        );
        expect(page.text).toContain(title);
        expect(page.text).toContain('https://shop.example/&lt;b&gt;7');
      }
      expect((await api.request('POST', `/v1/contacts/${idOf(contact)}/erasure`)).status).toBeLessThan(300);
      expect(await rowsOf(contact.id)).toEqual([]);
      // Nothing of them is left behind the key: it is free.
      const again = await addContact(api.app);
      const event = { contact: { id: idOf(again) }, name: 'other', key: 'goes-1' };
      expect((await tell(event)).status).toBe(201);
    });

    it('is nothing to a key that may only tell', async () => {
      const contact = await addContact(api.app);
      const only = await asKey('events:write');
      expect((await tell({ contact: { id: idOf(contact) }, name: 'a' }, only)).status).toBe(201);
      for (const path of ['/v1/events/names', `/v1/contacts/${idOf(contact)}/events`, '/v1/contacts']) {
        expect((await api.request('GET', path, undefined, only)).status).toBe(403);
      }
    });
  });
});
