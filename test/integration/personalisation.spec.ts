import { jest } from '@jest/globals';
import { Database } from '#database';
import { formatId } from '#common';
import { type Answer } from '../factories/api.js';
import { addPhones, addSmsShop, SMS_HOUR } from '../factories/sms-shop.js';
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
import { section } from '../factories/template.js';

const PLACED = '2026-11-20T21:30:00Z';

describe('messages that name what they are about', () => {
  let system: TestSystem;
  let shop: Shop;
  let shopRow: number;
  let names = 0;

  beforeAll(async () => {
    system = await testSystem('postgres');
    system.clock.set(SMS_HOUR);
    shop = await addShop(system);
    const [row] = await system.database.db.query<{ id: number }>(
      `INSERT INTO shop (name, kind, sender_id, created_at, updated_at)
       VALUES ('Nakheel', 'generic', $1, now(), now()) RETURNING id`,
      [shop.senderId.slice(4)],
    );
    shopRow = row?.id ?? 0;
    // As a sequence adds people: what a message is about is there before its dispatch is frozen.
    await system.database.db.query(`
      CREATE TABLE about (contact_id bigint, order_id bigint, event_id bigint);
      CREATE FUNCTION tell_about() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        INSERT INTO dispatch_person (dispatch_id, contact_id, order_id, event_id)
        SELECT NEW.id, contact_id, order_id, event_id FROM about;
        RETURN NULL;
      END $$;
      CREATE TRIGGER tell_about AFTER INSERT ON dispatch FOR EACH ROW EXECUTE FUNCTION tell_about();`);
  });
  afterAll(() => system.close());
  afterEach(() => jest.restoreAllMocks());

  const addTemplate = async (content: object, channel = 'email'): Promise<string> => {
    const body = { name: `Named ${++names}`, channel, defaultLocale: 'en', content };
    const answer = await system.request('POST', '/v1/templates', body);
    expect(answer.status).toBe(201);
    return answer.body.id as string;
  };
  const mail = (text: string) => ({ en: { subject: 'Your order', mjml: section('x'), text } });

  /** An order of theirs, with two kinds of things in it. Amounts in units. */
  async function addOrder(contactId: number, number: string, total: number): Promise<number> {
    const { db } = system.database;
    const [order] = await db.query<{ id: number }>(
      `INSERT INTO shop_order (shop_id, external_id, number, contact_id, currency, total, url, categories, placed_at, told_at, created_at, updated_at)
       VALUES ($1, $2, $2, $3, 'SAR', $4::bigint * 1000000, 'https://shop.example/orders/' || $2, '{shoes}', $5, $5, $5, $5) RETURNING id`,
      [shopRow, number, contactId, total, PLACED],
    );
    await db.query(
      `INSERT INTO shop_order_item (order_id, seq, name, category, quantity, unit_price, url)
       VALUES ($1, 2, 'Socks', NULL, 2, 10000000, NULL), ($1, 1, 'Shoes', 'shoes', 1, 80000000, 'https://shop.example/p/1')`,
      [order?.id],
    );
    await db.query('SELECT refresh_purchase_facts(ARRAY[$1::bigint])', [contactId]);
    return order?.id ?? 0;
  }

  async function tellEvent(contactId: number, data: object): Promise<number> {
    const body = { contact: { id: formatId('contact', contactId) }, name: 'cart.abandoned', data };
    return Number((await system.request('POST', '/v1/events', body)).body.id.slice(4));
  }

  /** Says what each message is about, launches, waits for the end, and counts how often that was asked for. */
  async function send(
    more: Record<string, unknown>,
    about: { contactId: number; orderId?: number; eventId?: number }[],
    from = shop,
  ): Promise<{ queries: number }> {
    await system.database.db.query('TRUNCATE about');
    for (const { contactId, orderId = null, eventId = null } of about) {
      await system.database.db.query('INSERT INTO about VALUES ($1, $2, $3)', [contactId, orderId, eventId]);
    }
    const query = jest.spyOn(Database.prototype, 'query');
    const campaign = await addCampaign(system, from, more);
    await launch(system, campaign);
    await untilState(system, campaign, 'finished');
    const asked = query.mock.calls.filter(([sql]) => sql.includes('FROM unnest($1::bigint[]) AS k (id)'));
    return { queries: asked.length };
  }

  const textTo = async (email: string): Promise<string> => {
    let text: string | null = null;
    for await (const mail of system.inbox.mails()) if (mail.envelopeTo.includes(email)) text = mail.text;
    if (text === null) throw new Error(`Nothing came for ${email}.`);
    return text;
  };
  const emailOf = async (contactId: number): Promise<string> =>
    (await system.request('GET', `/v1/contacts/${formatId('contact', contactId)}`)).body.email;

  it('carry each person’s own, loaded for a batch at once; and one without it gets the defaults', async () => {
    const own = { ...shop, ...(await freshTopic(shop)) };
    const people = await addPeople(system, own, 30);
    const [first = 0, second = 0, third = 0, bare = 0] = people;
    const orderOfFirst = await addOrder(first, 'A-1', 100);
    const orderOfSecond = await addOrder(second, 'B-2', 250);
    const eventOfThird = await tellEvent(third, { cart_url: 'https://shop.example/cart/3' });
    const templateId = await addTemplate(
      mail(
        '{{ order.number | default: "none" }}|{{ order.total }}|{{ order.placedAt }}|' +
          '{% for item in order.items %}{{ item.quantity }}x{{ item.name }} {{ item.price }},{% endfor %}|' +
          '{{ event.data.cart_url }}|{{ purchases.count }}|{{ purchases.total }}',
      ),
    );
    const { queries } = await send({ templateId, topicId: own.topicId }, [
      { contactId: first, orderId: orderOfFirst },
      { contactId: second, orderId: orderOfSecond },
      { contactId: third, eventId: eventOfThird },
      // Not theirs: nobody is told of another's order.
      { contactId: bare, orderId: orderOfFirst, eventId: eventOfThird },
    ]);
    // A step allows some 40 of a batch of 100.
    expect(queries).toBeGreaterThan(0);
    expect(queries).toBeLessThanOrEqual(3);
    const line = async (contactId: number): Promise<string> =>
      ((await textTo(await emailOf(contactId))).split('\n\n')[0] ?? '')
        .replaceAll('\u00A0', ' ')
        .replace(/[\u2066-\u2069]/g, '')
        .trim();
    expect(await line(first)).toBe(
      'A-1|SAR 100.00|20 November 2026|1xShoes SAR 80.00,2xSocks SAR 10.00,||1|SAR 100.00',
    );
    expect(await line(second)).toMatch(/^B-2\|SAR 250\.00\|/);
    expect(await line(third)).toBe('none||||https://shop.example/cart/3|0|');
    expect(await line(bare)).toBe('none|||||0|');
  });

  it('ask for nothing when their template names nothing of it', async () => {
    const own = { ...shop, ...(await freshTopic(shop)) };
    await addPeople(system, own, 10);
    const templateId = await addTemplate(mail('Hello {{ contact.firstName | default: "your order" }}'));
    expect(await send({ templateId, topicId: own.topicId }, [])).toEqual({ queries: 0 });
  });

  it('by SMS are written, counted and paid with it', async () => {
    const smsShop = await addSmsShop(system, {
      content: { en: { text: 'Order {{ order.number }}: {{ order.total }}' } },
    });
    const [person = 0] = await addPhones(system, smsShop, 1, { locale: 'en' });
    const orderId = await addOrder(person, 'S-9', 75);
    const { queries } = await send({ channel: 'sms' }, [{ contactId: person, orderId }], smsShop);
    expect(queries).toBe(1);
    const [sms] = system.phone.list();
    expect(sms?.text).toContain('Order S-9: SAR 75.00');
  });

  it('are previewed with a sample, and for a contact with their own newest', async () => {
    const own = { ...shop, ...(await freshTopic(shop)) };
    const [person = 0] = await addPeople(system, own, 1);
    const templateId = await addTemplate(mail('{{ order.number }} {{ purchases.count }} {{ event.data.n }}'));
    const preview = (body: object, headers = {}): Promise<Answer> =>
      system.request('POST', `/v1/templates/${templateId}/preview`, body, headers);
    expect((await preview({ locale: 'en' })).body.text).toMatch(/^1042 2 ?\n/);
    const asked = { contactId: formatId('contact', person) };
    expect((await preview(asked)).body.text).toMatch(/^ ?0/);
    await addOrder(person, 'N-1', 10);
    await tellEvent(person, { n: 7 });
    expect((await preview(asked)).body.text).toMatch(/^N-1 1 7\n/);
    expect((await preview(asked)).body.warnings.map(({ code }: any) => code)).toEqual(
      expect.arrayContaining(['ORDER_ONLY_IN_SEQUENCES', 'EVENT_ONLY_IN_SEQUENCES']),
    );
    // Who may not read orders or events sees none in a preview.
    for (const lacking of ['orders:read', 'events:read'] as const) {
      const held = (['templates:read', 'contacts:read', 'orders:read', 'events:read'] as const).filter(
        scope => scope !== lacking,
      );
      const refused = await preview(asked, { authorization: `Bearer ${await system.keyWith(...held)}` });
      expect(refused.status).toBe(403);
      expect(refused.text).toContain(lacking);
    }
  });

  it('are estimated for the people who would get them', async () => {
    const smsShop = await addSmsShop(system, {
      content: {
        en: {
          text: `You bought {{ purchases.count }} times.{% if purchases.count > 0 %}${' thanks'.repeat(30)}{% endif %}`,
        },
      },
    });
    await system.request('PUT', '/v1/sms-prices', {
      currency: 'USD',
      prices: [{ country: 'SA', from: null, price: '0.04' }],
    });
    const people = await addPhones(system, smsShop, 2, { locale: 'en' });
    await addOrder(people[0] ?? 0, 'E-1', 10);
    const campaign = await addCampaign(system, smsShop, { channel: 'sms' });
    const { body } = await system.request('GET', `/v1/campaigns/${campaign}/cost/estimate`);
    expect(body).toMatchObject({ recipients: 2, failing: 0, parts: { least: 1 } });
    expect(body.parts.most).toBeGreaterThan(1);
  });

  async function freshTopic({ senderId }: Shop): Promise<{ topicId: string }> {
    const body = { senderId, key: `topic-${++names}`, name: { en: 'Offers', ar: 'العروض' } };
    return { topicId: (await system.request('POST', '/v1/topics', body)).body.id };
  }
});
