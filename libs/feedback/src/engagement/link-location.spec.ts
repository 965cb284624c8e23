import fc from 'fast-check';
import { locationOf } from './link-location.js';

describe('an address as a header bears it', () => {
  it.each([
    'https://shop.example/a?b=%20c+d&e=%zz&f[]=1|2#/g?h=`{}"<>\\^',
    'HTTP://User:Pa%20ss@Shop.Example:8080/../a//b/?#',
    'https://[2001:db8::1]:443/',
  ])('of ASCII alone stays to the letter: %s', url => {
    expect(locationOf(url)).toBe(url);
  });

  it.each([
    ['https://متجر.example:8443/عروض?نوع=سكري#الأسعار'],
    ['https://shop.example/%D8%AA/تمر?q=a+b%20ج&x[]=1#ز'],
    ['http://user@münchen.example/straße'],
  ])('in another script is what a browser would ask for: %s', url => {
    expect(new URL(locationOf(url)).href).toBe(new URL(url).href);
    expect(locationOf(url)).toMatch(/^[\x21-\x7e]+$/);
  });

  it('changes none of the characters that a header can bear', () => {
    expect(locationOf('https://a.example/%zz|[x]/ت/../%D8%aa?a=+b`c')).toBe(
      'https://a.example/%zz|[x]/%D8%AA/../%D8%aa?a=+b`c',
    );
  });

  it('can be written into a header, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), text => {
        for (const url of [`https://${text}`, `https://a.example/${text}`, text]) {
          const location = locationOf(url);
          expect(location).toMatch(/^[\x21-\x7e]*$/);
          expect(location.slice(0, 8)).toBe(url.startsWith('https://') ? 'https://' : location.slice(0, 8));
        }
      }),
    );
  });

  it('takes no time, however long it is', () => {
    const began = performance.now();
    for (const one of ['ت', '@', ':', '/', '\ud800', ' '])
      for (const before of ['https://', 'https://a.example/']) locationOf(before + one.repeat(300_000));
    expect(performance.now() - began).toBeLessThan(2_000);
  });
});
