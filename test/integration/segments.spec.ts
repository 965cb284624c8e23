import { DomainError } from '#common';
import { type Segment, SegmentRepository, SegmentsService } from '#segments';
import { type TestApi, testApi } from '../factories/api.js';
import { type Person, prepareForPeople, storePeople } from '../factories/people.js';

const saudis = {
  combinator: 'and',
  id: 'root',
  rules: [{ id: 'r1', field: 'contact.country', operator: '=', valueSource: 'value', value: 'SA' }],
};
const people: Person[] = Array.from({ length: 14 }, (_, index) => ({
  id: index + 1,
  email: `layla${index}@example.com`,
  phone: index === 0 ? '+966501234567' : null,
  firstName: 'Layla',
  country: index < 12 ? 'SA' : 'EG',
  attributes: { score: index },
}));

describe('segments', () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await testApi();
    await prepareForPeople(api.database.db);
    await storePeople(api.database.db, people);
  });
  afterAll(() => api.close());

  let count = 0;
  const made = async (rule: unknown = saudis): Promise<string> => {
    const answer = await api.request('POST', '/v1/segments', { name: `Segment ${++count}`, rule });
    expect(answer.status).toBe(201);
    return answer.body.id;
  };

  it('are made, read, listed, changed and deleted', async () => {
    const created = await api.request('POST', '/v1/segments', { name: ' السعودية ', rule: saudis });
    expect(created.status).toBe(201);
    const { id } = created.body;
    expect(created.body).toMatchObject({ name: 'السعودية', createdAt: api.clock.now().toISOString() });

    expect((await api.request('GET', `/v1/segments/${id}`)).body).toEqual(created.body);
    expect((await api.request('GET', '/v1/segments?limit=200')).body.items).toContainEqual(created.body);

    api.clock.advance(60_000);
    const changed = await api.request('PATCH', `/v1/segments/${id}`, { name: 'KSA' });
    expect(changed.body).toEqual({ ...created.body, name: 'KSA', updatedAt: api.clock.now().toISOString() });

    expect((await api.request('DELETE', `/v1/segments/${id}`)).status).toBe(204);
    expect((await api.request('GET', `/v1/segments/${id}`)).body.code).toBe('SEGMENT_NOT_FOUND');
    expect((await api.request('DELETE', `/v1/segments/${id}`)).status).toBe(404);
    const audit = await api.database.db.query<{ action: string }>(
      'SELECT action FROM audit_event WHERE subject = $1 ORDER BY id',
      [id],
    );
    expect(audit.map(({ action }) => action)).toEqual([
      'segment.created',
      'segment.updated',
      'segment.deleted',
    ]);
  });

  it('keep of a rule what the builder needs to show it again', async () => {
    const rule = {
      rules: [
        { id: 'a', path: [0], field: 'contact.country', operator: 'in', value: ['SA', 'AE'], disabled: true },
        'or',
        {
          not: true,
          combinator: 'or',
          rules: [{ field: 'attributes.score', operator: '<', value: '5', muted: true }],
        },
      ],
    };
    const segment = await api.request('GET', `/v1/segments/${await made(rule)}`);
    expect(segment.body.rule).toEqual({
      rules: [
        { id: 'a', field: 'contact.country', operator: 'in', value: ['SA', 'AE'], disabled: true },
        'or',
        {
          not: true,
          combinator: 'or',
          rules: [{ field: 'attributes.score', operator: '<', value: '5', muted: true }],
        },
      ],
    });
  });

  it('have names of their own', async () => {
    await api.request('POST', '/v1/segments', { name: 'Twice', rule: saudis });
    const again = await api.request('POST', '/v1/segments', { name: 'Twice', rule: saudis });
    expect(again.status).toBe(409);
    expect(again.body.code).toBe('SEGMENT_NAME_TAKEN');
    const renamed = await api.request('PATCH', `/v1/segments/${await made()}`, { name: 'Twice' });
    expect(renamed.body.code).toBe('SEGMENT_NAME_TAKEN');
  });

  it('are previewed with an exact count and a sample whose addresses are masked', async () => {
    const preview = await api.request('GET', `/v1/segments/${await made()}/preview`);
    expect(preview.status).toBe(200);
    expect(preview.body.count).toBe(12);
    expect(preview.body.sample).toHaveLength(10);
    expect(preview.body.sample[0]).toEqual({
      id: 'con_1',
      firstName: 'Layla',
      lastName: null,
      email: 'l•••@example.com',
      phone: '+966•••67',
    });
  });

  it('are previewed before they are kept', async () => {
    const rule = { combinator: 'and', rules: [{ field: 'attributes.score', operator: '>=', value: 12 }] };
    expect((await api.request('POST', '/v1/segments/preview', { rule })).body).toMatchObject({ count: 2 });
    const none = { combinator: 'and', rules: [{ field: 'attributes.score', operator: '>', value: 99 }] };
    expect((await api.request('POST', '/v1/segments/preview', { rule: none })).body).toEqual({
      count: 0,
      sample: [],
    });
    const everybody = await api.request('POST', '/v1/segments/preview', {
      rule: { combinator: 'and', rules: [] },
    });
    expect(everybody.body.count).toBe(14);
  });

  it('measure relative dates by the clock of the moment', async () => {
    const rule = {
      combinator: 'and',
      rules: [{ field: 'contact.createdAt', operator: '>=', value: 'now-30d' }],
    };
    const id = await made(rule);
    expect((await api.request('GET', `/v1/segments/${id}/preview`)).body.count).toBe(14);
    const before = api.clock.now();
    api.clock.set('2026-12-24T00:00:00Z');
    expect((await api.request('GET', `/v1/segments/${id}/preview`)).body.count).toBe(0);
    api.clock.set(before);
  });

  it('tell a builder their fields in either language', async () => {
    const english = await api.request('GET', '/v1/segments/fields');
    const names = english.body.fields.map((field: any) => field.name);
    expect(names).toEqual(expect.arrayContaining(['contact.email', 'attributes.tags', 'consent.sms.top_2']));
    expect(names).toEqual(expect.arrayContaining(['purchases.count', 'engagement.lastClickedAt']));
    // Of events and currencies those that were met.
    expect(names.filter((name: string) => /^events|total/.test(name))).toEqual(['purchases.total.SAR']);
    await api.database.db.query(
      `INSERT INTO purchase_scale (measure, currency, bounds, updated_at) VALUES ('value', 'EGP', '{1,2,3,4}', now())`,
    );
    const told = await api.request('POST', '/v1/events', {
      ...{ contact: { id: 'con_1' }, name: 'video.watched' },
    });
    expect(told.status).toBe(201);
    const met = (await api.request('GET', '/v1/segments/fields?locale=ar')).body.fields;
    expect(met.find(({ name }: any) => name === 'purchases.average.EGP').label).toBe(
      'متوسط قيمة الشراء (EGP)',
    );
    expect(met.find(({ name }: any) => name === 'events.video.watched')).toMatchObject({
      label: 'حدث: video.watched',
      operators: [
        { name: 'atLeast', label: 'حدث على الأقل' },
        { name: 'atMost', label: 'حدث على الأكثر' },
        { name: 'never', label: 'لم يحدث' },
      ],
    });
    const arabic = await api.request('GET', '/v1/segments/fields?locale=ar');
    expect(arabic.body.fields[0]).toMatchObject({ name: 'contact.email', label: 'البريد الإلكتروني' });
    expect((await api.request('GET', '/v1/segments/fields?locale=fr')).status).toBe(400);
  });

  it('cannot be deleted while a campaign uses them', async () => {
    const id = await made();
    await api.database.db.query(
      `INSERT INTO campaign (name, state, channel, segment_id, created_at, updated_at)
       VALUES ('Eid', 'draft', 'email', $1, now(), now())`,
      [Number(id.slice(4))],
    );
    const refused = await api.request('DELETE', `/v1/segments/${id}`);
    expect(refused.status).toBe(409);
    expect(refused.body.code).toBe('SEGMENT_IN_USE');
    expect((await api.request('GET', `/v1/segments/${id}`)).status).toBe(200);
  });

  it('say so when what they ask about is gone', async () => {
    await api.database.db.query(
      `INSERT INTO attribute (key, type, created_at) VALUES ('passing', 'text', now())`,
    );
    const rule = {
      combinator: 'and',
      rules: [{ field: 'attributes.passing', operator: 'notNull', value: '' }],
    };
    const id = await made(rule);
    await api.database.db.execute(`DELETE FROM attribute WHERE key = 'passing'`);
    const broken = await api.request('GET', `/v1/segments/${id}/preview`);
    expect(broken.status).toBe(422);
    expect(broken.body).toMatchObject({ code: 'SEGMENT_BROKEN', errors: [{ path: 'rules.0.field' }] });
    expect((await api.request('GET', `/v1/segments/${id}`)).status).toBe(200);
  });

  it('stop a preview that takes too long', async () => {
    const repository = api.app.get(SegmentRepository, { strict: false });
    const preview = repository.preview({ sql: 'pg_sleep(5) IS NOT NULL', parameters: [] }, 10, 50);
    await expect(preview).rejects.toMatchObject({ code: 'PREVIEW_TOO_SLOW', kind: 'unprocessable' });
    // The limit goes with its transaction: the connection is as before.
    await expect(
      Promise.all(Array.from({ length: 10 }, () => api.database.db.query('SELECT pg_sleep(0.1)'))),
    ).resolves.toHaveLength(10);
  });

  it('cannot change anything by being previewed', async () => {
    const repository = api.app.get(SegmentRepository, { strict: false });
    const sql = `nextval('segment_id_seq') > 0`;
    await expect(repository.preview({ sql, parameters: [] }, 10, 1000)).rejects.toThrow(/read-only/);
  });

  it('are compiled for whoever sends', async () => {
    const service = api.app.get(SegmentsService, { strict: false });
    const segment: Segment = await service.create('For sending', saudis, 'tests');
    expect(await service.predicateFor(segment.id, api.clock.now(), 4)).toEqual({
      sql: '(c.country = $4::text)',
      parameters: ['SA'],
    });
    await expect(service.compile({}, api.clock.now())).rejects.toBeInstanceOf(DomainError);
    await expect(service.predicateFor(999_999, api.clock.now())).rejects.toMatchObject({
      code: 'SEGMENT_NOT_FOUND',
    });
  });

  it('need their scopes', async () => {
    const reader = { authorization: `Bearer ${await api.keyWith('segments:read')}` };
    const writer = { authorization: `Bearer ${await api.keyWith('segments:write')}` };
    const body = { name: 'Scoped', rule: saudis };
    expect((await api.request('POST', '/v1/segments', body, reader)).status).toBe(403);
    expect((await api.request('POST', '/v1/segments', body, writer)).status).toBe(201);
    expect((await api.request('GET', '/v1/segments', undefined, writer)).status).toBe(403);
    expect((await api.request('POST', '/v1/segments/preview', { rule: saudis }, writer)).status).toBe(403);
    expect((await api.request('POST', '/v1/segments/preview', { rule: saudis }, reader)).status).toBe(200);
  });

  describe('refuse', () => {
    const nested = (depth: number): string =>
      '{"combinator":"and","rules":['.repeat(depth) +
      '{"field":"contact.email","operator":"null"}' +
      ']}'.repeat(depth);

    it.each<[string, unknown, number, string]>([
      ['no rule', { name: 'x' }, 400, 'VALIDATION_FAILED'],
      ['no name', { rule: saudis }, 400, 'VALIDATION_FAILED'],
      ['a name of control characters', { name: 'a\u0007', rule: saudis }, 400, 'VALIDATION_FAILED'],
      ['half a surrogate pair for a name', '{"name":"\\ud800","rule":{"rules":[]}}', 400, 'BROKEN_UNICODE'],
      ['a text for a rule', { name: 'x', rule: 'SELECT 1' }, 400, 'VALIDATION_FAILED'],
      ['a list for a rule', { name: 'x', rule: [] }, 400, 'VALIDATION_FAILED'],
      ['more than is asked', { name: 'x', rule: saudis, sql: '1=1' }, 400, 'VALIDATION_FAILED'],
      [
        'an unknown field',
        { name: 'x', rule: { rules: [{ field: 'c.email', operator: 'null' }] } },
        400,
        'RULE_INVALID',
      ],
      [
        'half a surrogate pair',
        '{"name":"x","rule":{"rules":[{"field":"contact.email","operator":"=","value":"\\ud800"}]}}',
        400,
        'BROKEN_UNICODE',
      ],
      [
        'a NUL',
        '{"name":"x","rule":{"rules":[{"field":"contact.email","operator":"=","value":"\\u0000"}]}}',
        400,
        'NUL_CHARACTER',
      ],
      ['a poisoned prototype', '{"name":"x","rule":{"rules":[],"__proto__":{}}}', 400, 'JSON_INVALID'],
      [
        'a path nested without end',
        `{"name":"x","rule":{"rules":[],"path":${'['.repeat(50_000)}${']'.repeat(50_000)}}}`,
        400,
        'JSON_TOO_DEEP',
      ],
      ['groups 40 deep', `{"name":"y","rule":${nested(40)}}`, 400, 'RULE_INVALID'],
      ['groups 1,000 deep', `{"name":"y","rule":${nested(1_000)}}`, 400, 'JSON_TOO_DEEP'],
      ['groups 20,000 deep', `{"name":"y","rule":${nested(20_000)}}`, 400, 'JSON_TOO_DEEP'],
      [
        'a list of 100,000',
        {
          name: 'x',
          rule: { rules: [{ field: 'contact.email', operator: 'in', value: Array(100_000).fill('a') }] },
        },
        400,
        'RULE_INVALID',
      ],
      [
        '100,000 rules',
        { name: 'x', rule: { combinator: 'and', rules: Array(100_000).fill(0) } },
        400,
        'RULE_INVALID',
      ],
    ])('%s', async (_, body, status, code) => {
      const answer = await api.request(
        'POST',
        '/v1/segments',
        typeof body === 'string' ? body : JSON.stringify(body),
        {
          'content-type': 'application/json',
        },
      );
      expect({ status: answer.status, code: answer.body.code ?? '' }).toEqual({ status, code });
    });

    it('a change of nothing', async () => {
      const answer = await api.request('PATCH', `/v1/segments/${await made()}`, {});
      expect(answer.body.code).toBe('VALIDATION_FAILED');
    });

    it('ids of other kinds', async () => {
      for (const id of ['cam_1', 'seg_0', 'seg_1e3', '1', 'seg_99999999999999999999', "seg_1'--"]) {
        expect((await api.request('GET', `/v1/segments/${encodeURIComponent(id)}`)).status).toBe(404);
      }
    });

    it('a change to a wrong rule, and keep the old one', async () => {
      const id = await made();
      const answer = await api.request('PATCH', `/v1/segments/${id}`, { name: 'New', rule: { rules: [1] } });
      expect(answer.body).toMatchObject({
        code: 'RULE_INVALID',
        errors: [{ path: 'rules.0', code: 'NOT_A_RULE' }],
      });
      expect((await api.request('GET', `/v1/segments/${id}`)).body.name).not.toBe('New');
    });
  });
});
