import { type Locale, locales } from '#common';
import { promotionalTexts, serviceTexts } from '../../../test/corpus/promotion.js';
import { type FaqEntry } from './faq-entry.js';
import { lintFaq } from './faq-lint.js';
import { readMailFiles } from './mail-files.js';
import { lintPromotion } from './promotion-lint.js';

const files = readMailFiles();
const entry = (more: Partial<FaqEntry>): FaqEntry => ({
  question: { en: 'Where?' },
  answer: { en: 'Here.' },
  url: null,
  ...more,
});
const isRefused = (text: string, locale: Locale): boolean =>
  lintPromotion({ [locale]: { subject: text } }, 'service', files).length > 0;

describe('the entries of a FAQ', () => {
  it.each(['question', 'answer'] as const)(
    'may say in a %s just what a service mail may say, in both languages',
    field => {
      for (const locale of locales) {
        const texts = [...serviceTexts[locale], ...promotionalTexts[locale]];
        for (const text of texts) {
          const places = lintFaq([entry({}), entry({ [field]: { [locale]: text } })], files).map(
            ({ path }) => path,
          );
          expect([text, places.length > 0]).toEqual([text, isRefused(text, locale)]);
          expect(places.every(path => path === `entries.1.${field}.${locale}`)).toBe(true);
        }
      }
    },
  );

  it.each(['{% comment %}20% off{% endcomment %}', '{{ 20% off }}', '{# 20% off #}', 'Now {20}% off'])(
    'hide nothing in signs that are shown and not run: %s',
    text => {
      expect(lintFaq([entry({ answer: { en: text } })], files).map(({ code }) => code)).toEqual(['DISCOUNT']);
    },
  );

  it('lead to no shop window', () => {
    const paths = [
      'https://shop.example/sale',
      'https://shop.example/help?utm_source=faq',
      'https://shop.example/help',
    ].map(url => lintFaq([entry({ url })], files).map(({ path }) => path));
    expect(paths).toEqual([['entries.0.url'], ['entries.0.url'], []]);
  });
});
