import { loadConfig } from '#config';
import { SecretBox } from './secret-box.js';
import { formatSecret, newSecret } from './webhook-signature.js';

const box = (...secrets: string[]): SecretBox =>
  new SecretBox(loadConfig({ ITHN_SECRET: secrets.map(secret => secret.repeat(32)).join(',') }));

describe('the secrets of webhooks', () => {
  it('are random, and of the form that Standard Webhooks has', () => {
    expect(formatSecret(newSecret())).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(newSecret().equals(newSecret())).toBe(false);
  });

  it('open with the key that sealed them, as old once there is a newer one, and with no other', () => {
    const secret = newSecret();
    const sealed = box('a').seal(secret);
    expect(box('a').open(sealed)).toEqual({ secret, isOld: false });
    expect(box('b', 'a').open(sealed)).toEqual({ secret, isOld: true });
    expect(box('b').open(sealed)).toBeNull();
  });

  it('are sealed differently each time, and not opened when a bit was changed or all are missing', () => {
    const sealed = box('a').seal(newSecret());
    for (let at = 0; at < sealed.length; at++) {
      const changed = Buffer.from(sealed);
      changed[at]! ^= 1;
      expect(box('a').open(changed)).toBeNull();
    }
    expect(box('a').open(Buffer.alloc(0))).toBeNull();
    expect(
      box('a')
        .seal(Buffer.alloc(32))
        .equals(box('a').seal(Buffer.alloc(32))),
    ).toBe(false);
  });
});
