import { sizeOfSms } from './sms-parts.js';

/** What can be said in GSM-7 with other characters and no loss; U+ numbers, because most of these look alike. */
const plain = new Map<string, string>([
  // Quotation marks and primes.
  ...[...'\u2018\u2019\u201A\u201B\u2032\u2035\u0060\u00B4\u02BC'].map(sign => [sign, "'"] as const),
  ...[...'\u201C\u201D\u201E\u201F\u2033\u2036\u00AB\u00BB'].map(sign => [sign, '"'] as const),
  // Hyphens and dashes.
  ...[...'\u2010\u2011\u2012\u2013\u2014\u2015\u2212'].map(sign => [sign, '-'] as const),
  // Spaces.
  ...[
    ...'\t\u00A0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200A\u202F\u205F\u3000',
  ].map(sign => [sign, ' '] as const),
  ['\u2026', '...'],
  ['\u2022', '-'],
  ['\u2044', '/'],
  ['\u00D7', 'x'],
  // What is not seen.
  ...[...'\u200B\u200C\u200D\u200E\u200F\u2060\uFEFF\u00AD'].map(sign => [sign, ''] as const),
]);

/**
 * The text in characters of GSM-7, where that takes no more than other signs for quotation marks, dashes and spaces. A text
 * that cannot be said so, an Arabic one first of all, stays as it is: half a change would spare nothing. So does one that would
 * get dearer, as one of many ellipses might.
 */
export function smartlyEncoded(text: string): string {
  const changed = [...text].map(character => plain.get(character) ?? character).join('');
  const [before, after] = [sizeOfSms(text), sizeOfSms(changed)];
  return after.encoding === 'gsm7' && after.parts <= before.parts ? changed : text;
}
