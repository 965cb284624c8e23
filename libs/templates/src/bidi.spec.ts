import { isolateWithCharacters, isolationOf } from './bidi.js';

describe('a value inside a text', () => {
  it.each([
    ['a Latin name in Arabic', 'Sarah', 'rtl', 'ltr'],
    ['an Arabic name in Arabic', 'ليلى', 'rtl', null],
    ['a phone number in Arabic', '+966 50 123 4567', 'rtl', 'ltr'],
    ['an email address in Arabic', 'a@b.example', 'rtl', 'ltr'],
    ['an Arabic name with a number in Arabic', 'شارع 12', 'rtl', 'rtl'],
    ['an Arabic name in English', 'ليلى', 'ltr', 'rtl'],
    ['a Latin name in English', 'Sarah', 'ltr', null],
    ['a number in English', '42', 'ltr', null],
    ['a mixed name in English', 'Café ليلى', 'ltr', 'ltr'],
    ['nothing', '', 'rtl', null],
  ] as const)('that is %s is isolated as its own direction asks', (_, value, surrounding, expected) => {
    expect(isolationOf(value, surrounding)).toBe(expected);
  });

  it('is isolated by invisible characters that are closed again', () => {
    expect(isolateWithCharacters('Sarah', 'rtl')).toBe('\u2066Sarah\u2069');
    expect(isolateWithCharacters('ليلى', 'ltr')).toBe('\u2067ليلى\u2069');
    expect(isolateWithCharacters('ليلى', 'rtl')).toBe('ليلى');
  });
});
