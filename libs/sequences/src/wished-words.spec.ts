import fc from 'fast-check';
import { withWishedWords } from './wished-words.js';

const product = {
  name: { en: 'Lamp', ar: 'مصباح' },
  benefit: { en: 'It lights a desk.', ar: 'يضيء المكتب.' },
  url: 'https://shop.example/lamp?a=1&b=2',
};
const incentive = { en: 'Code AHLAN', ar: 'الرمز AHLAN' };
const textOf = (text: string, words: Parameters<typeof withWishedWords>[1]): string | undefined =>
  withWishedWords({ en: { text } }, words).en?.text;

describe('words that are chosen when a sequence is installed', () => {
  it('stand in each language where they are named', () => {
    const content = {
      en: { text: '[[product.name]]: [[product.url]]' },
      ar: { text: '[[product.benefit]]' },
    };
    expect(withWishedWords(content, { product })).toEqual({
      en: { text: 'Lamp: https://shop.example/lamp?a=1&b=2' },
      ar: { text: 'يضيء المكتب.' },
    });
  });

  it.each([
    ['a [[if incentive]][[incentive]][[else]]none[[end]] z', 'a Code AHLAN z', 'a none z'],
    ['a [[if incentive]][[incentive]][[end]] z', 'a Code AHLAN z', 'a  z'],
    ['[[if incentive]]1[[end]] [[if incentive]]2[[else]]3[[end]] [[if incentive]]4[[end]]', '1 2 4', ' 3 '],
    ['[[if incentive]]\n[[incentive]]\n[[else]]\n-\n[[end]]', '\nCode AHLAN\n', '\n-\n'],
  ])('%j is %j with an incentive, and %j without', (source, given, otherwise) => {
    expect(textOf(source, { incentive })).toBe(given);
    expect(textOf(source, {})).toBe(otherwise);
  });

  it('are text, whatever signs are in them', () => {
    const piece = fc.constantFrom(
      '[[end]]',
      '[[else]]',
      '[[incentive]]',
      '{{',
      '%}',
      '<b>',
      '&',
      '$1',
      '$&',
      'x',
    );
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1, maxLength: 6 }), pieces => {
        const word = pieces.join('');
        const said = textOf('a [[if incentive]][[incentive]][[else]]none[[end]] z', {
          incentive: { en: word, ar: word },
        });
        expect(said).toBe(`a ${word.replace(/\{/g, '(').replace(/\}/g, ')')} z`);
      }),
    );
    const mjml = withWishedWords({ en: { mjml: '[[incentive]]' } }, { incentive: { en: '<b>&', ar: 'x' } });
    expect(mjml.en?.mjml).toBe('&lt;b&gt;&amp;');
  });
});
