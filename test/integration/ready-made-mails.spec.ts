import { type Locale, locales } from '#common';
import { type Answer } from '../factories/api.js';
import { bring, pass, pathOf, waysOf } from '../factories/sequences.js';
import { addWebShop, orderOf, type WebShop } from '../factories/shop-orders.js';
import { addPhones, addSmsShop, SMS_HOUR } from '../factories/sms-shop.js';
import { testSystem, type TestSystem } from '../factories/system.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** Its template's text as a person would get it: what each key of a ready-made sequence became. */
type Keyed = Record<string, string>;

describe('what the ready-made sequences say', () => {
  let system: TestSystem;
  let shop: WebShop;
  let names = 0;

  beforeAll(async () => {
    system = await testSystem('postgres');
    system.clock.set(SMS_HOUR);
    shop = await addWebShop(system);
  });
  afterAll(() => system.close());

  async function install(
    key: string,
    wishes: Record<string, unknown>,
  ): Promise<{ id: string; templates: Keyed }> {
    const path = `/v1/sequences/ready-made/${key}/install`;
    const { status, text, body } = await system.request('POST', path, { senderId: shop.senderId, ...wishes });
    if (status !== 201) throw new Error(`${path} answered ${status}: ${text}`);
    const templates = body.templates.map((one: { key: string; id: string }) => [one.key, one.id]);
    return { id: body.sequenceId, templates: Object.fromEntries(templates) };
  }
  const start = async (id: string): Promise<number> =>
    (await system.request('POST', `/v1/sequences/${id}/start`)).status;

  async function addContact(locale: Locale = 'en'): Promise<{ id: string; email: string }> {
    const email = `told${++names}@example.com`;
    const more = { firstName: locale === 'ar' ? 'ليلى' : 'Sarah', country: 'GB', locale };
    const { body } = await system.request('POST', '/v1/contacts', { email, ...more });
    return { id: body.id, email };
  }
  async function agree(contactId: string): Promise<void> {
    const { status } = await system.request('POST', '/v1/consents', {
      ...{ contactId, channel: 'email', topicId: shop.offers, basis: 'express', method: 'checkbox' },
      ...{ source: 'https://shop.example', textShown: 'Yes, write to me.' },
    });
    expect(status).toBe(201);
  }
  const tell = (contactId: string, data: Record<string, unknown>): Promise<Answer> =>
    system.request('POST', '/v1/events', { contact: { id: contactId }, name: 'cart.abandoned', data });
  const preview = async (templateId: string | undefined, body: Record<string, unknown>): Promise<any> => {
    const answer = await system.request('POST', `/v1/templates/${templateId}/preview`, body);
    expect(answer.status).toBe(200);
    return answer.body;
  };
  /** As a reader sees it: without the characters that keep directions apart. */
  const plain = (text: string): string => text.replace(/[\u2066-\u2069]/g, '');

  it.each([
    ['en', ['Ajwa dates', 'Arabic coffee x 2'], 'Back to the basket'],
    ['ar', ['تمر عجوة', 'قهوة عربية × 2'], 'العودة إلى السلة'],
  ] as const)(
    'in "%s", a cart that was told arrives with its items and the way back',
    async (locale, items, label) => {
      const { id } = await install('abandoned-cart', { topics: { marketing: shop.offers }, sms: false });
      expect(await start(id)).toBe(200);
      const { id: contactId, email } = await addContact(locale);
      await agree(contactId);
      expect((await tell(contactId, { cart_url: 'https://shop.example/cart/7', items })).status).toBe(201);
      await pass(system, 2 * HOUR);
      const mail = await system.inbox.waitFor(({ envelopeTo }) => envelopeTo.includes(email), 5000);
      const lines = plain(mail.text ?? '')
        .split('\n')
        .map(line => line.trim());
      const [first, second] = items.map(item => lines.indexOf(item)) as [number, number];
      expect(first).toBeGreaterThan(0);
      expect(second).toBe(first + 1);
      expect(mail.html).toContain(label);
      expect(mail.html).toContain('href="https://shop.example/cart/7"');
      await system.request('POST', `/v1/sequences/${id}/stop`);
    },
  );

  it.each<[string, unknown]>([
    ['a number', 3],
    ['a single text', 'Ajwa dates'],
    ['an empty list', []],
    ['nothing', null],
  ])('says nothing of what is in the cart when "items" is %s', async (_, items) => {
    const { templates } = await install('abandoned-cart', { topics: { marketing: shop.offers } });
    const contact = await addContact();
    for (const locale of locales) {
      const seen: string[] = [];
      for (const data of [
        { cart_url: 'https://shop.example/c' },
        { cart_url: 'https://shop.example/c', items },
      ]) {
        expect((await tell(contact.id, data)).status).toBe(201);
        seen.push((await preview(templates['reminder'], { locale, contactId: contact.id })).html);
      }
      expect(seen[1]).toBe(seen[0]);
    }
  });

  describe('of an order', () => {
    let afterSales: Keyed;
    let replenishment: Keyed;
    beforeAll(async () => {
      const service = { senderId: shop.senderId, purpose: 'transactional' };
      const { body } = await system.request('POST', '/v1/topics', {
        ...{ ...service, key: 'orders', name: { en: 'Orders', ar: 'الطلبات' } },
      });
      const topics = { transactional: body.id, service: shop.service, marketing: shop.offers };
      afterSales = (await install('after-sales', { topics })).templates;
      replenishment = (await install('replenishment', { topics: { marketing: shop.offers } })).templates;
    });

    const shoes = (url: string | null) => [
      { name: 'Shoes', category: 'shoes', quantity: 1, unitPrice: '129.00', url },
    ];
    async function buyerOf(url: string | null, items: unknown[] = shoes(url)): Promise<string> {
      const email = `buyer${++names}@example.com`;
      expect((await shop.tell(orderOf(email, system.clock.now(), { items }))).status).toBe(200);
      const [row] = await system.database.db.query<{ id: number }>(
        'SELECT id FROM contact WHERE email = $1',
        [email],
      );
      return `con_${row?.id}`;
    }

    it.each([
      ['en', 'Choose what you would like to write about', /^Simply reply to this email\.$/m],
      ['ar', 'يمكنك اختيار ما تود الكتابة عنه', /^يكفي الرد على هذه الرسالة\.$/m],
    ] as const)('in "%s", bids choose only where there is a link to press', async (locale, choose, reply) => {
      const linked = await buyerOf('https://shop.example/p/1');
      const { text, html } = await preview(afterSales['review'], { locale, contactId: linked });
      expect(text).toContain(choose);
      expect(html).toContain('href="https://shop.example/p/1"');
      const bare = await buyerOf(null);
      const said = await preview(afterSales['review'], { locale, contactId: bare });
      expect(said.text).not.toContain(choose);
      expect(said.text).toMatch(reply);
      expect(said.text).toContain('Shoes');
    });

    it.each([
      ['en', 'here it is once again', 'have a look in our shop', 'simply reply to this email'],
      ['ar', 'فها هو مرة أخرى', 'فيمكنك البحث عنه في متجرنا', 'فيكفي الرد على هذه الرسالة'],
    ] as const)(
      'in "%s", the last reminder gives what it says it gives',
      async (locale, again, visit, reply) => {
        const template = replenishment['last-reminder'];
        const said = async (contactId: string, more: Record<string, unknown> = {}): Promise<string> =>
          (await preview(template, { locale, contactId, ...more })).text;
        const bare = await buyerOf(null);
        // The preview's own sender has a web site, this shop's has none.
        const texts = [
          await said(await buyerOf('https://shop.example/p/1')),
          await said(bare),
          await said(bare, { senderId: shop.senderId }),
        ];
        expect(texts.map(text => [again, visit, reply].filter(words => text.includes(words)))).toEqual([
          [again],
          [visit],
          [reply],
        ]);
      },
    );

    it.each([
      ['en', 'This is what you ordered from us'],
      ['ar', 'هذا ما طلبته منا'],
    ] as const)('in "%s", announces no list where there is none', async (locale, words) => {
      const said = async (contactId: string): Promise<string> =>
        (await preview(afterSales['similar'], { locale, contactId })).text;
      expect(await said(await buyerOf(null))).toContain(words);
      expect(await said(await buyerOf(null, []))).not.toContain(words);
    });
  });

  it('the last message of a launch goes by SMS to whom no email may, and only to whom agreed to SMS', async () => {
    const seller = await addSmsShop(system);
    await system.request('PATCH', `/v1/senders/${seller.senderId}`, {
      ...{ registrationPlace: 'Riyadh', fromName: 'Nakheel', fromEmail: 'news@mail.nakheel.example' },
    });
    const product = {
      name: { en: 'Palm lamp', ar: 'مصباح نخلة' },
      benefit: { en: 'It lights a desk for a week.', ar: 'يضيء المكتب أسبوعًا.' },
      url: 'https://nakheel.example/lamp',
    };
    const { id } = await install('aida-launch', { senderId: seller.senderId, product });
    expect(await start(id)).toBe(200);
    const [english = 0] = await addPhones(system, seller, 1);
    const [arabic = 0] = await addPhones(system, seller, 1, { locale: 'ar' });
    const [silent = 0] = await addPhones(system, seller, 1, { consent: false });
    await bring(system, id, [english, arabic, silent]);
    await pass(system, 16 * DAY, 12 * HOUR);
    const texts = system.phone
      .list(50)
      .map(({ text }) => text)
      .sort();
    expect(texts).toEqual([
      expect.stringContaining('New: Palm lamp. To see it and order: https://nakheel.example/lamp'),
      expect.stringContaining('جديدنا: مصباح نخلة\nhttps://nakheel.example/lamp'),
    ]);
    const [way] = await waysOf(system, id, silent);
    expect(await pathOf(system, way?.id ?? '')).toContain('action not_sent NO_CONSENT');
  });
});
