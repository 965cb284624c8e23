import fc from 'fast-check';
import { formatAmount, parseAmount, parseLargeAmount } from './money.js';

const LARGEST = 999_999_999_999_999;

describe('an amount of money', () => {
  it('is read back as it was written, to the millionth', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: LARGEST }), micros => {
        expect(parseAmount(formatAmount(micros))).toBe(micros);
      }),
    );
  });

  it('is what long arithmetic says of its digits, whatever zeros stand behind', () => {
    const digits = fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 1, maxLength: 9 });
    const decimals = fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(digits, decimals, (whole, part) => {
        const exact = BigInt(whole) * 1_000_000n + BigInt(part.padEnd(6, '0'));
        expect(parseAmount(`${whole}.${part}`)).toBe(Number(exact));
        expect(Number.isSafeInteger(Number(exact))).toBe(true);
      }),
    );
  });

  it('sums as whole numbers do, and not as fractions', () => {
    expect((parseAmount('0.1') as number) + (parseAmount('0.2') as number)).toBe(parseAmount('0.3'));
  });

  it.each([
    [0, '0.00'],
    [45_000, '0.045'],
    [1, '0.000001'],
    [12_500_000, '12.50'],
    [1_000_000, '1.00'],
    [10_000_000, '10.00'],
    [-500_000, '-0.50'],
    [LARGEST, '999999999.999999'],
  ])('of %d millionths is written %s', (micros, text) => expect(formatAmount(micros)).toBe(text));

  it.each([
    '',
    '-1',
    '+1',
    '1.',
    '.5',
    '1,5',
    '1e3',
    '0x1',
    ' 1',
    '1 ',
    '1.0000000',
    '1234567890',
    '١',
    'NaN',
  ])('is not "%s"', text => expect(parseAmount(text)).toBeNull());

  it('is never made of fractions of a millionth, nor of what cannot be counted', () => {
    for (const wrong of [0.5, NaN, Infinity, 2 ** 53]) expect(() => formatAmount(wrong)).toThrow(RangeError);
  });

  it('is large where a currency needs it, and a sum of such as large as it comes', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 999_999_999_999_999_999n }), micros => {
        expect(parseLargeAmount(formatAmount(micros))).toBe(micros);
      }),
    );
    expect(formatAmount(10n * 999_999_999_999_999_999n)).toBe('9999999999999.99999');
    expect(formatAmount(-12_500_000n)).toBe('-12.50');
    expect(parseLargeAmount('1234567890123')).toBeNull();
  });
});
