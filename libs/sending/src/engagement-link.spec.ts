import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { TokenSigner } from '#common';
import { EngagementLinks, type MeasuredLink } from './engagement-link.js';

const signer = new TokenSigner([randomBytes(32)]);
const links = new EngagementLinks(signer);
const link: MeasuredLink = {
  ...{ dispatchId: 7, contactId: 1042, link: 3, of: 8 },
  destination: 'https://متجر.example/عروض?a=%20&b=1#ت',
};

describe('an address that measures', () => {
  it('carries everything that following it needs, whatever it leads to', () => {
    fc.assert(
      fc.property(
        fc.maxSafeNat(),
        fc.maxSafeNat(),
        fc.nat(0x7fff),
        fc.nat(0x7fff),
        fc.string({ unit: 'grapheme', maxLength: 300 }),
        (dispatchId, contactId, number, of, rest) => {
          const one = { dispatchId, contactId, link: number, of, destination: `https://${rest}` };
          expect(links.readClick(links.signClick(one))).toEqual(one);
          expect(links.readOpen(links.signOpen({ dispatchId, contactId }))).toEqual({
            dispatchId,
            contactId,
          });
        },
      ),
    );
  });

  it('has room for the longest destination that is made measurable', () => {
    const destination = `https://a.example/${'x'.repeat(2_000 - 18)}`;
    const one = { dispatchId: 2 ** 52, contactId: 2 ** 52, link: 999, of: 999, destination };
    expect(links.readClick(links.signClick(one))?.destination).toBe(destination);
  });

  it('is nothing once a single character of it is changed, or when it was made for something else', () => {
    const token = links.signClick(link);
    for (let at = 0; at < token.length; at++) {
      const changed = token.slice(0, at) + (token[at] === 'x' ? 'y' : 'x') + token.slice(at + 1);
      expect(links.readClick(changed)).toBeNull();
    }
    expect(links.readClick(links.signOpen(link))).toBeNull();
    expect(links.readOpen(token)).toBeNull();
    expect(new EngagementLinks(new TokenSigner([randomBytes(32)])).readClick(token)).toBeNull();
  });

  it('leads to the web and nowhere else, even if it were signed', () => {
    for (const destination of ['javascript:alert(1)', 'data:text/html,x', '//evil.example', 'ftp://a', '']) {
      expect(links.readClick(links.signClick({ ...link, destination }))).toBeNull();
    }
  });

  it('is read of garbage of any length without an error', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.base64String({ maxLength: 4_000 })), text => {
        expect(links.readClick(text)).toBeNull();
        expect(links.readOpen(text)).toBeNull();
      }),
    );
    const began = performance.now();
    for (const one of ['A', '%', '=', '\u0000', 'ي'])
      expect(links.readClick(one.repeat(1_000_000))).toBeNull();
    expect(performance.now() - began).toBeLessThan(500);
  });
});
