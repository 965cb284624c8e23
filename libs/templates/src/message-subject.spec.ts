import fc from 'fast-check';
import { type Locale } from '#common';
import { aPerson, aRenderContext, section } from '../../../test/factories/template.js';
import { LiquidChecker } from './liquid-dialect.js';
import { readMailFiles } from './mail-files.js';
import { factsIn, type MessageSubject, noSubject } from './message-subject.js';
import { sampleSubject } from './sample.js';
import { SmsEngine } from './sms/sms-engine.js';
import { TemplateEngine } from './template-engine.js';

const now = new Date('2026-11-21T09:00:00Z');
const engine = new TemplateEngine(readMailFiles(), () => now);
const smsEngine = new SmsEngine(() => now);

const subject: MessageSubject = {
  purchases: {
    ...{ count: 3, firstAt: new Date('2026-01-05T10:00:00Z'), lastAt: new Date('2026-11-16T22:30:00Z') },
    ...{ daysSinceLast: 4, categories: ['shoes', 'socks'], currency: 'SAR' },
    spent: { SAR: { total: 1_250_500_000, orders: 2 }, KWD: { total: 12_345_000, orders: 1 } },
  },
  order: {
    ...{ number: '1042', placedAt: new Date('2026-11-16T22:30:00Z'), currency: 'SAR', total: 250_500_000 },
    url: 'https://shop.example/orders/1042',
    items: [
      {
        ...{ name: 'Shoes <b>', quantity: 1, price: 200_000_000 },
        ...{ category: 'shoes', url: 'https://shop.example/p/1' },
      },
      { name: 'Socks', quantity: 2, price: 25_250_000, category: null, url: null },
    ],
  },
  event: {
    ...{ name: 'cart.abandoned', occurredAt: new Date('2026-11-20T21:00:00Z') },
    data: { cart_url: 'https://shop.example/cart/7', items: 3, tags: ['a', 'b'], vip: true },
  },
};

async function text(source: string, locale: Locale, about: MessageSubject | undefined): Promise<string> {
  const content = { [locale]: { subject: 'S', mjml: section('x'), text: source } };
  const template = await engine.compile({ defaultLocale: locale, content });
  const context = aRenderContext({ subject: about });
  const mail = template.render(aPerson({ locale, firstName: null }), context);
  // Values are isolated in plain text with characters that nobody sees; an amount holds no break before its currency.
  return (mail.text.split('\n\n')[0] ?? '').replace(/[\u2066-\u2069]/g, '').replaceAll('\u00A0', ' ');
}

