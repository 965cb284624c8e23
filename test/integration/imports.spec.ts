import { request as httpRequest } from 'node:http';
import { ConsentsService, type Topic } from '#consent';
import { ImportLimits } from '#contacts';
import { Database } from '#database';
import { type TestApi, testApi } from '../factories/api.js';
import { importFile, runnerOf, upload } from '../factories/import.js';
import { addSender, addTopic } from '../factories/sender.js';
import { until } from '../factories/system.js';

describe('an import', () => {
  let api: TestApi;
  let topic: Topic;
  beforeAll(async () => {
    api = await testApi();
    topic = await addTopic(api.app, await addSender(api.app));
    for (const [key, type] of [
      ['city', 'text'],
      ['points', 'number'],
      ['tags', 'list'],
    ]) {
      await api.request('POST', '/v1/attributes', { key, type });
    }
  });
  afterAll(() => api.close());
  beforeEach(async () => {
    await api.database.db.query('TRUNCATE contact, import, consent_state, suppression CASCADE');
  });

  const contacts = async (columns = 'external_id, email, phone, first_name'): Promise<any[]> =>
    api.database.db.query(`SELECT ${columns} FROM contact ORDER BY id`);
  const rejections = async (id: string): Promise<any[]> =>
    (await api.request('GET', `/v1/imports/${id}/rejections?limit=200`)).body.items;
  const topicId = (): string => `top_${topic.id}`;
  const counts = async (table: string): Promise<number> =>
    Number((await api.database.db.queryOne<{ n: number }>(`SELECT count(*) AS n FROM ${table}`))?.n);

  it('reads a file with every kind of column, and tells of every row what became of it', async () => {
    const file = [
      'Customer ID;E-mail;الجوال;First name;Country;Time zone;Language;city;Points;attributes.tags;Shoe size',
      'c1;Layla@Example.com;0501234567;ليلى;SA;Asia/Riyadh;ar-SA;Jeddah;12;a|b;40',
      'c2;not an email;;Bad;SA;;;;;;',
      'c3;omar@example.com;;Omar;Atlantis;Mars/Olympus;klingonish;;;;',
      '',
      'c4;sara@example.com;;Sara;;;;;many;;',
      ';;;;;;;;;;',
      ';nobody@example.com;;Nobody;;;;;;;',
      '"c5";"multi@example.com";;"Two',
      'lines";;;;"Al ""Riyadh""";;;',
      'c6;short@example.com',
    ].join('\r\n');
    const done = await importFile(api, `\ufeff${file}\r\n`, { defaultCountry: 'SA' });
    expect(done).toMatchObject({
      state: 'finished',
      matchBy: 'externalId',
      fileName: 'people.csv',
      percentage: 100,
      rowsRead: 7,
      created: 3,
      updated: 0,
      skipped: 0,
      rejected: 4,
      warnings: { country: 1, timeZone: 1, locale: 1 },
      error: null,
    });
    expect(done.columns.map((column: any) => column.field)).toEqual([
      ...['externalId', 'email', 'phone', 'firstName', 'country', 'timeZone', 'locale'],
      ...['attributes.city', 'attributes.points', 'attributes.tags', null],
    ]);
    expect(await contacts('external_id, email, phone, country, time_zone, first_name, attributes')).toEqual([
      {
        external_id: 'c1',
        email: 'layla@example.com',
        phone: '+966501234567',
        country: 'SA',
        time_zone: 'Asia/Riyadh',
        first_name: 'ليلى',
        attributes: { city: 'Jeddah', points: 12, tags: ['a', 'b'] },
      },
      expect.objectContaining({ external_id: 'c3', country: null, time_zone: null, first_name: 'Omar' }),
      expect.objectContaining({
        external_id: 'c5',
        first_name: 'Two lines',
        attributes: { city: 'Al "Riyadh"' },
      }),
    ]);
    expect((await rejections(done.id)).map(({ line, code, column }) => [line, code, column])).toEqual([
      [3, 'EMAIL_INVALID', 'E-mail'],
      [6, 'ATTRIBUTE_INVALID', 'Points'],
      [8, 'MATCH_KEY_MISSING', 'Customer ID'],
      [11, 'COLUMN_COUNT', null],
    ]);
    expect(await counts('import_part')).toBe(0);
  });

  it('warns of phones that are certainly fixed lines, and keeps them', async () => {
    const rows = [
      'a,+966112345678',
      'b,+966501234567',
      'c,+12125550123',
      'd,+1 211 123 4567',
      'e,+442071838750',
    ];
    const done = await importFile(api, ['external_id,phone', ...rows, 'f,'].join('\n'));
    expect(done).toMatchObject({ created: 6, rejected: 0, warnings: { phoneFixedLine: 2 } });
    expect((await contacts('phone')).map(({ phone }) => phone)).toEqual([
      ...['+966112345678', '+966501234567', '+12125550123', '+12111234567', '+442071838750', null],
    ]);
  });

  it('gives its rejected rows as a CSV file, safe to open and fit to be mended and sent again', async () => {
    const done = await importFile(api, 'email,first_name,note\n=cmd|x,=2+3,"a,b\nc"\nok@example.com,Ok,\n');
    const csv = await api.request('GET', `/v1/imports/${done.id}/rejections?format=csv`);
    expect(csv.headers['content-type']).toContain('text/csv');
    expect(csv.headers['content-disposition']).toContain(`${done.id}-rejections.csv`);
    expect(csv.text.replace('\ufeff', '')).toBe(
      'line,code,reason,email,first_name,note\r\n' +
        `2,EMAIL_INVALID,This is not an email address; one looks like name@example.com.,'=cmd|x,'=2+3,"a,b\nc"\r\n`,
    );
    const again = await importFile(api, csv.text.replace("'=cmd|x", 'mended@example.com'));
    expect(again).toMatchObject({ created: 1, rejected: 0 });
    expect(await contacts('email, first_name')).toContainEqual({
      email: 'mended@example.com',
      first_name: '=2+3',
    });
  });

  it('changes those who exist, leaves what a row does not say, and can leave them aside altogether', async () => {
    await importFile(api, 'email,first_name,city\na@example.com,Ann,Jeddah\n');
    const update = await importFile(api, 'email,first_name,points\nA@example.com,,5\nb@example.com,Bea,6\n');
    expect(update).toMatchObject({ created: 1, updated: 1 });
    expect(await contacts('first_name, attributes')).toEqual([
      { first_name: 'Ann', attributes: { city: 'Jeddah', points: 5 } },
      { first_name: 'Bea', attributes: { points: 6 } },
    ]);
    const skip = await importFile(api, 'email,first_name\na@example.com,New\nc@example.com,Cem\n', {
      onExisting: 'skip',
    });
    expect(skip).toMatchObject({ created: 1, updated: 0, skipped: 1, rowsRead: 2 });
    expect(await contacts('first_name')).toEqual([
      { first_name: 'Ann' },
      { first_name: 'Bea' },
      { first_name: 'Cem' },
    ]);
  });

  it('handles rows of the same person in order, and refuses only the row whose key belongs to somebody else', async () => {
    await importFile(api, 'external_id,email\nx,taken@example.com\ny,y@example.com\n');
    const done = await importFile(
      api,
      [
        'external_id,email,first_name',
        'n,n@example.com,First',
        'n,n2@example.com,Second',
        'm,taken@example.com,Refused',
        'x,moved@example.com,Moves',
        'm,taken@example.com,Takes over',
        'y,moved@example.com,Refused too',
      ].join('\n'),
    );
    expect(done).toMatchObject({ created: 2, updated: 2, rejected: 2 });
    expect((await rejections(done.id)).map(({ line, code }) => [line, code])).toEqual([
      [4, 'EMAIL_TAKEN'],
      [7, 'EMAIL_TAKEN'],
    ]);
    expect(await contacts('external_id, email, first_name')).toEqual([
      { external_id: 'x', email: 'moved@example.com', first_name: 'Moves' },
      { external_id: 'y', email: 'y@example.com', first_name: null },
      { external_id: 'n', email: 'n2@example.com', first_name: 'Second' },
      { external_id: 'm', email: 'taken@example.com', first_name: 'Takes over' },
    ]);
  });

  it('swaps addresses between people who exist', async () => {
    await importFile(api, 'external_id,email,phone\na,a@example.com,+966500000001\nb,b@example.com,\n');
    const done = await importFile(
      api,
      'external_id,email\na,temp@example.com\nb,a@example.com\na,b@example.com\n',
    );
    expect(done).toMatchObject({ updated: 3, rejected: 0 });
    expect(await contacts('external_id, email, phone')).toEqual([
      { external_id: 'a', email: 'b@example.com', phone: '+966500000001' },
      { external_id: 'b', email: 'a@example.com', phone: null },
    ]);
  });

  describe('with consent', () => {
    const consents = (more: object = {}): object => ({
      consents: [
        {
          topicId: topicId(),
          channel: 'email',
          column: 'newsletter',
          basis: { column: 'basis' },
          evidence: { text: { column: 'wording' }, source: { value: 'shop checkout' } },
          occurredAt: { column: 'when' },
          ...more,
        },
      ],
    });
    const states = async (): Promise<any[]> =>
      api.database.db.query(
        `SELECT c.external_id AS who, s.status, s.basis FROM consent_state s JOIN contact c ON c.id = s.contact_id
          ORDER BY c.external_id`,
      );

    it('grants what has a basis and evidence; the rest lands as unknown', async () => {
      const done = await importFile(
        api,
        [
          'external_id,email,newsletter,basis,wording,when',
          'a,a@example.com,yes,express,Send me news,2024-05-06T10:00:00+03:00',
          'b,b@example.com,نعم,,Send me news,2024-05-06',
          'c,c@example.com,no,express,Send me news,2024-05-06',
          'd,d@example.com,1,because,Send me news,06/05/2024',
          'e,,true,express,Send me news,',
        ].join('\n'),
        consents(),
      );
      expect(done.consents).toEqual({ granted: 1, unknown: 2, keptWithdrawn: 0 });
      expect(done.warnings).toEqual({ consentBasis: 1, consentDate: 1, consentWithoutAddress: 1 });
      expect(await states()).toEqual([
        { who: 'a', status: 'granted', basis: 'express' },
        { who: 'b', status: 'unknown', basis: null },
        { who: 'd', status: 'unknown', basis: null },
      ]);
      const event = await api.database.db.queryOne<any>(
        `SELECT * FROM consent_event WHERE action = 'granted' ORDER BY id DESC LIMIT 1`,
      );
      expect(event).toMatchObject({ text_shown: 'Send me news', source: 'shop checkout' });
      expect(event.occurred_at.toISOString()).toBe('2024-05-06T07:00:00.000Z');
      expect(event.actor).toMatch(/^key_/);
    });

    it('needs evidence, not a basis alone', async () => {
      const done = await importFile(
        api,
        'external_id,email,newsletter,basis,wording,when\na,a@example.com,yes,express,,\n',
        consents({ evidence: undefined }),
      );
      expect(done.consents).toEqual({ granted: 0, unknown: 1, keptWithdrawn: 0 });
    });

    it('never revives somebody who withdrew', async () => {
      const file =
        'external_id,email,newsletter,basis,wording,when\na,a@example.com,yes,express,Send me news,2024-05-06\n';
      await importFile(api, file, consents());
      const [{ id }] = await contacts('id');
      await api.app.get(ConsentsService, { strict: false }).withdraw({
        contactId: id,
        scope: { kind: 'everything', senderId: null },
        evidence: { method: 'api', source: 'tests' },
        actor: 'tests',
      });
      const again = await importFile(api, file, consents());
      expect(again.consents).toEqual({ granted: 0, unknown: 0, keptWithdrawn: 1 });
      expect(new Set((await states()).map(({ status }) => status))).toEqual(new Set(['withdrawn']));
    });

    it('goes with the address it was given for: a row that changes the address voids what was agreed for the old', async () => {
      const header = 'external_id,email,newsletter,basis,wording,when';
      await importFile(api, `${header}\na,a@example.com,yes,express,News,2024-05-06\n`, consents());
      await importFile(api, `${header}\na,other@example.com,,,,\n`, consents());
      expect((await states()).filter(({ status }) => status === 'granted')).toEqual([]);
      await importFile(api, `${header}\na,third@example.com,yes,express,News,2024-05-06\n`, consents());
      expect(await states()).toEqual([{ who: 'a', status: 'granted', basis: 'express' }]);
    });

    it('of a topic that is none is refused with a 404', async () => {
      const answer = await upload(api, 'email,newsletter,basis,wording,when\n', {
        consents: [{ topicId: 'top_999', channel: 'email' }],
      });
      expect(answer.body).toMatchObject({ status: 404, code: 'TOPIC_NOT_FOUND' });
      expect(await counts('import')).toBe(0);
    });
  });

  it('as a dry run reports the numbers of the real one and changes nothing', async () => {
    await importFile(api, 'external_id,email\nx,x@example.com\ny,y@example.com\n');
    const lines = ['external_id,email,first_name'];
    // More than two batches, with people who come again in a later batch, move, take over, clash, or are wrong.
    for (let i = 0; i < 2500; i++) {
      const who = i % 900;
      if (i % 97 === 0) lines.push(`bad${i},nobody,`);
      else if (i === 1200) lines.push('x,moved@example.com,');
      else if (i === 2300) lines.push('z,x@example.com,');
      else if (i === 2301) lines.push('w,moved@example.com,');
      else lines.push(`p${who},${i >= 1800 ? 'second' : 'first'}${who}@example.com,N${i}`);
    }
    const options = {
      consents: [
        {
          topicId: topicId(),
          channel: 'email',
          basis: { value: 'express' },
          evidence: { text: { value: 'News' } },
        },
      ],
    };
    const before = await contacts();
    const dry = await importFile(api, lines.join('\n'), { ...options, dryRun: true });
    expect(await contacts()).toEqual(before);
    expect(await counts('consent_state')).toBe(0);
    const real = await importFile(api, lines.join('\n'), options);
    const numbers = ({ rowsRead, created, updated, skipped, rejected, consents, warnings }: any): object => ({
      ...{ rowsRead, created, updated, skipped, rejected, consents, warnings },
    });
    expect(dry.dryRun).toBe(true);
    expect(numbers(dry)).toEqual(numbers(real));
    expect(real.rejected).toBeGreaterThan(20);
    expect(await rejections(dry.id)).toEqual(await rejections(real.id));
    expect(await counts('import_rehearsal')).toBe(0);
  });

  it('goes on from its last commit when its worker dies, and repeats nothing', async () => {
    const rows = Array.from({ length: 5000 }, (_, i) => `p${i},p${i}@example.com,"Line\nbreak ${i}"`);
    rows.splice(3333, 0, 'bad,nobody,');
    const { body } = await upload(api, `external_id,email,first_name\n${rows.join('\n')}\n`);
    // The worker "dies" in its third batch: what that batch did is rolled back, and its lease stays.
    let batches = 0;
    const db = api.app.get(Database, { strict: false });
    const transaction = db.transaction.bind(db);
    db.transaction = work =>
      transaction(async () => {
        const result = await work();
        if (++batches === 3) throw new Error('killed');
        return result;
      });
    await expect(runnerOf(api).run(Number(body.id.slice(4)))).rejects.toThrow('killed');
    db.transaction = transaction;
    const halfway = (await api.request('GET', `/v1/imports/${body.id}`)).body;
    expect(halfway).toMatchObject({ state: 'running', rowsRead: 2000, created: 2000 });
    expect(halfway.percentage).toBeGreaterThan(30);
    expect(halfway.percentage).toBeLessThan(50);
    expect(await counts('contact')).toBe(2000);
    // Its lease still holds: nobody else may begin.
    expect(await runnerOf(api).sweep()).toBe(0);
    api.clock.advance(61_000);
    expect(await runnerOf(api).sweep()).toBe(1);
    const done = (await api.request('GET', `/v1/imports/${body.id}`)).body;
    expect(done).toMatchObject({ state: 'finished', rowsRead: 5001, created: 5000, updated: 0, rejected: 1 });
    expect((await rejections(done.id)).map(({ line }) => line)).toEqual([2 + 3333 * 2]);
  });

  it('is worked at by one worker only, however many are woken', async () => {
    const rows = Array.from({ length: 3000 }, (_, i) => `p${i}@example.com`);
    const { body } = await upload(api, `email\n${rows.join('\n')}\n`);
    const id = Number(body.id.slice(4));
    await Promise.all([runnerOf(api).run(id), runnerOf(api).run(id), runnerOf(api).sweep()]);
    const done = (await api.request('GET', `/v1/imports/${body.id}`)).body;
    expect(done).toMatchObject({ state: 'finished', rowsRead: 3000, created: 3000, updated: 0 });
  });

  it('of the same people by two files at once ends with each person once', async () => {
    const rows = Array.from({ length: 2000 }, (_, i) => `p${i}@example.com`);
    const first = await upload(api, `email\n${rows.join('\n')}\n`);
    const second = await upload(api, `email\n${[...rows].reverse().join('\n')}\n`);
    await Promise.all([first, second].map(({ body }) => runnerOf(api).run(Number(body.id.slice(4)))));
    const ended = await Promise.all(
      [first, second].map(({ body }) => api.request('GET', `/v1/imports/${body.id}`)),
    );
    expect(ended.map(({ body }) => body.state)).toEqual(['finished', 'finished']);
    expect(ended.reduce((sum, { body }) => sum + body.created, 0)).toBe(2000);
    expect(ended.reduce((sum, { body }) => sum + body.updated, 0)).toBe(2000);
    expect(await counts('contact')).toBe(2000);
  });

  it('is cancelled before it begins, once', async () => {
    const { body } = await upload(api, 'email\na@example.com\n');
    const cancelled = await api.request('POST', `/v1/imports/${body.id}/cancel`);
    expect(cancelled.body).toMatchObject({ state: 'cancelled', rowsRead: 0 });
    expect(await runnerOf(api).sweep()).toBe(0);
    expect(await counts('contact')).toBe(0);
    expect(await counts('import_part')).toBe(0);
    expect((await api.request('POST', `/v1/imports/${body.id}/cancel`)).body).toMatchObject({
      status: 409,
      code: 'IMPORT_OVER',
    });
    expect((await api.request('GET', '/v1/imports/imp_999')).body.code).toBe('IMPORT_NOT_FOUND');
    expect((await api.request('GET', '/v1/imports/imp_999/rejections?format=csv')).body.code).toBe(
      'IMPORT_NOT_FOUND',
    );
  });

  it('is listed newest first', async () => {
    const first = await upload(api, 'email\n');
    const second = await upload(api, 'email\n');
    const page = await api.request('GET', '/v1/imports?limit=1');
    expect(page.body.items.map((item: any) => item.id)).toEqual([second.body.id]);
    const next = await api.request('GET', `/v1/imports?limit=1&cursor=${page.body.nextCursor}`);
    expect(next.body.items.map((item: any) => item.id)).toEqual([first.body.id]);
  });

  it('takes the bare file as text/csv with its options in the query', async () => {
    const options = encodeURIComponent(JSON.stringify({ matchBy: 'phone', columns: { who: 'phone' } }));
    const answer = await api.request(
      'POST',
      `/v1/imports?options=${options}&fileName=a.csv`,
      'who\n+966500000001\n',
      {
        'content-type': 'text/csv; charset=utf-8',
      },
    );
    expect(answer.body).toMatchObject({ state: 'ready', fileName: 'a.csv', matchBy: 'phone' });
    const elsewhere = await api.request('POST', '/v1/contacts', 'a,b', { 'content-type': 'text/csv' });
    expect(elsewhere.status).toBeGreaterThanOrEqual(400);
  });

  it('with the same Idempotency-Key is made once', async () => {
    const headers = { 'content-type': 'text/csv', 'idempotency-key': 'import-1' };
    const first = await api.request('POST', '/v1/imports', 'email\na@example.com\n', headers);
    const again = await api.request('POST', '/v1/imports', 'email\na@example.com\n', headers);
    expect([first.status, again.status]).toEqual([201, 201]);
    expect(again.body).toEqual(first.body);
    expect(await counts('import')).toBe(1);
  });

  const header = (count: number): string => Array.from({ length: count }, (_, i) => `column${i}`).join(',');
  it.each<[string, string | Uint8Array, object | undefined, number, string]>([
    ['an empty file', '', undefined, 400, 'IMPORT_EMPTY'],
    ['blank lines only', '\n\r\n\n', undefined, 400, 'IMPORT_EMPTY'],
    ['a byte order mark only', '\ufeff', undefined, 400, 'IMPORT_EMPTY'],
    [
      'a header of 100,000 columns',
      `email,${header(100_000)}\na@example.com`,
      undefined,
      400,
      'IMPORT_HEADER_TOO_WIDE',
    ],
    [
      'a header of 501 columns',
      `email,${header(500)}\na@example.com`,
      undefined,
      400,
      'IMPORT_HEADER_TOO_WIDE',
    ],
    ['a column named twice', 'email,name,name\n', undefined, 400, 'IMPORT_HEADER_DUPLICATE'],
    ['two columns for one field', 'email,E-Mail\n', undefined, 400, 'IMPORT_COLUMN_TWICE'],
    ['no column that names anybody', 'first_name\nA\n', undefined, 400, 'IMPORT_KEY_MISSING'],
    ['a key that no column is', 'email\n', { matchBy: 'phone' }, 400, 'IMPORT_KEY_MISSING'],
    [
      'a mapping of a column that is not there',
      'email\n',
      { columns: { mail: 'email' } },
      400,
      'IMPORT_COLUMN_UNKNOWN',
    ],
    ['a mapping to a field that is none', 'a\n', { columns: { a: 'isAdmin' } }, 400, 'IMPORT_FIELD_UNKNOWN'],
    [
      'a mapping to an attribute that is none',
      'email,a\n',
      { columns: { a: 'attributes.nope' } },
      400,
      'ATTRIBUTE_UNKNOWN',
    ],
    ['a country that is none', 'email\n', { defaultCountry: 'EU' }, 400, 'COUNTRY_UNKNOWN'],
    ['an option that is none', 'email\n', { dropTables: true }, 400, 'VALIDATION_FAILED'],
    [
      'UTF-16 with its mark',
      Buffer.from('\ufeffemail\na@example.com', 'utf16le'),
      undefined,
      400,
      'IMPORT_NOT_UTF8',
    ],
    [
      'UTF-16 without its mark',
      Buffer.from('email\na@example.com', 'utf16le'),
      undefined,
      400,
      'IMPORT_NOT_UTF8',
    ],
    ['an Excel workbook', Buffer.from('504b030414000600', 'hex'), undefined, 400, 'IMPORT_NOT_CSV'],
    [
      'a header that is not UTF-8',
      Buffer.from('email,pr\xe9nom\n', 'latin1'),
      undefined,
      400,
      'IMPORT_HEADER_INVALID',
    ],
    ['a quote left open in the header', '"email\na@example.com\n', undefined, 400, 'IMPORT_QUOTE_NOT_CLOSED'],
  ])('of %s is refused, and nothing of it remains', async (_, file, options, status, code) => {
    const answer = await upload(api, file, options);
    expect(answer.body).toMatchObject({ status, code });
    expect(answer.body.detail.length).toBeGreaterThan(20);
    expect(await counts('import')).toBe(0);
    expect(await counts('import_part')).toBe(0);
  });

  it('of a form that is none, or has its parts in the wrong order or with wrong names, is refused', async () => {
    const form = (...parts: [string, string | Blob][]): FormData => {
      const data = new FormData();
      for (const [name, value] of parts) data.append(name, value as string);
      return data;
    };
    for (const body of [
      form(['options', '{}']),
      form(['data', new Blob(['email\n'])]),
      form(['option', '{}'], ['file', new Blob(['email\n'])]),
      form(['options', '{"a":'], ['file', new Blob(['email\n'])]),
      form(['options', '{"__proto__":{"dryRun":true}}'], ['file', new Blob(['email\n'])]),
      form(['options', '[1]'], ['file', new Blob(['email\n'])]),
      form(['options', '{"defaultCountry":"\\u0000"}'], ['file', new Blob(['email\n'])]),
    ]) {
      const answer = await api.request('POST', '/v1/imports', body);
      expect([answer.status, answer.headers['content-type']]).toEqual([
        400,
        'application/problem+json; charset=utf-8',
      ]);
    }
    for (const type of ['multipart/form-data', 'multipart/form-data; boundary=x']) {
      const broken = await api.request('POST', '/v1/imports', 'no form', { 'content-type': type });
      expect(broken.status).toBe(400);
    }
    expect((await api.request('POST', '/v1/imports', {})).status).toBe(415);
    expect(await counts('import')).toBe(0);
  });

  it('of a header alone finishes with nothing', async () => {
    expect(await importFile(api, 'email,first_name')).toMatchObject({
      state: 'finished',
      rowsRead: 0,
      percentage: 100,
    });
  });

  it('keeps hostile cells as text, and rejects what cannot be kept', async () => {
    const hostile = `'); DROP TABLE contact; --`;
    const file = Buffer.concat([
      Buffer.from(`external_id,first_name\n"${hostile}",$1\n`),
      Buffer.from('nul,a\u0000b\n'),
      Buffer.from('latin,caf\xe9\n', 'latin1'),
      Buffer.from('ok,كافيه\n'),
      Buffer.from('extra,a,b,c\n'),
      Buffer.from('spaces,a,,\n'),
    ]);
    const done = await importFile(api, file);
    expect(done).toMatchObject({ state: 'finished', created: 3, rejected: 3 });
    expect(await contacts('external_id, first_name')).toEqual([
      { external_id: hostile, first_name: '$1' },
      { external_id: 'ok', first_name: 'كافيه' },
      { external_id: 'spaces', first_name: 'a' },
    ]);
    expect((await rejections(done.id)).map(({ line, code }) => [line, code])).toEqual([
      [3, 'NUL_CHARACTER'],
      [4, 'NOT_UTF8'],
      [6, 'COLUMN_COUNT'],
    ]);
  });

  it('stops at a quote that is never closed, says where, and keeps the rows before', async () => {
    const done = await importFile(
      api,
      'email,first_name\na@example.com,A\nb@example.com,"B\nc@example.com,C\n',
    );
    expect(done).toMatchObject({
      state: 'failed',
      created: 1,
      rowsRead: 1,
      error: { code: 'IMPORT_QUOTE_NOT_CLOSED' },
    });
    expect(done.error.message).toContain('line 3');
  });

  it('stops at a cell of 50 MB without holding it, and keeps the rows before', async () => {
    const before = process.memoryUsage().rss;
    const file = Buffer.concat([
      Buffer.from('email,note\na@example.com,A\nb@example.com,"'),
      Buffer.alloc(50 * 1024 * 1024, 'x'),
      Buffer.from('"\n'),
    ]);
    const done = await importFile(api, file);
    expect(done).toMatchObject({ state: 'failed', created: 1, error: { code: 'IMPORT_ROW_TOO_LARGE' } });
    expect(done.error.message).toContain('line 3');
    expect(process.memoryUsage().rss - before).toBeLessThan(400 * 1024 * 1024);
  });

  it('of a file that is too large gets a 413, and nothing of it remains', async () => {
    const limits = api.app.get(ImportLimits, { strict: false });
    const { mostBytes } = limits;
    limits.mostBytes = 3 * 1024 * 1024;
    try {
      const file = `email\n${'a@example.com\n'.repeat(400_000)}`;
      expect((await upload(api, file)).body).toMatchObject({ status: 413, code: 'IMPORT_TOO_LARGE' });
      const raw = await api.request('POST', '/v1/imports', file, { 'content-type': 'text/csv' });
      expect(raw.body).toMatchObject({ status: 413, code: 'IMPORT_TOO_LARGE' });
    } finally {
      limits.mostBytes = mostBytes;
    }
    expect(await counts('import')).toBe(0);
    expect(await counts('import_part')).toBe(0);
  });

  it('whose sender goes away in the middle leaves nothing', async () => {
    const key = await api.keyWith('contacts:write');
    const { hostname, port } = new URL(api.url);
    const sent = httpRequest({
      ...{ hostname, port, method: 'POST', path: '/v1/imports' },
      headers: { authorization: `Bearer ${key}`, 'content-type': 'text/csv', 'content-length': 100_000_000 },
    });
    sent.on('error', () => undefined);
    sent.write('email\n');
    sent.write('a@example.com\n'.repeat(300_000));
    await until(
      () => counts('import_part'),
      parts => parts > 0,
    );
    sent.destroy();
    await until(
      () => counts('import'),
      imports => imports === 0,
    );
    expect(await counts('import_part')).toBe(0);
  });

  it('left in the middle of its upload by a process that died is cleared away', async () => {
    const { body } = await upload(api, 'email\n');
    await api.database.db.execute(`UPDATE import SET state = 'uploading', lease_until = $1`, [
      api.clock.now(),
    ]);
    api.clock.advance(1000);
    await runnerOf(api).sweep();
    expect((await api.request('GET', `/v1/imports/${body.id}`)).status).toBe(404);
  });

  it('that a worker leaves in good order is ready for the next at once', async () => {
    const other = await testApi();
    try {
      const { body } = await upload(
        other,
        `email\n${Array.from({ length: 20_000 }, (_, i) => `p${i}@example.com\n`).join('')}`,
      );
      const running = runnerOf(other).run(Number(body.id.slice(4)));
      await until(
        () => other.request('GET', `/v1/imports/${body.id}`),
        answer => answer.body.rowsRead > 0,
      );
      await runnerOf(other).stop();
      await running;
      const left = (await other.request('GET', `/v1/imports/${body.id}`)).body;
      expect(left.state).toBe('ready');
      expect(left.rowsRead).toBeLessThan(20_000);
      expect(left.rowsRead % 1000).toBe(0);
    } finally {
      await other.close();
    }
  });
});
