import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '#config';

const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Keeps webhooks' secrets so that the database alone does not tell them: they must be known to sign with, so that a hash
 * would not do. Sealed with the newest ITHN_SECRET, opened with any that is configured.
 */
@Injectable()
export class SecretBox {
  readonly #keys: Buffer[];

  constructor(@Inject(CONFIG) { tokenKeys }: Config) {
    this.#keys = tokenKeys.map(key => Buffer.from(hkdfSync('sha256', key, '', 'ithn webhook secrets', 32)));
  }

  seal(secret: Buffer): Buffer {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, this.#keys[0] as Buffer, nonce);
    const text = Buffer.concat([cipher.update(secret), cipher.final()]);
    return Buffer.concat([nonce, cipher.getAuthTag(), text]);
  }

  /** The secret, and whether it should be sealed anew before the old key goes; null when no key opens it. */
  open(sealed: Buffer): { secret: Buffer; isOld: boolean } | null {
    for (const [at, key] of this.#keys.entries()) {
      try {
        const decipher = createDecipheriv(CIPHER, key, sealed.subarray(0, NONCE_BYTES));
        decipher.setAuthTag(sealed.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
        const text = decipher.update(sealed.subarray(NONCE_BYTES + TAG_BYTES));
        return { secret: Buffer.concat([text, decipher.final()]), isOld: at > 0 };
      } catch {
        // Another key's, or nobody's.
      }
    }
    return null;
  }
}
