import { plainIp, preferredLocale } from './visitor.js';

describe('a visitor', () => {
  it.each([
    ['203.0.113.9', '203.0.113.9'],
    ['::ffff:203.0.113.9', '203.0.113.9'],
    ['2001:db8::1', '2001:db8::1'],
    ['fe80::1%eth0', 'fe80::1'],
    ['203.0.113.9:443', undefined],
    ['unknown', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('at %s is kept as %s', (given, kept) => {
    expect(plainIp(given)).toBe(kept);
  });

  it.each([
    ['ar', 'ar'],
    ['ar-EG, en;q=0.9', 'ar'],
    ['en;q=0.2, ar;q=0.9', 'ar'],
    ['fr-FR, de;q=0.9', 'en'],
    ['ar;q=0', 'en'],
    ['*', 'en'],
    ['ar;q=x', 'en'],
    [undefined, 'en'],
    [',,;q=1,;;;', 'en'],
  ])('who asks for %s gets %s', (header, locale) => {
    expect(preferredLocale(header)).toBe(locale);
  });
});
