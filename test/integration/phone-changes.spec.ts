import { type Topic } from '#consent';
import { type Answer, type TestApi, testApi } from '../factories/api.js';
import { importFile } from '../factories/import.js';
import { addSender, addTopic } from '../factories/sender.js';

/** What somebody agreed to hangs on the number they had: who has it next agreed to nothing, and nor did they for the next. */
describe('a phone number that changes hands', () => {
  let api: TestApi;
  let topic: Topic;
  let numbers = 0;

  beforeAll(async () => {
    api = await testApi();
    topic = await addTopic(api.app, await addSender(api.app));
  });
  afterAll(() => api.close());
  beforeEach(() => api.clock.advance(1000));

  const number = (): string => `+96650${String(++numbers).padStart(7, '0')}`;
  const topicId = (): string => `top_${topic.id}`;
  const contact = async (body: object): Promise<string> => {
    const answer = await api.request('POST', '/v1/contacts', body);
    expect(answer.status).toBe(201);
    return answer.body.id as string;
  };
  const change = async (id: string, body: object): Promise<void> => {
    expect((await api.request('PATCH', `/v1/contacts/${id}`, body)).status).toBe(200);
  };
  const agree = async (id: string, channel = 'sms', more: object = {}): Promise<void> => {
    api.clock.advance(1000);
    const answer: Answer = await api.request('POST', '/v1/consents', {
      ...{ contactId: id, channel, topicId: topicId(), basis: 'express' },
      ...{ textShown: 'Yes, write to me.', method: 'checkbox', source: 'tests' },
      ...more,
    });
    expect(answer.status).toBe(201);
    api.clock.advance(1000);
  };
  /** What the gate says: `allow`, or why not. */
  const gate = async (id: string, channel = 'sms'): Promise<string> => {
    const { body } = await api.request('POST', '/v1/decisions', {
      ...{ contactIds: [id], channel, topicId: topicId() },
    });
    return body.items[0].reason?.code ?? body.items[0].decision;
  };
  /** Somebody who agreed to SMS, and to email. */
  const agreed = async (phone: string): Promise<string> => {
    const id = await contact({
      externalId: `agreed ${phone}`,
      phone,
      email: `p${phone.slice(1)}@example.com`,
    });
    for (const channel of ['sms', 'email']) await agree(id, channel);
    expect([await gate(id), await gate(id, 'email')]).toEqual(['allow', 'allow']);
    return id;
  };

  it('leaves its person without consent for the new one, until they agree anew', async () => {
    const id = await agreed(number());
    await change(id, { phone: number() });
    expect(await gate(id)).toBe('CONSENT_UNPROVEN');
    // What was agreed about their email hangs on that.
    expect(await gate(id, 'email')).toBe('allow');
    await agree(id);
    expect(await gate(id)).toBe('allow');
  });

  it('is meant by a consent of before, also when we learn of it afterwards', async () => {
    const id = await agreed(number());
    const before = api.clock.now().toISOString();
    api.clock.advance(1000);
    await change(id, { phone: number() });
    await agree(id, 'sms', { occurredAt: before });
    expect(await gate(id)).toBe('CONSENT_UNPROVEN');
  });

  it('is not agreed to again by coming back to its person', async () => {
    const phone = number();
    const id = await agreed(phone);
    await change(id, { phone: null });
    expect(await gate(id)).toBe('NO_ADDRESS');
    await change(id, { phone });
    expect(await gate(id)).toBe('CONSENT_UNPROVEN');
  });

  it('written another way is the same number, and voids nothing', async () => {
    const phone = number();
    const id = await agreed(phone);
    await change(id, { phone: `00${phone.slice(1)}` });
    await change(id, { phone: `0${phone.slice(4)}`, country: 'SA' });
    expect(await gate(id)).toBe('allow');
  });

  it.each<[how: string, next: (phone: string, a: string, b: string) => Promise<void>]>([
    [
      'by the API, one call after the other',
      async (phone, a, b) => {
        await change(a, { phone: null });
        await change(b, { phone });
      },
    ],
    [
      'while its person gets another',
      async (phone, a, b) => {
        await change(a, { phone: number() });
        await change(b, { phone });
      },
    ],
    [
      'by a put',
      async (phone, a, b) => {
        await change(a, { phone: number() });
        const { body } = await api.request('GET', `/v1/contacts/${b}`);
        const put = { matchBy: 'externalId', externalId: body.externalId, phone };
        expect((await api.request('PUT', '/v1/contacts', put)).status).toBe(200);
      },
    ],
    [
      'in one file',
      async phone => {
        const file = `external_id,phone\nagreed ${phone},${number()}\nnext of ${phone},${phone}\n`;
        expect(await importFile(api, file)).toMatchObject({ updated: 2, rejected: 0 });
      },
    ],
  ])('takes no consent to its next person: %s', async (_how, next) => {
    const phone = number();
    const a = await agreed(phone);
    const b = await contact({ externalId: `next of ${phone}` });
    await next(phone, a, b);
    expect((await api.request('GET', `/v1/contacts/${b}`)).body.phone).toBe(phone);
    expect(await gate(b)).toBe('NO_CONSENT');
    expect(['NO_ADDRESS', 'CONSENT_UNPROVEN']).toContain(await gate(a));
    expect(await gate(a, 'email')).toBe('allow');
    // Each by their own word alone.
    await agree(b);
    expect(await gate(b)).toBe('allow');
    expect(await gate(a)).not.toBe('allow');
  });

  it('changes hands between two who both agreed, and then neither has', async () => {
    const [one, two] = [number(), number()];
    const [a, b] = [await agreed(one), await agreed(two)];
    const file = `external_id,phone\nagreed ${one},${number()}\nagreed ${two},${one}\n`;
    expect(await importFile(api, file)).toMatchObject({ updated: 2, rejected: 0 });
    expect([await gate(a), await gate(b)]).toEqual(['CONSENT_UNPROVEN', 'CONSENT_UNPROVEN']);
  });

  it('goes to nobody with a consent when its person is deleted', async () => {
    const phone = number();
    const a = await agreed(phone);
    expect((await api.request('DELETE', `/v1/contacts/${a}`)).status).toBe(204);
    const b = await contact({ phone });
    expect(await gate(b)).toBe('NO_CONSENT');
  });

  it('on which somebody said stop stays silent for its next person, until they themselves agree', async () => {
    const phone = number();
    const a = await agreed(phone);
    await api.request('POST', '/v1/consents/withdrawals', {
      ...{ contactId: a, scope: { kind: 'everything' }, source: 'tests' },
    });
    api.clock.advance(1000);
    await change(a, { phone: null });
    const b = await contact({ phone });
    expect(await gate(b)).toBe('WITHDRAWN');
    await agree(b);
    expect(await gate(b)).toBe('allow');
  });

  it('is told in the ledger: whose consent was voided, and why', async () => {
    const id = await agreed(number());
    await change(id, { phone: number() });
    const { body } = await api.request('GET', `/v1/contacts/${id}/consent-events?limit=100`);
    const voided = body.items.filter((one: any) => one.action === 'voided');
    expect(voided).toMatchObject([{ channel: 'sms', method: 'address_changed', topicId: null }]);
  });
});
