import fc from 'fast-check';
import { type TestApi, testApi } from '../factories/api.js';
import { addContact } from '../factories/contact.js';
import { importFile } from '../factories/import.js';
import { until } from '../factories/system.js';

describe('an export', () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await testApi();
    for (const [key, type] of Object.entries({
      note: 'text',
      points: 'number',
      born: 'date',
      vip: 'boolean',
      tags: 'list',
    })) {
      await api.request('POST', '/v1/attributes', { key, type });
    }
  });
  afterAll(() => api.close());
  beforeEach(async () => {
    await api.database.db.query('TRUNCATE contact CASCADE');
  });

  /** As text: several lines of JSON are no JSON. */
  const download = async (format: string): Promise<{ type: string | null; text: string }> => {
    const headers = { authorization: `Bearer ${await api.keyWith('contacts:read')}` };
    const response = await fetch(`${api.url}/v1/contacts/export?format=${format}`, { headers });
    return { type: response.headers.get('content-type'), text: await response.text() };
  };
  const people = (): Promise<any[]> =>
    api.database.db.query(
      `SELECT external_id, email, email_hash, phone, phone_hash, first_name, last_name, locale, country, time_zone,
              attributes FROM contact ORDER BY email`,
    );

  it('as CSV has a column for each attribute, and no cell that a spreadsheet would run', async () => {
    await addContact(api.app, {
      externalId: '=HYPERLINK("http://evil.example","x")',
      email: '-a@example.com',
      phone: '+966501234567',
      firstName: '@SUM(1)',
      lastName: 'عبد "الله", الأول',
      attributes: { note: '+1\nline', points: -5, tags: ['a', 'b'] },
    });
    const answer = await api.request('GET', '/v1/contacts/export?format=csv');
    expect(answer.headers['content-type']).toBe('text/csv; charset=utf-8');
    expect(answer.headers['content-disposition']).toBe('attachment; filename="contacts.csv"');
    const [header, row] = answer.text.replace('\ufeff', '').split('\r\n');
    expect(header).toBe(
      'id,externalId,email,phone,firstName,lastName,locale,country,timeZone,' +
        'attributes.note,attributes.points,attributes.born,attributes.vip,attributes.tags,createdAt,updatedAt',
    );
    expect(row).toMatch(
      /^con_\d+,"'=HYPERLINK\(""http:\/\/evil.example"",""x""\)",'-a@example.com,'\+966501234567,'@SUM\(1\),"عبد ""الله"", الأول",en,,,"'\+1\nline",'-5,,,a\|b,2026-11-21T09:00:00.000Z,2026-11-21T09:00:00.000Z$/,
    );
  });

  it('as NDJSON has the contact as the API shows it on every line, but for what is worked out from it', async () => {
    const contact = await addContact(api.app, {
      firstName: '=1+1',
      attributes: { tags: ['a|b'], vip: false },
    });
    const answer = await download('ndjson');
    expect(answer.type).toBe('application/x-ndjson; charset=utf-8');
    const lines = answer.text
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line));
    const { phoneFacts, ...shown } = (await api.request('GET', `/v1/contacts/con_${contact.id}`)).body;
    expect(phoneFacts).toBeNull();
    expect(lines).toEqual([shown]);
  });

  it('of nobody is a header alone, and of an unknown format a 400', async () => {
    const csv = await api.request('GET', '/v1/contacts/export');
    expect(csv.text.trimEnd().split('\r\n')).toHaveLength(1);
    expect((await download('ndjson')).text).toBe('');
    expect((await api.request('GET', '/v1/contacts/export?format=xlsx')).status).toBe(400);
  });

  it('imported again gives back every contact exactly, whatever its values', async () => {
    const text = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 30 }),
      fc.stringMatching(/^['=+\-@＝|",;[\]{} \n\ta-cء-ي]{0,8}$/u),
    );
    const attributes = fc.record(
      {
        note: text,
        points: fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e15, max: 1e15 }),
        born: fc.constantFrom('2000-02-29', '0001-01-01'),
        vip: fc.boolean(),
        tags: fc.array(text, { maxLength: 4 }),
      },
      { requiredKeys: [] },
    );
    const person = fc.record({ externalId: text, firstName: text, lastName: text, attributes });
    await fc.assert(
      fc.asyncProperty(fc.array(person, { minLength: 1, maxLength: 15 }), async list => {
        await api.database.db.query('TRUNCATE contact CASCADE');
        for (const [i, fields] of list.entries()) {
          // What the API refuses (a control character, an id given twice) is no contact, and is not exported either.
          await api.request('POST', '/v1/contacts', { ...fields, email: `=p${i}@example.com` });
        }
        const before = await people();
        const csv = (await api.request('GET', '/v1/contacts/export?format=csv')).text;
        await api.database.db.query('TRUNCATE contact CASCADE');
        const done = await importFile(api, csv, { matchBy: 'email' });
        expect(done).toMatchObject({ state: 'finished', created: before.length, rejected: 0, warnings: {} });
        expect(await people()).toEqual(before);
      }),
      { numRuns: 15 },
    );
  });

  it('broken off by its reader gives its database connection back', async () => {
    await api.database.db.query(
      `INSERT INTO contact (external_id, first_name, created_at, updated_at)
       SELECT 'n' || n, repeat('x', 150), now(), now() FROM generate_series(1, 60000) AS n`,
    );
    const key = await api.keyWith('contacts:read');
    const headers = { authorization: `Bearer ${key}` };
    const open = async (): Promise<number> =>
      Number(
        (
          await api.database.db.queryOne<{ n: number }>(
            `SELECT count(*) AS n FROM pg_stat_activity
              WHERE datname = current_database() AND state <> 'idle' AND query LIKE '%FROM contact ORDER BY id'`,
          )
        )?.n,
      );
    // More than the pool has, so that a single one kept would be felt.
    for (let i = 0; i < 12; i++) {
      const abort = new AbortController();
      const response = await fetch(`${api.url}/v1/contacts/export?format=${i % 2 ? 'csv' : 'ndjson'}`, {
        headers,
        signal: abort.signal,
      });
      await response.body?.getReader().read();
      if (i === 0) expect(await open()).toBe(1);
      abort.abort();
    }
    await until(open, cursors => cursors === 0);
    expect((await api.request('GET', '/v1/contacts?limit=1')).status).toBe(200);
    const whole = await download('ndjson');
    expect(whole.text.trimEnd().split('\n')).toHaveLength(60_000);
  });
});
