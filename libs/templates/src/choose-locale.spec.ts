import { chooseLocale } from './choose-locale.js';

describe('the variant a person gets', () => {
  const both = new Set(['ar', 'en'] as const);

  it.each([
    ['ar-EG', 'en', 'en', 'ar'],
    ['ar_SA', 'en', 'en', 'ar'],
    ['EN-gb', 'ar', 'ar', 'en'],
    ['fr', 'ar', 'en', 'ar'],
    [null, 'ar-SA', 'en', 'ar'],
    ['arn', 'en', 'ar', 'en'],
    [null, 'fr', 'ar', 'ar'],
    ['', null, 'en', 'en'],
  ] as const)('for locale %s, sender %s, template %s is %s', (person, sender, template, expected) => {
    expect(chooseLocale(both, { person, sender, template })).toBe(expected);
  });

  it('is the default when their language has none', () => {
    expect(chooseLocale(new Set(['en']), { person: 'ar', sender: 'ar', template: 'en' })).toBe('en');
  });
});
