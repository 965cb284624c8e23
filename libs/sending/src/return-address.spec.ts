import { TokenSigner } from '#common';
import { type Config } from '#config';
import { ReturnAddresses, type ReturnKind } from './return-address.js';

const signer = new TokenSigner([Buffer.alloc(32, 7)]);
const at = (domain: string | undefined): ReturnAddresses =>
  new ReturnAddresses({ FEEDBACK_DOMAIN: domain } as Config, signer);
const ours = at('back.shop.example');
const key = { dispatchId: 12_345_678, contactId: 999_999_999 };

describe('a return address', () => {
  it.each<ReturnKind>(['bounce', 'reply', 'unsubscribe'])('for a %s proves its message and its use', kind => {
    expect(ours.read(ours.of(kind, key) ?? '')).toEqual({ kind, key });
  });

  it('survives servers that change the size of letters, and is no longer than servers take', () => {
    const address = ours.of('bounce', { dispatchId: 2 ** 40, contactId: 2 ** 45 }) ?? '';
    expect(ours.read(address.toUpperCase())).toEqual(ours.read(address));
    expect(ours.read(address)).not.toBeNull();
    expect(address.indexOf('@')).toBeLessThanOrEqual(64);
  });

  it('proves nothing once a letter, its use or its domain is another', () => {
    const address = ours.of('bounce', key) ?? '';
    const changed = [...address.slice(0, address.indexOf('@'))].map(
      (letter, i) => [...address].with?.(i, letter === 'a' ? 'b' : 'a').join('') ?? '',
    );
    for (const other of changed) expect(ours.read(other)).toBeNull();
    expect(ours.read(address.replace(/^b-/, 'r-'))).toBeNull();
    expect(ours.read(address.replace('back.', 'other.'))).toBeNull();
    expect(at('other.example').read(address)).toBeNull();
    for (const text of [
      '',
      '@',
      'b-@back.shop.example',
      `b-${'a'.repeat(500)}@back.shop.example`,
      'postmaster@back.shop.example',
    ])
      expect(ours.read(text)).toBeNull();
  });

  it('does not exist where nothing comes back to us', () => {
    expect(at(undefined).of('bounce', key)).toBeNull();
    expect(at(undefined).read(ours.of('bounce', key) ?? '')).toBeNull();
  });
});
