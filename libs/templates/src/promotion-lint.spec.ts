import { type Locale, locales } from '#common';
import { promotionalTexts, serviceTexts } from '../../../test/corpus/promotion.js';
import { section } from '../../../test/factories/template.js';
import { readMailFiles } from './mail-files.js';
import { lintPromotion, type PromotionFault } from './promotion-lint.js';
import { readStarters } from './starters.js';
import { type VariantContent } from './template-content.js';

const files = readMailFiles();
const lint = (
  variant: VariantContent,
  messageClass: 'service' | 'transactional' = 'service',
  locale: Locale = 'en',
): PromotionFault[] => lintPromotion({ [locale]: variant }, messageClass, files);
const wordsOf = (faults: PromotionFault[]): string[] => faults.map(({ words }) => words);

describe('the corpus', () => {
  const count = (texts: Record<Locale, string[]>): number =>
    locales.reduce((n, locale) => n + texts[locale].length, 0);

  it('has texts enough in both languages', () => {
    for (const locale of locales) {
      expect(serviceTexts[locale].length).toBeGreaterThanOrEqual(60);
      expect(promotionalTexts[locale].length).toBeGreaterThanOrEqual(60);
    }
  });

  it.each(['subject', 'mjml', 'text'] as const)('is told apart as %s', part => {
    const faultsOf = (text: string, locale: Locale): PromotionFault[] =>
      lint({ [part]: part === 'mjml' ? section(text) : text }, 'service', locale);
    const alarms: string[] = [];
    const missed: string[] = [];
    for (const locale of locales) {
      for (const text of serviceTexts[locale]) {
        for (const { code, words } of faultsOf(text, locale)) alarms.push(`${text} <- ${code} “${words}”`);
      }
      missed.push(...promotionalTexts[locale].filter(text => faultsOf(text, locale).length === 0));
    }
    const share = (n: number, of: number): string => `${n} of ${of} (${((100 * n) / of).toFixed(1)} %)`;
    const rates =
      `false alarms: ${share(alarms.length, count(serviceTexts))}, ` +
      `missed: ${share(missed.length, count(promotionalTexts))}\n${[...alarms, ...missed].join('\n')}`;
    expect(rates).toBe(
      `false alarms: ${share(0, count(serviceTexts))}, missed: ${share(0, count(promotionalTexts))}\n`,
    );
  });
});

describe('what promotes is found', () => {
  it('in subject, preheader, body, alternative texts and text part, with its line and a sentence', () => {
    const faults = lint({
      subject: 'Your order, and 20% off',
      preheader: 'Last chance',
      mjml: `<mj-section>\n<mj-column>\n<mj-image src="https://x.example/a.png" alt="Summer sale" />\n<mj-text>\n  Thank you.\n  You may\n  also like this.</mj-text></mj-column></mj-section>`,
      text: 'Thank you.\n\nA free gift\nwith every order.',
    });
    expect(faults.map(({ part, line, code, words }) => [part, line, code, words])).toEqual([
      ['subject', undefined, 'DISCOUNT', '20% off'],
      ['preheader', undefined, 'URGENCY', 'Last chance'],
      ['mjml', 3, 'OFFER', 'Summer sale'],
      ['mjml', 6, 'UPSELL', 'You may also like'],
      ['text', 3, 'FREE_GIFT', 'free gift'],
    ]);
    expect(faults[0]?.message).toBe(
      '“20% off” promises a discount, which is marketing. A service message must not: take it out, or send it about a marketing topic.',
    );
  });

  it.each([
    ['elements inside a sentence', section('Now <b>20</b><i>%</i> <span>o</span>ff')],
    ['entities', section('Now 20&#37;&nbsp;o&shy;ff')],
    ['a line break', section('Last<br />chance')],
    [
      'a button',
      `<mj-section><mj-column><mj-button href="https://x.example">Shop now</mj-button></mj-column></mj-section>`,
    ],
    ['the title of a link', section('<a href="https://x.example" title="20% off">See</a>')],
    ['an argument of a partial', `{% render 'panel', title: '15% off everything', text: 'Thank you' %}`],
    ['a literal that Liquid prints', section(`{{ 'Last chance' }}`)],
    ['a fallback', section(`{{ contact.firstName | default: 'Shop now' }}`)],
    ['what Liquid keeps for later', section(`{% assign x = 'Half price' %}{{ x }}`)],
    ['a number that Liquid prints', section('{{ contact.attributes.percent }}% off')],
    ['a branch', section('{% if contact.firstName %}Thank you{% else %}Flash sale!{% endif %}')],
    ['another language than the variant’s', section('شكرًا لك، خصم 20%')],
  ])('in %s', (_, mjml) => {
    expect(lint({ mjml })).toHaveLength(1);
  });

  it.each([
    ['https://shop.example/thanks?utm_campaign=spring', 'utm_campaign='],
    ['https://shop.example/p/42?ref=1&amp;aff_id=7', 'aff_id='],
    ['https://shop.example/sale', '/sale'],
    ['https://shop.example/en/offers/today', '/offers'],
    ['https://shop.example/summer-sale', '/summer-sale'],
    ['https://shop.example/deals', '/deals'],
    ['https://shop.example/shop', '/shop'],
    ['https://shop.example/%D8%B9%D8%B1%D9%88%D8%B6', '/عروض'],
    ['https://offers.shop.example/42', 'offers.shop.example'],
    ['https://shop.example/{{ contact.locale }}/shop', '/shop'],
  ])('in the link %s', (url, words) => {
    const link = { code: 'PROMOTIONAL_LINK', words };
    expect(lint({ mjml: section(`<a href="${url}">here</a>`) })).toMatchObject([link]);
    expect(lint({ text: `See ${url.replace('&amp;', '&')} for more` })).toMatchObject([link]);
  });

  it('however Arabic is spelled', () => {
    for (const text of [
      'خـــصـــم ٢٠٪',
      'خَصْمٌ 20%',
      '\u202Bخصم\u202C 20%',
      'ﺧﺼﻢ 20%',
      'آخِر فُرصة',
      'اخر فرصه',
    ]) {
      expect([text, lint({ subject: text }, 'service', 'ar').length]).toEqual([text, 1]);
    }
  });
});

