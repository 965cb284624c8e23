import { type TestApi, testApi } from '../factories/api.js';

describe('what a sender’s SMS come from', () => {
  let api: TestApi;
  let senderId: string;
  let shops = 0;

  beforeAll(async () => {
    api = await testApi();
  });
  afterAll(() => api.close());
  beforeEach(async () => {
    const made = await api.request('POST', '/v1/senders', { key: `shop-${++shops}` });
    senderId = made.body.id as string;
  });

  const put = (sources: unknown[], to = senderId) =>
    api.request('PUT', `/v1/senders/${to}/sms-sources`, { sources });

  it('is set for each country, with a rate that is usual where none is named', async () => {
    const answer = await put([
      { from: '+15005550006' },
      { country: 'SA', from: 'Nakheel' },
      { country: 'GB', from: `MG${'A'.repeat(32)}`, rate: { messages: 30, per: 'second' } },
    ]);
    expect(answer.status).toBe(200);
    expect(answer.body.sources).toEqual([
      {
        ...{ country: null, from: '+15005550006', kind: 'number', providerAnswers: true },
        rate: { messages: 1, per: 'second' },
      },
      {
        ...{ country: 'GB', from: `MG${'a'.repeat(32)}`, kind: 'service', providerAnswers: true },
        rate: { messages: 30, per: 'second' },
      },
      { country: 'SA', from: 'Nakheel', kind: 'name', rate: null, providerAnswers: false },
    ]);
    const buckets = await api.database.db.query<{ key: string }>(
      `SELECT key FROM token_bucket WHERE scope = 'source' ORDER BY key`,
    );
    expect(buckets.map(({ key }) => key)).toEqual(['source:+15005550006', `source:MG${'a'.repeat(32)}`]);
    expect((await put([])).body.sources).toEqual([]);
    expect(await api.database.db.query(`SELECT 1 FROM token_bucket WHERE scope = 'source'`)).toEqual([]);
  });

  it.each([
    ['a name without room for its mark', [{ country: 'SA', from: 'Ninechars' }], 'from', 'NAME_TOO_LONG'],
    ['the same in the Emirates', [{ country: 'AE', from: 'Ninechars' }], 'from', 'NAME_TOO_LONG'],
    ['a name in the US', [{ country: 'US', from: 'Nakheel' }], 'from', 'NAME_NOT_ALLOWED'],
    ['a name in Canada', [{ country: 'CA', from: 'Nakheel' }], 'from', 'NAME_NOT_ALLOWED'],
    ['Arabic letters', [{ from: 'نخيل' }], 'from', 'NOT_A_SOURCE'],
    ['twelve characters', [{ from: 'TwelveCharss' }], 'from', 'NOT_A_SOURCE'],
  ])('is refused for %s', async (_what, sources, path, code) => {
    const answer = await put(sources);
    expect([answer.status, answer.body.code]).toEqual([422, 'SMS_SOURCES_INVALID']);
    expect(answer.body.errors).toMatchObject([{ path: `sources.0.${path}`, code }]);
    expect((await api.request('GET', `/v1/senders/${senderId}/sms-sources`)).body.sources).toEqual([]);
  });

  it('is refused where a country has two, or one number two speeds', async () => {
    const twice = await put([{ from: '+15005550006' }, { from: '+15005550007' }]);
    expect(twice.body.errors).toMatchObject([{ path: 'sources.1.country', code: 'REPEATED' }]);
    const speeds = await put([{ from: '+15005550006' }, { country: 'SA', from: '+15005550006', rate: null }]);
    expect(speeds.body.errors).toMatchObject([{ path: 'sources.1.rate', code: 'RATES_DIFFER' }]);
    const same = { messages: 1, per: 'second' };
    expect(
      (await put([{ from: '+15005550006' }, { country: 'SA', from: '+15005550006', rate: same }])).status,
    ).toBe(200);
  });

  it('is nothing of a sender that is not there', async () => {
    expect((await put([], 'snd_999')).status).toBe(404);
    expect((await put([{ from: '+15005550006', country: 'XX' }])).status).toBe(400);
  });
});
