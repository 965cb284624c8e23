import fc from 'fast-check';
import { TokenSigner } from '#common';
import { readShortLink, readSmsToken, signShortLink, signSmsToken } from './sms-token.js';

const [old, young] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
const signer = new TokenSigner([old]);
const key = fc.record({ dispatchId: fc.nat(10_000_000), contactId: fc.nat(1_000_000_000) });

describe('the short tokens of SMS', () => {
  it('stand for their message, for one use each, also after the secret was rotated', () => {
    const rotated = new TokenSigner([young, old]);
    fc.assert(
      fc.property(key, message => {
        const token = signSmsToken(signer, 'way-out', message);
        expect(readSmsToken(signer, 'way-out', token)).toEqual(message);
        expect(readSmsToken(rotated, 'way-out', token)).toEqual(message);
        expect(readSmsToken(signer, 'status', token)).toBeNull();
        expect(readShortLink(signer, token)).toBeNull();
        expect(signer.verify('sms-way-out', token)).toBeNull();
        expect(token.length).toBeLessThanOrEqual(24);
      }),
    );
  });

  it('are nobody’s with any one character changed', () => {
    const token = signSmsToken(signer, 'way-out', { dispatchId: 7, contactId: 1042 });
    for (let at = 0; at < token.length; at++) {
      const other = token[at] === 'A' ? 'B' : 'A';
      expect(readSmsToken(signer, 'way-out', token.slice(0, at) + other + token.slice(at + 1))).toBeNull();
    }
    for (const text of ['', 'A', token.slice(1), `${token}A`, '../..', 'x'.repeat(10_000)])
      expect(readSmsToken(signer, 'way-out', text)).toBeNull();
  });

  it('of links name the dispatch, the language and the number of the link', () => {
    fc.assert(
      fc.property(
        fc.nat(1_000_000),
        fc.constantFrom('ar' as const, 'en' as const),
        fc.nat(30),
        (dispatchId, locale, link) => {
          const short = { dispatchId, locale, link };
          expect(readShortLink(signer, signShortLink(signer, short))).toEqual(short);
        },
      ),
    );
  });
});
