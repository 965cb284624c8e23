import { type TestApi, testApi } from '../factories/api.js';

describe('every request', () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await testApi();
  });
  afterAll(() => api.close());

  it('without a key gets a 401 problem that says how to send one', async () => {
    const answer = await api.request('GET', '/v1/api-keys', undefined, { authorization: '' });
    expect(answer.status).toBe(401);
    expect(answer.headers['content-type']).toContain('application/problem+json');
    expect(answer.body).toMatchObject({ code: 'API_KEY_MISSING', status: 401 });
  });

  it('with an unknown key gets a 401', async () => {
    const answer = await api.request('GET', '/v1/api-keys', undefined, {
      authorization: `Bearer ithn_${'x'.repeat(43)}`,
    });
    expect(answer.body).toMatchObject({ code: 'API_KEY_INVALID' });
  });

  it('with a key that lacks the scope gets a 403 that names it', async () => {
    const weak = await api.keyWith('contacts:read');
    const answer = await api.request('GET', '/v1/api-keys', undefined, { authorization: `Bearer ${weak}` });
    expect(answer.status).toBe(403);
    expect(answer.body.detail).toContain('keys:write');
  });

  it.each([
    ['JSON that ends too early', '{"name": ', 'application/json', 'JSON_INVALID'],
    ['bytes that are not UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0xfe]), 'application/json', 'BODY_NOT_UTF8'],
    ['a NUL character', '{"name":"a\\u0000b","scopes":["keys:write"]}', 'application/json', 'NUL_CHARACTER'],
    ['a poisoned prototype', '{"__proto__":{"a":1}}', 'application/json', 'JSON_INVALID'],
    ['a wrong field', '{"name":"","scopes":[]}', 'application/json', 'VALIDATION_FAILED'],
    ['JSON of 20,000 levels', '['.repeat(20_000) + ']'.repeat(20_000), 'application/json', 'JSON_TOO_DEEP'],
    ['no body', '', 'application/json', 'VALIDATION_FAILED'],
  ])('that sends %s gets a 400 with a code', async (_, body, type, code) => {
    const answer = await api.request('POST', '/v1/api-keys', body, { 'content-type': type });
    expect(answer.status).toBe(400);
    expect(answer.body.code).toBe(code);
    expect(answer.body.detail.length).toBeGreaterThan(10);
  });

  it('that is too large gets a 413', async () => {
    const answer = await api.request(
      'POST',
      '/v1/api-keys',
      JSON.stringify({ name: 'x'.repeat(3_000_000) }),
      {
        'content-type': 'application/json',
      },
    );
    expect(answer.status).toBe(413);
    expect(answer.body.code).toBe('BODY_TOO_LARGE');
  });

  it('in a format we do not read gets a 415', async () => {
    const answer = await api.request('POST', '/v1/api-keys', '<a/>', { 'content-type': 'application/xml' });
    expect(answer.status).toBe(415);
  });

  it('to nowhere gets a 404', async () => {
    const answer = await api.request('GET', '/v1/nowhere');
    expect(answer.body).toMatchObject({ status: 404, code: 'ROUTE_NOT_FOUND' });
  });

  it.each([
    '/v1/%zz',
    '/u/%zz',
    '/v1/contacts/%00',
    '/v1/contacts/con_%F0%28',
    '/v1/contacts/con_99999999999999999999',
  ])('to %s gets a 4xx problem', async path => {
    const answer = await api.request('GET', path);
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.status).toBeLessThan(500);
  });

  it('with an Idempotency-Key is carried out once and answered the same again', async () => {
    const body = { name: 'twice', scopes: ['contacts:read'] };
    const first = await api.request('POST', '/v1/api-keys', body, { 'idempotency-key': 'k1' });
    const again = await api.request('POST', '/v1/api-keys', body, { 'idempotency-key': 'k1' });
    expect(first.status).toBe(201);
    expect(again.status).toBe(201);
    expect(again.body).toEqual(first.body);
    expect(again.headers['idempotency-replayed']).toBe('true');
    const other = await api.request(
      'POST',
      '/v1/api-keys',
      { ...body, name: 'other' },
      { 'idempotency-key': 'k1' },
    );
    expect(other.status).toBe(422);
    expect(other.body.code).toBe('IDEMPOTENCY_KEY_REUSED');
  });

  it('leaves no readable answer behind for its Idempotency-Key: it may hold a secret', async () => {
    const body = { name: 'sealed', scopes: ['contacts:read'] };
    const made = await api.request('POST', '/v1/api-keys', body, { 'idempotency-key': 'sealed' });
    const row = await api.database.db.queryOne<{ kept: string }>(
      `SELECT r::text AS kept FROM idempotent_request r WHERE key = 'sealed'`,
    );
    expect(row?.kept).toContain('201');
    expect(row?.kept).not.toContain('ithn_');
    expect(made.body.secret).toMatch(/^ithn_/);
    const again = await api.request('POST', '/v1/api-keys', body, { 'idempotency-key': 'sealed' });
    expect(again.body.secret).toBe(made.body.secret);
  });

  it('with an Idempotency-Key is a new request a day later, and the old answer is deleted', async () => {
    const body = { name: 'daily', scopes: ['contacts:read'] };
    const first = await api.request('POST', '/v1/api-keys', body, { 'idempotency-key': 'daily' });
    api.clock.advance(25 * 60 * 60 * 1000);
    const next = await api.request('POST', '/v1/api-keys', body, { 'idempotency-key': 'daily' });
    expect(next.status).toBe(201);
    expect(next.body.id).not.toBe(first.body.id);
  });

  it('finds the API described at /openapi.json and /docs', async () => {
    const document = await api.request('GET', '/openapi.json');
    expect(document.body.openapi).toBe('3.1.0');
    const { post } = document.body.paths['/v1/api-keys'];
    expect(post.requestBody.content['application/json'].schema).toEqual({
      $ref: '#/components/schemas/CreateApiKey',
    });
    expect(document.body.components.schemas.CreateApiKey).toMatchObject({
      type: 'object',
      required: ['name', 'scopes'],
    });
    expect(post.parameters).toContainEqual(
      expect.objectContaining({ in: 'header', name: 'Idempotency-Key' }),
    );
    expect(Object.keys(post.responses.default.content)).toEqual(['application/problem+json']);
    expect((await api.request('GET', '/docs')).text).toContain('swagger-ui-bundle.js');
    expect((await api.request('GET', '/docs/swagger-ui-bundle.js')).status).toBe(200);
    expect((await api.request('GET', '/docs/..%2fpackage.json')).status).toBe(404);
  });
});
