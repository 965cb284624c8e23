import fc from 'fast-check';
import { fromBase32, toBase32 } from './base32.js';

describe('base32', () => {
  it.each([
    ['', ''],
    ['f', 'my'],
    ['fo', 'mzxq'],
    ['foo', 'mzxw6'],
    ['foob', 'mzxw6yq'],
    ['fooba', 'mzxw6ytb'],
    ['foobar', 'mzxw6ytboi'],
  ])('writes %j as RFC 4648 section 10 does', (plain, coded) => {
    expect(toBase32(Buffer.from(plain))).toBe(coded);
    expect(fromBase32(coded.toUpperCase())?.toString()).toBe(plain);
  });

  it('reads back every sequence of bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), bytes => {
        expect(fromBase32(toBase32(bytes))).toEqual(Buffer.from(bytes));
      }),
    );
  });

  it('has one spelling for each value', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 12 }), text => {
        const bytes = fromBase32(text);
        if (bytes) expect(toBase32(bytes)).toBe(text.toLowerCase());
      }),
    );
    for (const bad of ['a', 'mz1q', 'mzx', 'my=', 'mv', 'aaa', 'م']) expect(fromBase32(bad)).toBeNull();
  });
});