describe('what a message is about', () => {
  it.each<[string, string, string]>([
    ['{{ order.number }}', '1042', '1042'],
    ['{{ order.total }}', 'SAR 250.50', '250.50 ر.س.'],
    // Half past ten in the evening by UTC is the next day in Riyadh, where the sender is.
    ['{{ order.placedAt }}', '17 November 2026', '17 نوفمبر 2026'],
    ["{{ order.placedAt | date: '%Y-%m-%d %H:%M' }}", '2026-11-17 01:30', '2026-11-17 01:30'],
    ["{{ order.placedAt | date: '%H:%M', 0 }}", '22:30', '22:30'],
    ['{{ order.total.amount }} {{ order.total.currency }}', '250.5 SAR', '250.5 SAR'],
    ['{% if order.total > 250 %}large{% else %}small{% endif %}', 'large', 'large'],
    ['{% if order.total <= 250 %}small{% else %}large{% endif %}', 'large', 'large'],
    ['{{ order.total | append: "!" }}', 'SAR 250.50!', '250.50 ر.س.!'],
    ['{{ order.total | minus: 50 }}', '200.5', '200.5'],
    [
      '{% for item in order.items %}{{ item.quantity }} {{ item.name }} {{ item.price }};{% endfor %}',
      '1 Shoes <b> SAR 200.00;2 Socks SAR 25.25;',
      '1 Shoes <b> 200.00 ر.س.;2 Socks 25.25 ر.س.;',
    ],
    ['{{ order.items.size }} {{ order.items.first.name }}', '2 Shoes <b>', '2 Shoes <b>'],
    ['{{ purchases.count }}', '3', '3'],
    ['{{ purchases.total }} {{ purchases.average }}', 'SAR 1,250.50 SAR 625.25', '1,250.50 ر.س. 625.25 ر.س.'],
    ['{{ purchases.totals.KWD }}', 'KWD 12.345', '12.345 د.ك.'],
    ['{{ purchases.lastAt }}', '17 November 2026', '17 نوفمبر 2026'],
    ['{{ purchases.categories }}', 'shoes, socks', 'shoes، socks'],
    ['{{ purchases.daysSinceLast }}', '4', '4'],
    [
      '{{ event.name }} {{ event.data.items }} {{ event.data.tags }}',
      'cart.abandoned 3 a, b',
      'cart.abandoned 3 a، b',
    ],
    ['{{ event.occurredAt }}', '21 November 2026', '21 نوفمبر 2026'],
    ['{{ order.constructor }}{{ order.total.toString }}{{ event.data.__proto__ }}.', '.', '.'],
  ])('is written in the language of the message: %s', async (source, english, arabic) => {
    expect(await text(source, 'en', subject)).toBe(english);
    expect(await text(source, 'ar', subject)).toBe(arabic);
  });

  it.each([undefined, noSubject])('is empty, or its default, where there is nothing of it', async about => {
    const source =
      '[{{ order.total }}{{ order.placedAt }}{{ event.data.cart_url }}{{ purchases.average }}]' +
      '[{{ order.number | default: "none" }}][{% for item in order.items %}x{% endfor %}]' +
      '[{% if order %}x{% endif %}][{% if purchases.total > 5 %}x{% endif %}][{{ order.placedAt | date: "%d" }}]';
    expect(await text(source, 'en', about)).toBe('[][none][][][][]');
  });

  it('of somebody who never bought is a count of nothing', async () => {
    const purchases = {
      ...{ count: 0, firstAt: null, lastAt: null, daysSinceLast: null, categories: [], currency: null },
      spent: {},
    };
    const source = '{{ purchases.count }}[{{ purchases.total | default: "-" }}][{{ purchases.lastAt }}]';
    expect(await text(source, 'en', { ...noSubject, purchases })).toBe('0[-][]');
  });

  it('is escaped in HTML, and its links are checked as all are', async () => {
    const body = section(
      '{% for item in order.items %}<a href="{{ item.url }}">{{ item.name }}</a>{% endfor %} <a href="{{ event.data.cart_url }}">cart</a>',
    );
    const content = { en: { subject: 'Order {{ order.number }}', mjml: body } };
    const template = await engine.compile({ defaultLocale: 'en', content });
    const evil: MessageSubject = {
      ...subject,
      event: { name: 'x', occurredAt: now, data: { cart_url: 'javascript:alert(1)' } },
    };
    const mail = template.render(aPerson(), aRenderContext({ subject: evil }));
    expect(mail.subject).toBe('Order 1042');
    expect(mail.html).toContain('<a href="https://shop.example/p/1">Shoes &lt;b&gt;</a>');
    expect(mail.html).toContain('<a href="#">cart</a>');
  });

  it('costs an SMS no character that nobody sees', () => {
    const content = { en: { text: '{{ order.total }} {{ order.placedAt }}' } };
    const sms = smsEngine.compile({ defaultLocale: 'en', content });
    const { text: written, size } = sms.render(aPerson({ locale: 'en' }), {
      ...{ sender: aRenderContext().sender, campaignName: 'x', messageClass: 'transactional', fields: [] },
      ...{ marketingStatement: false, wayOut: null, smartEncoding: false, shortLink: null, subject },
    });
    expect(written).toContain('SAR 250.50 17 November 2026');
    expect(size.encoding).toBe('gsm7');
  });
});

