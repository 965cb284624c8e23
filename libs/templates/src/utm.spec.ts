import { domainToASCII } from 'node:url';
import fc from 'fast-check';
import { type UtmTags, withUtm } from './utm.js';

const tags: UtmTags = { source: 'news', medium: 'email', campaign: 'autumn sale', content: 'a&b=c#d' };
const all = 'utm_source=news&utm_medium=email&utm_campaign=autumn%20sale&utm_content=a%26b%3Dc%23d';

describe('the tags of a link', () => {
  it.each([
    ['https://shop.example', `https://shop.example?${all}`],
    ['https://shop.example/a', `https://shop.example/a?${all}`],
    ['https://shop.example/a?', `https://shop.example/a?${all}`],
    ['https://shop.example/a?b=1', `https://shop.example/a?b=1&${all}`],
    ['https://shop.example/a?b=1&', `https://shop.example/a?b=1&${all}`],
    [
      'HTTPS://shop.example/%D8%AA?x[]=%zz#/r?utm_source=x',
      `HTTPS://shop.example/%D8%AA?x[]=%zz&${all}#/r?utm_source=x`,
    ],
    ['https://shop.example/تمر?نوع=١#قسم', `https://shop.example/تمر?نوع=١&${all}#قسم`],
    ['https://shop.example#?', `https://shop.example?${all}#?`],
  ])('are added to %s before its fragment', (url, tagged) => {
    expect(withUtm(url, tags)).toBe(tagged);
  });

  it('replace none that is there, however it is written', () => {
    const three = { source: 'news', medium: 'email', campaign: 'x' };
    expect(withUtm('https://a.example/?UTM_Source=b&utm_medium', three)).toBe(
      'https://a.example/?UTM_Source=b&utm_medium&utm_campaign=x',
    );
    const full = 'https://a.example/?utm_campaign=1&utm_medium=2&utm_source=3';
    expect(withUtm(full, three)).toBe(full);
  });

  it.each([
    ['https://shop.example/', true],
    ['https://www.shop.example/', true],
    ['https://user@shop.example:8443/', true],
    ['https://SHOP.example./', true],
    ['https://متجر.example/', true],
    [`https://${domainToASCII('متجر.example')}/`, true],
    ['https://notshop.example/', false],
    ['https://shop.example.evil.example/', false],
    ['https://evil.example/https://shop.example/', false],
    ['https://shop.example@evil.example/', false],
    ['mailto:a@shop.example', false],
    ['tel:+9661', false],
    ['#top', false],
    ['javascript:alert(1)', false],
  ])('are only for links to the chosen domains: %s is %s', (url, chosen) => {
    const domains = ['shop.example', 'متجر.example'];
    expect(withUtm(url, { ...tags, domains }) !== url).toBe(chosen);
  });

  it('leave everything else of any address to the letter, and are added once', () => {
    fc.assert(
      fc.property(fc.webUrl({ withQueryParameters: true, withFragments: true }), url => {
        const tagged = withUtm(url, tags);
        expect([`?${all}`, `&${all}`, all].map(added => tagged.replace(added, ''))).toContain(url);
        expect(withUtm(tagged, tags)).toBe(tagged);
      }),
    );
  });

  it('take no time on a long address', () => {
    const began = performance.now();
    for (const one of ['&', '?', '#', '@', '.', ':', '&utm_', 'a']) {
      withUtm(`https://shop.example/?${one.repeat(1_000_000)}`, { ...tags, domains: ['a.example'] });
      withUtm(`https://${one.repeat(1_000_000)}`, { ...tags, domains: ['a.example'] });
    }
    expect(performance.now() - began).toBeLessThan(2_000);
  });
});
