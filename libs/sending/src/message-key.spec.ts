import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { TokenSigner } from '#common';
import { formatMessageId, messageIdHeader, parseMessageId, readMessageIdHeader } from './message-key.js';

const signer = new TokenSigner([randomBytes(32)]);
const keys = fc.record({
  dispatchId: fc.integer({ min: 1, max: 2 ** 40 }),
  contactId: fc.integer({ min: 1, max: 2 ** 40 }),
});

describe('a message key', () => {
  it('comes back whole from its public id and from its Message-ID', () => {
    fc.assert(
      fc.property(keys, key => {
        expect(parseMessageId(formatMessageId(key))).toEqual(key);
        expect(readMessageIdHeader(signer, messageIdHeader(signer, key, 'shop.example'))).toEqual(key);
      }),
    );
  });

  it('is not read from a Message-ID that another key signed', () => {
    const forged = messageIdHeader(
      new TokenSigner([randomBytes(32)]),
      { dispatchId: 1, contactId: 2 },
      'shop.example',
    );
    expect(readMessageIdHeader(signer, forged)).toBeNull();
  });

  it.each(['', '<>', '<@x>', 'msg_1', '<a.b@x>', 'x'.repeat(1000)])('is not read from %j', text => {
    expect(readMessageIdHeader(signer, text)).toBeNull();
    expect(() => parseMessageId(text)).toThrow(expect.objectContaining({ code: 'MESSAGE_NOT_FOUND' }));
  });
});