describe('what a template names', () => {
  it.each<[string, string[]]>([
    ['{{ contact.firstName }}', []],
    ['Your order: {{ contact.attributes.order }}', []],
    ["{{ contact.firstName | default: 'your order' }}", []],
    ['{{ my_order.x }}{{ order_count }}{{ reorder }}', []],
    ['{{ order.number }}', ['order']],
    ['{%- if order -%}x{% endif %}', ['order']],
    ['{% for item in order.items %}{{ item.name }}{% endfor %}', ['order']],
    ["{{ ['order'].number }}", ['order']],
    ["{{ 'a' | append: order.number | append: 'b' }}", ['order']],
    [
      '{% assign x = event.data.x %}{{ contact.firstName | default: purchases.count }}',
      ['event', 'purchases'],
    ],
    ["{% render 'button', label: 'Order', href: order.url %}", ['order']],
  ])('%s', (source, names) => {
    expect([...factsIn([source])].sort()).toEqual(names);
  });

  it('is missed by none that Liquid itself finds', () => {
    const checker = new LiquidChecker();
    const piece = fc.constantFrom(
      ...[
        '{{ order.number }}',
        '{{ event.data["order"] }}',
        '{% if purchases.count > 1 and event %}a{% endif %}',
      ],
      ...[
        "{{ 'purchases' | append: \"order's\" }}",
        '{{ contact[order.number] }}',
        '{% for order in contact.attributes.x %}{{ order }}{% endfor %}',
      ],
      ...[
        '{% assign event = 5 %}{{ event }}',
        'plain {{ "it\'s" }} text order',
        "{% case order.number %}{% when '1' %}{{ event.name }}{% endcase %}",
      ],
      ...[
        '{% comment %}{{ purchases.count }}{% endcomment %}',
        "{{ order.items | map: 'name' | join: ', ' }}",
      ],
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 5 }), pieces => {
        const source = pieces.join(' ');
        const named = checker.variables(source).map(([root]) => root ?? '');
        const found: ReadonlySet<string> = factsIn([source]);
        for (const root of named) {
          if (['order', 'event', 'purchases'].includes(root))
            expect({ source, has: found.has(root) }).toEqual({ source, has: true });
        }
      }),
    );
  });

  it('is told by its version, whatever part and language it stands in', async () => {
    const of = async (content: Record<string, object>): Promise<string[]> => [
      ...(await engine.compile({ defaultLocale: 'en', content })).facts,
    ];
    const plain = { subject: 'Hello', mjml: section('order') };
    expect(await of({ en: plain })).toEqual([]);
    expect(await of({ en: { ...plain, subject: '{{ order.number }}' } })).toEqual(['order']);
    expect(await of({ en: { ...plain, preheader: '{{ event.name }}' } })).toEqual(['event']);
    expect(await of({ en: { ...plain, text: '{{ purchases.count }}' } })).toEqual(['purchases']);
    const column =
      "<mj-section><mj-column>{% render 'button', label: 'See it', href: order.url %}</mj-column></mj-section>";
    const button = { ...plain, mjml: column };
    expect(await of({ en: plain, ar: button })).toEqual(['order']);
    const sms = smsEngine.compile({ defaultLocale: 'en', content: { en: { text: '{{ order.number }}' } } });
    expect([...sms.facts]).toEqual(['order']);
  });

  it('is warned of where only some messages have it, and nowhere else', async () => {
    const codes = async (source: string): Promise<string[]> => [
      ...(await engine
        .check({
          defaultLocale: 'en',
          content: { en: { subject: 'Hello', preheader: 'p', mjml: section(source) } },
        })
        .then(warnings => warnings.map(({ code }) => code))),
      ...smsEngine.check({ defaultLocale: 'en', content: { en: { text: source } } }).map(({ code }) => code),
    ];
    expect(await codes('{{ purchases.count }}')).toEqual([]);
    expect(await codes('{{ order.number }}')).toEqual(Array(2).fill('ORDER_ONLY_IN_SEQUENCES'));
    expect(await codes('{{ event.data.whatever }}')).toEqual(Array(2).fill('EVENT_ONLY_IN_SEQUENCES'));
    expect(await codes('{{ purchases.sum }}')).toEqual(Array(2).fill('VARIABLE_UNKNOWN'));
  });

  it.each(['ar', 'en'] as const)('has a sample of everything in %s', async locale => {
    const source =
      '{{ order.total }}|{{ order.items.first.name }}|{{ purchases.total }}|{{ purchases.average }}|{{ event.name }}|{{ order.url }}';
    const parts = (await text(source, locale, sampleSubject(locale, now))).split('|');
    expect(parts).toHaveLength(6);
    for (const part of parts) expect(part).not.toBe('');
  });
});
