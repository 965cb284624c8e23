import { type MessageClass } from '#common';
import { type Basis, ConsentsService, SendersService } from '#consent';
import {
  addCampaign,
  addPeople,
  addShop,
  launch,
  type Shop,
  testSystem,
  type TestSystem,
  until,
  untilState,
} from '../factories/system.js';
import { section } from '../factories/template.js';

/** What each class is sent on, in these tests. */
const basisOf: Record<MessageClass, Basis> = {
  marketing: 'express',
  service: 'service',
  transactional: 'transactional',
};

describe('the class of a message', () => {
  let system: TestSystem;
  let shop: Shop;
  const topics: Partial<Record<string, string>> = {};
  let names = 0;

  beforeAll(async () => {
    system = await testSystem('postgres');
    shop = await addShop(system);
    topics['marketing'] = shop.topicId;
    for (const purpose of ['service', 'transactional']) {
      const body = { senderId: shop.senderId, key: purpose, name: { en: `Our ${purpose}` }, purpose };
      topics[purpose] = (await system.request('POST', '/v1/topics', body)).body.id;
    }
    const { open_tracking } = await system.app
      .get(SendersService, { strict: false })
      .trackingTopics(Number(shop.senderId.slice(4)));
    topics['open_tracking'] = `top_${open_tracking.id}`;
  });
  afterAll(() => system.close());

  async function template(
    subject: string,
    inside = 'Thank you.',
    preheader = 'About your order',
  ): Promise<string> {
    const content = { en: { subject, preheader, mjml: section(inside) } };
    const answer = await system.request('POST', '/v1/templates', { name: `T${++names}`, content });
    expect(answer.status).toBe(201);
    return answer.body.id as string;
  }
  const campaign = (
    purpose: string,
    templateId: string,
    more: Record<string, unknown> = {},
  ): Promise<string> => addCampaign(system, shop, { topicId: topics[purpose], templateId, ...more });
  const schedule = (id: string) =>
    system.request('POST', `/v1/campaigns/${id}/schedule`, { at: '2026-12-01T10:00:00Z' });

  it('is that of its topic, and a campaign shows it', async () => {
    const templateId = await template('Your order has left');
    for (const purpose of ['marketing', 'service', 'transactional']) {
      const id = await campaign(purpose, templateId);
      expect((await system.request('GET', `/v1/campaigns/${id}`)).body.messageClass).toBe(purpose);
      expect((await schedule(id)).body).toMatchObject({ state: 'scheduled', messageClass: purpose });
    }
    const blank = await system.request('POST', '/v1/campaigns', { name: 'Blank' });
    expect(blank.body.messageClass).toBeNull();
  });

  it('a topic of tracking has none, so nothing can be sent about it', async () => {
    const id = await campaign('open_tracking', await template('Hello'));
    expect((await system.request('GET', `/v1/campaigns/${id}`)).body.messageClass).toBeNull();
    for (const [method, path] of [
      ['POST', 'launch'],
      ['GET', 'audience'],
    ] as const) {
      const answer = await system.request(method, `/v1/campaigns/${id}/${path}`);
      expect([answer.status, answer.body.code]).toEqual([422, 'CAMPAIGN_NOT_READY']);
      expect(answer.body.errors).toMatchObject([{ path: 'topicId', code: 'TOPIC_FOR_TRACKING' }]);
    }
    expect((await schedule(id)).status).toBe(422);
  });

  it('what promotes cannot be scheduled or launched as service or as transactional, and each place is named', async () => {
    const templateId = await template(
      'Your order, and 20% off',
      'Thank you.\n<a href="https://shop.example/sale">Have a look</a>',
      'You may also like',
    );
    for (const purpose of ['service', 'transactional']) {
      const id = await campaign(purpose, templateId);
      for (const answer of [await schedule(id), await system.request('POST', `/v1/campaigns/${id}/launch`)]) {
        expect([answer.status, answer.body.code]).toEqual([422, 'CAMPAIGN_NOT_READY']);
        expect(answer.body.errors).toMatchObject([
          { path: 'template.en.subject', code: 'DISCOUNT', message: expect.stringContaining('“20% off”') },
          { path: 'template.en.preheader', code: 'UPSELL' },
          { path: 'template.en.mjml:2', code: 'PROMOTIONAL_LINK', message: expect.stringContaining('/sale') },
        ]);
      }
      expect((await system.request('GET', `/v1/campaigns/${id}`)).body.state).toBe('draft');
    }
    expect((await schedule(await campaign('marketing', templateId))).status).toBe(200);
  });

  it('a scheduled campaign whose template has come to promote is missed and says why', async () => {
    const templateId = await template('Your order has left');
    const id = await campaign('service', templateId);
    expect((await schedule(id)).status).toBe(200);
    const content = { en: { subject: 'Last chance', preheader: 'x', mjml: section('Hello') } };
    const changed = await system.request('PUT', `/v1/templates/${templateId}`, {
      ...{ name: `T${++names}`, defaultLocale: 'en', content },
    });
    expect(changed.status).toBe(200);
    const before = system.clock.now();
    system.clock.set('2026-12-01T10:00:01Z');
    const missed = await untilCampaign(id, 'missed');
    system.clock.set(before);
    expect(missed.problem).toMatch(/template\.en\.subject: “Last chance”/);
  });

  async function untilCampaign(
    id: string,
    state: string,
  ): Promise<{ state: string; problem: string | null }> {
    const { body } = await until(
      () => system.request('GET', `/v1/campaigns/${id}`),
      answer => answer.body.state === state,
    );
    return body;
  }

  it('a receipt may state what was paid, and a message of service may not', async () => {
    const templateId = await template('Your receipt', 'Total: SAR 249.00');
    expect((await schedule(await campaign('transactional', templateId))).status).toBe(200);
    const refused = await schedule(await campaign('service', templateId));
    expect(refused.body.errors).toMatchObject([{ path: 'template.en.mjml:1', code: 'PRICE' }]);
  });

  it('asking people again whether they want mail is marketing', async () => {
    const templateId = await template('Do you still want to hear from us?');
    for (const purpose of ['service', 'transactional']) {
      const refused = await schedule(await campaign(purpose, templateId));
      expect(refused.body.errors).toMatchObject([{ path: 'template.en.subject', code: 'RE_PERMISSION' }]);
    }
  });

  it('a preview shows the footer and the faults of the class it is asked for', async () => {
    const templateId = await template('20% off', 'Total: SAR 249.00');
    const preview = async (body: object) =>
      (await system.request('POST', `/v1/templates/${templateId}/preview`, body)).body;
    const paths = (body: any): string[] =>
      body.promotions.map((one: any) => `${one.path} ${one.code} ${one.words}`);
    const marketing = await preview({});
    expect(paths(marketing)).toEqual([]);
    expect(marketing.text).toContain('This is a marketing message from');
    const service = await preview({ messageClass: 'service' });
    expect(paths(service)).toEqual(['en.subject DISCOUNT 20% off', 'en.mjml:1 PRICE SAR 249.00']);
    expect(service.text).toContain('Unsubscribe from these updates:');
    const transactional = await preview({ messageClass: 'transactional' });
    expect(paths(transactional)).toEqual(['en.subject DISCOUNT 20% off']);
    expect(transactional.text).not.toMatch(/unsubscribe/i);
    const wrong = await system.request('POST', `/v1/templates/${templateId}/preview`, {
      messageClass: 'spam',
    });
    expect(wrong.status).toBe(400);
  });

  it('a campaign keeps what it offers', async () => {
    const body = { name: 'Shoes', productCategories: ['shoes'] };
    const { body: made } = await system.request('POST', '/v1/campaigns', body);
    expect(made.productCategories).toEqual(['shoes']);
    const changed = await system.request('PATCH', `/v1/campaigns/${made.id}`, {
      productCategories: ['bags'],
    });
    expect(changed.body.productCategories).toEqual(['bags']);
  });

  it.each([
    ['marketing', true, undefined, /marketing message/, /\/u\//],
    ['service', true, 'auto-generated', /been our customer/, /\/u\//],
    ['transactional', false, 'auto-generated', /your own orders/, /\/p\//],
  ] as const)(
    '%s is sent with the headers and the footer of its class',
    async (purpose, listed, auto, says, leads) => {
      const [id = 0] = await addPeople(system, shop, 1, { consent: false });
      await system.app.get(ConsentsService, { strict: false }).grant({
        ...{
          contactId: id,
          channel: 'email',
          topicId: Number(topics[purpose]?.slice(4)),
          basis: basisOf[purpose],
        },
        evidence: { textShown: 'The terms', method: 'checkout', source: 'tests', country: 'EG' },
        ...{ actor: 'tests', occurredAt: null, expiresAt: null },
      });
      const sent = await campaign(purpose, await template('Your order has left'));
      await launch(system, sent);
      const row = await system.database.db.queryOne<{ email: string }>(
        'SELECT email FROM contact WHERE id = $1',
        [id],
      );
      const mail = await system.inbox.waitFor(received => received.envelopeTo.includes(row?.email ?? ''));
      const names = new Set(mail.headers.map(({ name }) => name));
      for (const name of ['list-unsubscribe', 'list-unsubscribe-post', 'list-id']) {
        expect([name, names.has(name)]).toEqual([name, listed]);
      }
      expect(mail.header('auto-submitted')).toBe(auto);
      expect(mail.header('feedback-id')).toContain(`:${purpose}:`);
      expect(mail.text).toMatch(says);
      expect(mail.text).toMatch(leads);
      expect(/\/u\//.test(mail.text + mail.html)).toBe(listed);
      expect(mail.text).toContain('1010123456');
      await untilState(system, sent, 'finished');
    },
  );
});