describe('what does not promote passes', () => {
  it.each([
    'https://shop.example/orders/42',
    'https://shop.example/shop/orders/42',
    'https://shop.example/terms-of-sale',
    'https://shop.example/after-sale-service',
    'https://shop.example/help?article=7&lang=ar',
    'https://shop.example',
    'mailto:care@shop.example?subject=Offer',
    '{{ sender.website }}',
    '{{ preferencesUrl }}',
  ])('in the link %s', url => {
    expect(lint({ mjml: section(`<a href="${url}">here</a>`) })).toEqual([]);
  });

  it('in styles, names of classes, comments, conditions and sources of pictures', () => {
    const mjml = `<mjml><mj-head><mj-style>.sale { color: red } /* 20% off */</mj-style></mj-head><mj-body>
      <!-- Last chance --><mj-section css-class="offers"><mj-column>
      {% if contact.attributes.kind == 'flash sale' %}<mj-text>Thank you</mj-text>{% endif %}
      <mj-image src="https://x.example/sale-20-off.png" alt="The box" width="50%" />
      </mj-column></mj-section></mj-body></mjml>`;
    expect(lint({ mjml })).toEqual([]);
  });

  it('in marketing, whatever it says', () => {
    expect(lintPromotion({ en: { subject: '50% off, last chance' } }, 'marketing', files)).toEqual([]);
  });

  it('in the starters that are letters; the starter of an offer is one in both languages', () => {
    const starters = new Map(readStarters(files).map(({ key, content }) => [key, content]));
    const faults = (key: string) => lintPromotion(starters.get(key) ?? {}, 'service', files);
    expect(faults('announcement')).toEqual([]);
    expect(faults('newsletter')).toEqual([]);
    expect(new Set(faults('offer').map(fault => fault.locale))).toEqual(new Set(locales));
  });
});

describe('a receipt', () => {
  it.each([
    'Receipt no. 42: 3 items, total SAR 249.00, of which VAT 32.48',
    'You paid $19.99 with your card.',
    'Discount (10%): -20.00',
    'Discount: -20.00 SAR',
    'Discount applied: 15 EUR',
    'المجموع ٢٤٩ ر.س شاملًا الضريبة',
    'الخصم: -20.00 ر.س',
    'Total: {{ contact.attributes.total }} EGP',
  ])('may say "%s"', text => {
    expect(lint({ subject: text }, 'transactional')).toEqual([]);
  });

  it.each([
    'Your receipt, and 10% off your next order',
    'Discount code: NEXT10',
    'Use code NEXT10 at checkout',
    'You may also like this for $5',
    'إيصالك، ومعه كوبون للمرة القادمة',
    'Do you still want to receive our emails?',
  ])('may not say "%s"', text => {
    expect(lint({ subject: text }, 'transactional')).not.toEqual([]);
  });

  it('may state prices, which a message of service may not', () => {
    const text = 'Total 249 SAR';
    expect(wordsOf(lint({ subject: text }, 'service'))).toEqual(['249 SAR']);
    expect(lint({ subject: text }, 'transactional')).toEqual([]);
  });
});

describe('asking again for permission (T12)', () => {
  it.each([
    'Please confirm you still want our mails',
    'Would you like to keep receiving our updates?',
    'We need your consent to go on writing to you',
    'Click to stay on our list',
    'نرجو تأكيد رغبتك في استمرار تلقي رسائلنا',
    'هل ما زلت تريد رسائلنا؟',
    'جدّد موافقتك',
  ])('is neither service nor transactional: "%s"', text => {
    for (const messageClass of ['service', 'transactional'] as const) {
      expect(lint({ subject: text }, messageClass)).toMatchObject([{ code: 'RE_PERMISSION' }]);
    }
  });
});

it('reads hostile templates within a second or two, and no longer than it can', () => {
  for (const piece of [
    '5 off ',
    'اكد رغبتك في ',
    '1,1.',
    'get a free ',
    '<b>',
    '&#37;',
    '{{ 5 }}% ',
    '\n \n',
    'https://a.b/',
  ]) {
    const text = piece.repeat(Math.floor(250_000 / piece.length));
    const started = performance.now();
    const faults = [...lint({ text }), ...lint({ mjml: section(text) })];
    expect(performance.now() - started).toBeLessThan(10_000);
    expect(faults.length).toBeLessThanOrEqual(102);
  }
  expect(lint({ text: 'word '.repeat(15_000) })).toMatchObject([{ code: 'TOO_LONG', line: 1 }]);
});
