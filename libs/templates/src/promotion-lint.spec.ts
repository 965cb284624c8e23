import { locales } from '#common';
import { promotionalTexts, serviceTexts } from '../../../test/corpus/promotion.js';
import { readMailFiles } from './mail-files.js';
import { lintPromotion } from './promotion-lint.js';

const files = readMailFiles();
const found = (text: string, messageClass: 'service' | 'transactional' = 'service') =>
  lintPromotion({ en: { subject: text } }, messageClass, files);

it('rates', () => {
  for (const locale of locales) {
    const wrong = serviceTexts[locale].filter(text => found(text).length > 0);
    const missed = promotionalTexts[locale].filter(text => found(text).length === 0);
    console.log(locale, wrong.map(text => `${text} :: ${found(text)[0]?.words} ${found(text)[0]?.code}`), missed);
  }
});
