import fc from 'fast-check';
import { htmlEncoders, subjectEncoder, textEncoder } from './liquid-values.js';

const html = htmlEncoders('rtl');
const subject = subjectEncoder('rtl');
/* eslint-disable no-control-regex -- they must not be there */
const controls = /[\x00-\x1F\x7F-\x9F\u2028\u2029]/;

const anything = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.array(fc.string({ unit: 'binary' })),
  fc.double(),
  fc.boolean(),
  fc.constant(null),
  fc.object(),
);

describe('a value of a contact', () => {
  it('never opens a tag, closes an attribute or begins an entity of its own', () => {
    fc.assert(
      fc.property(anything, value => {
        const text = html.text(value).replace(/^<bdi dir="(ltr|rtl)">|<\/bdi>$/g, '');
        for (const written of [
          text,
          html.title(value),
          html.label(value),
          html.attribute(value),
          html.url(value),
        ]) {
          expect(written).not.toMatch(/[<>"']/);
          expect(written).not.toMatch(/&(?!(amp|lt|gt|quot|#39);)/);
        }
      }),
    );
  });

  it('never breaks the line of a subject, nor turns it around', () => {
    fc.assert(
      fc.property(anything, value => {
        const written = subject(value);
        expect(written).not.toMatch(controls);
        const inside = written.replace(/^[\u2066\u2067]|\u2069$/g, '');
        expect(inside).not.toMatch(/[\u202A-\u202E\u2066-\u2069]/);
        expect(written).not.toMatch(/\p{Surrogate}/u);
      }),
    );
  });

  it.each([
    ['javascript:alert(1)', '#'],
    [' JaVaScRiPt:alert(1)', '#'],
    ['data:text/html,x', '#'],
    ['//evil.example', '#'],
    ['https://shop.example/a b?q="x"', 'https://shop.example/a%20b?q=%22x%22'],
    ['mailto:a@b.example', 'mailto:a@b.example'],
    ['', ''],
  ])('as a link, %s is written %s', (value, expected) => {
    expect(html.url(value)).toBe(expected);
  });

  it('cannot add a parameter or a fragment to a link it is put into', () => {
    expect(html.urlPart('a&admin=1#x')).toBe('a%26admin=1%23x');
    expect(html.urlPart('a%20b')).toBe('a%20b');
  });

  it('is nothing when it is nothing, and never "undefined" or "[object Object]"', () => {
    for (const value of [undefined, null, {}, [], Number.NaN, [null, undefined]]) {
      expect(html.text(value)).toBe('');
      expect(textEncoder('ltr')(value)).toBe('');
    }
  });

  it('that is a list is enumerated as its language does', () => {
    expect(textEncoder('rtl')(['أحمر', 'أخضر'])).toBe('أحمر، أخضر');
    expect(textEncoder('ltr')(['red', 'green'])).toBe('red, green');
  });

  it('that is a link stays bare in a text part, so that mail programs find its end', () => {
    expect(textEncoder('rtl')('https://shop.example/a')).toBe('https://shop.example/a');
  });
});
