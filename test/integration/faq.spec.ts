import { type Locale } from '#common';
import { ConsentsService } from '#consent';
import {
  addCampaign,
  addPeople,
  addShop,
  launch,
  type Shop,
  testSystem,
  type TestSystem,
  untilState,
} from '../factories/system.js';

const delivery = {
  question: { en: 'Where is my order?', ar: 'أين طلبي؟' },
  answer: { en: 'It leaves us within two days.\nThen you get its number.', ar: 'يغادر مستودعنا خلال يومين.' },
  url: 'https://nakheel.example/help/delivery?a=1&b=2',
};
const care = {
  question: { en: 'How do I wash it?' },
  answer: { en: 'By hand & cold, never above 30 <degrees>; {{ sender.legalName }} says so.' },
  url: null,
};

describe('a sender’s FAQ', () => {
  let system: TestSystem;
  let shop: Shop;
  let serviceTopic: string;
  let templateId: string;

  beforeAll(async () => {
    system = await testSystem('postgres');
    shop = await addShop(system);
    const body = {
      senderId: shop.senderId,
      key: 'after',
      name: { en: 'After your purchase' },
      purpose: 'service',
    };
    serviceTopic = (await system.request('POST', '/v1/topics', body)).body.id;
    const mjml = `{% render 'faq', more: 'More' %}\n{% render 'reach', title: 'Ask us', reply: 'Reply to this email.', email: 'Email:', phone: 'Phone:' %}`;
    const variant = { subject: 'Answers', preheader: 'About your order', mjml };
    const content = { en: variant, ar: { ...variant, subject: 'أجوبة' } };
    templateId = (await system.request('POST', '/v1/templates', { name: 'Answers', content })).body.id;
  });
  afterAll(() => system.close());

  const put = (entries: unknown, to = shop.senderId) =>
    system.request('PUT', `/v1/senders/${to}/faq`, { entries });
  const get = (of = shop.senderId) => system.request('GET', `/v1/senders/${of}/faq`);

  it('is empty at first, then what was put, in that order', async () => {
    expect((await get()).body).toEqual({ entries: [] });
    const kept = await put([delivery, care]);
    expect(kept.status).toBe(200);
    expect(kept.body).toEqual({ entries: [delivery, care] });
    expect((await put([care, delivery])).body.entries).toEqual([care, delivery]);
    expect((await get()).body.entries).toEqual([care, delivery]);
    expect((await put([])).body.entries).toEqual([]);
  });

  it('belongs to a sender that there is', async () => {
    for (const answer of [await get('snd_999999'), await put([care], 'snd_999999')])
      expect([answer.status, answer.body.code]).toEqual([404, 'SENDER_NOT_FOUND']);
  });

  it('goes with the sender', async () => {
    const { body } = await system.request('POST', '/v1/senders', { key: 'short-lived' });
    expect((await put([care], body.id)).status).toBe(200);
    expect((await system.request('DELETE', `/v1/senders/${body.id}`)).status).toBe(204);
  });

  it.each<[string, unknown, string]>([
    ['no text in any language', [{ ...care, question: {} }], 'entries.0.question'],
    ['an empty answer', [{ ...care, answer: { en: ' ' } }], 'entries.0.answer.en'],
    ['an answer as long as a letter', [{ ...care, answer: { ar: 'ا'.repeat(1001) } }], 'entries.0.answer.ar'],
    ['a link of another kind', [{ ...care, url: 'javascript:alert(1)' }], 'entries.0.url'],
    ['a question of two lines', [{ ...care, question: { en: 'a\nb' } }], 'entries.0.question.en'],
    ['a control character', [{ ...care, answer: { en: 'a\u0007b' } }], 'entries.0.answer.en'],
    ['a field nobody knows', [{ ...care, price: 1 }], 'entries.0'],
    ['more entries than anybody reads', Array.from({ length: 21 }, () => care), 'entries'],
  ])('is refused with %s', async (_, entries, path) => {
    await put([care]);
    const answer = await put(entries);
    expect([answer.status, answer.body.code]).toEqual([400, 'VALIDATION_FAILED']);
    expect(answer.body.errors.map((one: { path: string }) => one.path)).toContain(path);
    expect((await get()).body.entries).toEqual([care]);
  });

  it('promotes nothing, because service messages show it: each place is named, and what was there stays', async () => {
    await put([care]);
    const answer = await put([
      care,
      {
        question: { en: 'Any offers?', ar: 'هل من خصم؟' },
        answer: { en: 'Yes: 20% off, SAR 50.' },
        url: null,
      },
      {
        question: { en: 'More?' },
        answer: { ar: 'كود خصم {{ x }} لك' },
        url: 'https://nakheel.example/sale',
      },
    ]);
    expect([answer.status, answer.body.code]).toEqual([422, 'FAQ_PROMOTES']);
    const places = answer.body.errors.map(({ path, code }: Record<string, string>) => `${path} ${code}`);
    expect(places).toEqual([
      'entries.1.question.ar DISCOUNT',
      'entries.1.question.en OFFER',
      'entries.1.answer.en DISCOUNT',
      'entries.1.answer.en PRICE',
      'entries.2.answer.ar COUPON',
      'entries.2.url PROMOTIONAL_LINK',
    ]);
    expect((await get()).body.entries).toEqual([care]);
  });

  it('is shown by a preview of that sender', async () => {
    await put([delivery]);
    const { body } = await system.request('POST', `/v1/templates/${templateId}/preview`, {
      ...{ locale: 'ar', senderId: shop.senderId, messageClass: 'service' },
    });
    expect(body.text).toContain('أين طلبي؟');
    expect(body.html).toContain('href="https://nakheel.example/help/delivery?a=1&amp;b=2"');
  });

  it('stands in a test that goes to the team', async () => {
    await put([delivery]);
    const email = 'team@nakheel.example';
    await system.request('POST', '/v1/team-addresses', { email, senderId: shop.senderId });
    await system.database.db.query('UPDATE team_address SET verified_at = $1', [system.clock.now()]);
    const campaign = await addCampaign(system, shop, { topicId: serviceTopic, templateId });
    const sent = await system.request('POST', `/v1/campaigns/${campaign}/test`, {
      to: [email],
      locale: 'en',
    });
    expect(sent.status).toBe(200);
    const mail = await system.inbox.waitFor(({ subject }) => subject?.startsWith('[Test]') === true);
    expect(mail.text).toContain('Where is my order?');
  });

  it.each<[Locale, string[]]>([
    ['en', ['Where is my order?', 'It leaves us within two days.', 'How do I wash it?']],
    ['ar', ['أين طلبي؟', 'يغادر مستودعنا خلال يومين.', 'How do I wash it?']],
  ])(
    'stands in a service mail in "%s", as it is when the mail is made, with the way to a person',
    async (locale, says) => {
      await put([]);
      const [id = 0] = await addPeople(system, shop, 1, { consent: false, locale });
      await system.app.get(ConsentsService, { strict: false }).grant({
        ...{ contactId: id, channel: 'email', topicId: Number(serviceTopic.slice(4)), basis: 'service' },
        evidence: { textShown: 'The terms', method: 'checkout', source: 'tests', country: 'EG' },
        ...{ actor: 'tests', occurredAt: null, expiresAt: null },
      });
      const campaign = await addCampaign(system, shop, { topicId: serviceTopic, templateId });
      await put([delivery, care]);
      await launch(system, campaign);
      const [row] = await system.database.db.query<{ email: string }>(
        'SELECT email FROM contact WHERE id = $1',
        [id],
      );
      const mail = await system.inbox.waitFor(received => received.envelopeTo.includes(row?.email ?? ''));
      const bare = (text: string): string => text.replace(/[\u2066-\u2069]/g, '');
      for (const text of says) {
        expect(mail.html).toContain(text);
        expect(bare(mail.text)).toContain(text);
      }
      // A value and no more: no markup of its own, no Liquid.
      expect(mail.html).toContain(
        'By hand &amp; cold, never above 30 &lt;degrees&gt;; {{ sender.legalName }} says so.',
      );
      expect(bare(mail.text)).toContain('<https://nakheel.example/help/delivery?a=1&b=2>');
      expect(bare(mail.text)).toContain('care@nakheel.example');
      expect(mail.header('reply-to')).toBeTruthy();
      await untilState(system, campaign, 'finished');
    },
  );
});
