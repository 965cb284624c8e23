import { foldText } from './fold-text.js';

describe('a folded text', () => {
  it.each([
    ['خـــصـم', 'خصم'],
    ['خَصْمٌ', 'خصم'],
    ['آخر فُرصةٍ', 'اخر فرصه'],
    ['إلى أعلى', 'الي اعلي'],
    ['وفِّرْ ٢٠٪', 'وفر 20%'],
    ['\u202Bخصم\u202C \u200F20\u200E%', 'خصم 20%'],
    ['ﺧﺼﻢ', 'خصم'],
    ['۵۰٫۵', '50.5'],
    ['Last\u00A0\n  CHANCE', 'last chance'],
    ['ＯＦＦ ５０％', 'off 50%'],
    ['dis\u00ADcount, Cafe\u0301', 'discount, cafe'],
    ['Don’t', "don't"],
    ['  ', ''],
  ])('of "%s" is "%s"', (source, text) => {
    expect(foldText(source).text).toBe(text);
  });

  it('knows where each of its characters came from', () => {
    const source = '  خَـصم  ‎20 ٪';
    const { text, at } = foldText(source);
    expect(at).toHaveLength(text.length);
    expect(source[at[text.indexOf('2')]!]).toBe('2');
    expect(source[at[text.indexOf('%')]!]).toBe('٪');
    expect(source[at[0]!]).toBe('خ');
  });
});
