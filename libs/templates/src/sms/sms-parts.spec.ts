import fc from 'fast-check';
import { septetsOf } from './gsm7.js';
import { sizeOfSms } from './sms-parts.js';

const of = (text: string): string => {
  const { encoding, units, parts } = sizeOfSms(text);
  return `${encoding} ${units} ${parts}`;
};

describe('the size of an SMS', () => {
  it.each([
    ['nothing', '', 'gsm7 0 1'],
    ['160 letters', 'a'.repeat(160), 'gsm7 160 1'],
    ['161 letters', 'a'.repeat(161), 'gsm7 161 2'],
    ['306 letters', 'a'.repeat(306), 'gsm7 306 2'],
    ['307 letters', 'a'.repeat(307), 'gsm7 307 3'],
    ['80 euro signs', '€'.repeat(80), 'gsm7 160 1'],
    ['an escaped character where a part ends', `${'a'.repeat(152)}€${'a'.repeat(152)}`, 'gsm7 306 3'],
    ['70 Arabic letters', 'م'.repeat(70), 'ucs2 70 1'],
    ['71 Arabic letters', 'م'.repeat(71), 'ucs2 71 2'],
    ['134 Arabic letters', 'م'.repeat(134), 'ucs2 134 2'],
    ['a surrogate pair where a part ends', `${'م'.repeat(66)}😀${'م'.repeat(66)}`, 'ucs2 134 3'],
    ['35 emoji', '😀'.repeat(35), 'ucs2 70 1'],
    ['36 emoji', '😀'.repeat(36), 'ucs2 72 2'],
    ['67 emoji', '😀'.repeat(67), 'ucs2 134 3'],
    ['a great c with cedilla', 'Ça va', 'gsm7 5 1'],
    ['a small c with cedilla', 'ça va', 'ucs2 5 1'],
    ['a curly quote', 'It’s here', 'ucs2 9 1'],
    ['a no-break space', 'a\u00a0b', 'ucs2 3 1'],
    ['a tab', 'a\tb', 'ucs2 3 1'],
    ['a form feed', 'a\fb', 'gsm7 4 1'],
    ['an Arabic digit', '٣', 'ucs2 1 1'],
    ['a right-to-left mark', 'a\u200f', 'ucs2 2 1'],
    ['a lone surrogate', 'a\ud83d', 'ucs2 2 1'],
  ])('of %s', (_what, text, expected) => {
    expect(of(text)).toBe(expected);
  });

  it('names the first character that GSM-7 does not have, and where it stands', () => {
    expect(sizeOfSms('Hello 😀 it’s').forcedBy).toEqual({ character: '😀', at: 6 });
    expect(sizeOfSms('Hello 😀 it’s'.slice(8)).forcedBy).toEqual({ character: '’', at: 3 });
    expect(sizeOfSms('Hello').forcedBy).toBeNull();
  });

  /** The same by another way: parts are filled one by one, as a phone network does it. */
  const filled = (text: string): number => {
    const isGsm = [...text].every(character => septetsOf(character) > 0);
    const size = (character: string): number => (isGsm ? septetsOf(character) : character.length);
    const total = [...text].reduce((sum, character) => sum + size(character), 0);
    if (total <= (isGsm ? 160 : 70)) return 1;
    let rest = [...text];
    let parts = 0;
    while (rest.length > 0) {
      let room = isGsm ? 153 : 67;
      let take = 0;
      while (take < rest.length && size(rest[take]!) <= room) room -= size(rest[take++]!);
      rest = rest.slice(take);
      parts++;
    }
    return parts;
  };
  const letters = fc.constantFrom('a', '€', '{', '\n', 'م', '😀', 'é', '’', '\ud83d');
  const gsmLetters = fc.constantFrom('a', '€', '{', '\n', 'é', '[');

  it('is that of parts filled one by one, of any text', () => {
    for (const letter of [letters, gsmLetters]) {
      fc.assert(
        fc.property(fc.array(letter, { maxLength: 500 }), pieces => {
          const text = pieces.join('');
          const { parts, left } = sizeOfSms(text);
          expect(parts).toBe(filled(text));
          expect(left).toBeGreaterThanOrEqual(0);
        }),
        { numRuns: 300 },
      );
    }
  });

  it('grows by no more than a part with each character, and never shrinks in one encoding', () => {
    fc.assert(
      fc.property(fc.array(gsmLetters, { maxLength: 400 }), gsmLetters, (pieces, more) => {
        const before = sizeOfSms(pieces.join('')).parts;
        const after = sizeOfSms(pieces.join('') + more).parts;
        expect(after - before === 0 || after - before === 1).toBe(true);
      }),
    );
  });
});
