import { type TestApi, testApi } from '../factories/api.js';

describe('senders and topics', () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await testApi();
  });
  afterAll(() => api.close());

  it('a sender says which fields the law still asks for, until none is missing', async () => {
    const bare = await api.request('POST', '/v1/senders', { key: 'bare' });
    expect(bare.status).toBe(201);
    expect(bare.body).toMatchObject({ key: 'bare', defaultLocale: 'en', timeZone: 'UTC' });
    expect(bare.body.missing).toEqual([
      ...[
        'legalName',
        'registeredAddress',
        'registrationNumber',
        'registrationPlace',
        'contactEmail',
        'privacyUrl',
      ],
      ...['fromName', 'fromEmail'],
    ]);
    const filled = await api.request('PATCH', `/v1/senders/${bare.body.id}`, {
      legalName: 'شركة النخيل للتجارة ذ.م.م',
      registeredAddress: '١٢ شارع العليا، الرياض',
      registrationNumber: '1010123456',
      registrationPlace: 'السجل التجاري، الرياض',
      contactEmail: 'Care@Nakheel.example',
      privacyUrl: 'https://nakheel.example/privacy',
      fromName: 'النخيل',
      fromEmail: 'news@nakheel.example',
    });
    expect(filled.body).toMatchObject({ missing: [], contactEmail: 'care@nakheel.example' });
    expect((await api.request('GET', `/v1/senders/${bare.body.id}`)).body).toEqual(filled.body);
  });

  it.each([
    ['a line break in the from-name', { fromName: 'Shop\r\nBcc: all@example.com' }],
    ['an unknown time zone', { timeZone: 'Mars/Olympus' }],
    ['a country that is no code', { country: 'Saudi' }],
    ['a script as a website', { website: 'javascript:alert(1)' }],
    ['a field there is none of', { colour: 'green' }],
    ['a key that changes', { key: 'other' }],
  ])('a sender with %s is refused', async (_, wrong) => {
    const { body } = await api.request('POST', '/v1/senders', {
      key: `s-${Math.abs(hash(JSON.stringify(wrong)))}`,
    });
    const refused = await api.request('PATCH', `/v1/senders/${body.id}`, wrong);
    expect(refused.status).toBe(400);
    expect(refused.body.detail).toContain(Object.keys(wrong)[0]);
    expect((await api.request('GET', `/v1/senders/${body.id}`)).body).toEqual(body);
  });

  it('keys are taken once: a sender everywhere, a topic within its sender, also when two press at once', async () => {
    const presses = await Promise.all(
      [1, 2, 3].map(() => api.request('POST', '/v1/senders', { key: 'once' })),
    );
    expect(presses.map(answer => answer.status).sort()).toEqual([201, 409, 409]);
    const senderId = presses.find(answer => answer.status === 201)!.body.id as string;
    const topic = { senderId, key: 'news', name: { en: 'News' } };
    expect((await api.request('POST', '/v1/topics', topic)).status).toBe(201);
    expect((await api.request('POST', '/v1/topics', topic)).body.code).toBe('TOPIC_KEY_TAKEN');
    const other = await api.request('POST', '/v1/senders', { key: 'other-shop' });
    expect((await api.request('POST', '/v1/topics', { ...topic, senderId: other.body.id })).status).toBe(201);
    const mine = await api.request('GET', `/v1/topics?senderId=${senderId}`);
    expect(mine.body.items).toHaveLength(1);
  });

  it('a topic needs a name in at least one language, and a sender that is there', async () => {
    const { body: sender } = await api.request('POST', '/v1/senders', { key: 'named' });
    expect(
      (await api.request('POST', '/v1/topics', { senderId: sender.id, key: 'a', name: {} })).status,
    ).toBe(400);
    const nowhere = await api.request('POST', '/v1/topics', {
      senderId: 'snd_99999',
      key: 'a',
      name: { ar: 'أ' },
    });
    expect(nowhere.body.code).toBe('SENDER_NOT_FOUND');
  });

  it('what was used stays: a sender with topics, a topic with consents', async () => {
    const { body: sender } = await api.request('POST', '/v1/senders', { key: 'kept' });
    const { body: topic } = await api.request('POST', '/v1/topics', {
      senderId: sender.id,
      key: 'a',
      name: { ar: 'أ' },
    });
    expect((await api.request('DELETE', `/v1/senders/${sender.id}`)).body.code).toBe('SENDER_IN_USE');
    const { body: contact } = await api.request('POST', '/v1/contacts', { email: 'kept@example.com' });
    await api.request('POST', '/v1/consents', {
      ...{ contactId: contact.id, channel: 'email', topicId: topic.id },
      ...{ textShown: 'Yes', source: 'https://shop.example' },
    });
    expect((await api.request('DELETE', `/v1/topics/${topic.id}`)).body.code).toBe('TOPIC_IN_USE');
    const { body: unused } = await api.request('POST', '/v1/topics', {
      senderId: sender.id,
      key: 'b',
      name: { ar: 'ب' },
    });
    expect((await api.request('DELETE', `/v1/topics/${unused.id}`)).status).toBe(204);
    expect((await api.request('GET', `/v1/topics/${unused.id}`)).status).toBe(404);
  });

  it('lists come in pages whose cursors lead to the end', async () => {
    for (let n = 0; n < 5; n++) await api.request('POST', '/v1/senders', { key: `page-${n}` });
    const keys: string[] = [];
    let cursor = '';
    do {
      const page = await api.request('GET', `/v1/senders?limit=2${cursor && `&cursor=${cursor}`}`);
      expect(page.body.items.length).toBeLessThanOrEqual(2);
      keys.push(...page.body.items.map((item: { key: string }) => item.key));
      cursor = page.body.nextCursor ?? '';
    } while (cursor);
    expect(new Set(keys).size).toBe(keys.length);
    expect(keys.filter(key => key.startsWith('page-'))).toHaveLength(5);
    expect((await api.request('GET', '/v1/senders?cursor=nonsense')).body.code).toBe('CURSOR_INVALID');
    expect((await api.request('GET', '/v1/senders?limit=0')).status).toBe(400);
  });
});

function hash(text: string): number {
  return [...text].reduce((sum, character) => (sum * 31 + character.charCodeAt(0)) | 0, 7);
}
