import { createHmac, timingSafeEqual } from 'node:crypto';

const MAC_BYTES = 16;
/** Characters of most tokens at most; one that carries an address says how long it may be. */
const LONGEST = 512;

/**
 * Signs small binary payloads into URL-safe tokens that nobody else can make (HMAC-SHA-256, 128 bits).
 * Keys rotate: the first signs, every one verifies, so a link in an old mail works for ever.
 */
export class TokenSigner {
  readonly #keys: Buffer[];

  constructor(keys: Buffer[]) {
    if (keys.length === 0) throw new Error('TokenSigner needs at least one key.');
    this.#keys = keys;
  }

  /** @param purpose keeps a token made for one use from being accepted for another. */
  sign(purpose: string, payload: Buffer): string {
    const mac = this.#mac(this.#keys[0] as Buffer, purpose, payload);
    return Buffer.concat([payload, mac]).toString('base64url');
  }

  /** The payload, or null for anything that was not signed here for this purpose. */
  verify(purpose: string, token: string, longest = LONGEST): Buffer | null {
    if (token.length > longest || !/^[A-Za-z0-9_-]+$/.test(token)) return null;
    const bytes = Buffer.from(token, 'base64url');
    // base64url decoding is lenient about trailing bits; one token has one spelling.
    if (bytes.length <= MAC_BYTES || bytes.toString('base64url') !== token) return null;
    const payload = bytes.subarray(0, -MAC_BYTES);
    const given = bytes.subarray(-MAC_BYTES);
    let valid = false;
    // Every key is tried, so that the time taken does not tell which one matched.
    for (const key of this.#keys) {
      if (timingSafeEqual(this.#mac(key, purpose, payload), given)) valid = true;
    }
    return valid ? payload : null;
  }

  #mac(key: Buffer, purpose: string, payload: Buffer): Buffer {
    // In one piece: every call into OpenSSL costs more than the hashing of so few octets.
    const signed = Buffer.concat([Buffer.from(`${purpose}\0`), payload]);
    return createHmac('sha256', key).update(signed).digest().subarray(0, MAC_BYTES);
  }
}
