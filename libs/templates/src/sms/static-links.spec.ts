import { staticLinks, withShortLinks } from './static-links.js';

const LONG = 'https://nakheel.example/catalogue/2026/autumn?from=sms';

describe('links in an SMS', () => {
  it.each([
    [`See ${LONG}.`, [LONG]],
    [`انظر ${LONG}، ثم (${LONG}/2)`, [LONG, `${LONG}/2`]],
    [`Twice: ${LONG} ${LONG}!`, [LONG]],
    ['Yours: https://shop.example/o/{{ contact.attributes.order }}', []],
    ['{% if true %}https://shop.example/a{% endif %}', []],
    ['https://shop.example/{{ x }}/b and http://shop.example/c', ['http://shop.example/c']],
    ['mail me at a@shop.example or ftp://shop.example', []],
    ['', []],
  ])('of %j that everybody gets alike are %j', (source, expected) => {
    expect(staticLinks(source)).toEqual(expected);
  });

  it('are shortened whole, each by itself, and never made longer', () => {
    const short = new Map([
      [LONG, 'https://n.example/r/1'],
      ['https://a.example', 'https://n.example/r/longer-than-that'],
    ]);
    const text = `A ${LONG}. B ${LONG}/2 C https://a.example D ${LONG}`;
    expect(withShortLinks(text, url => short.get(url) ?? null)).toBe(
      `A https://n.example/r/1. B ${LONG}/2 C https://a.example D https://n.example/r/1`,
    );
  });
});
