import { createHmac, timingSafeEqual } from 'node:crypto';

const MAC_BYTES = 16;
/** Of a token in which each character counts, behind an address that turns away who guesses. */
const SHORT_MAC_BYTES = 8;
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
    return this.#sign(purpose, payload, MAC_BYTES);
  }

  /** The same with 64 bits, for a text message. One is never taken for the other. */
  signShort(purpose: string, payload: Buffer): string {
    return this.#sign(shortOf(purpose), payload, SHORT_MAC_BYTES);
  }

  /** The payload, or null for anything that was not signed here for this purpose. */
  verify(purpose: string, token: string, longest = LONGEST): Buffer | null {
    return this.#verify(purpose, token, longest, MAC_BYTES);
  }

  /** The payload of a short token. */
  verifyShort(purpose: string, token: string): Buffer | null {
    return this.#verify(shortOf(purpose), token, LONGEST, SHORT_MAC_BYTES);
  }

  #sign(purpose: string, payload: Buffer, macBytes: number): string {
    const mac = this.#mac(this.#keys[0] as Buffer, purpose, payload, macBytes);
    return Buffer.concat([payload, mac]).toString('base64url');
  }

  #verify(purpose: string, token: string, longest: number, macBytes: number): Buffer | null {
    if (token.length > longest || !/^[A-Za-z0-9_-]+$/.test(token)) return null;
    const bytes = Buffer.from(token, 'base64url');
    // base64url decoding is lenient about trailing bits; one token has one spelling.
    if (bytes.length <= macBytes || bytes.toString('base64url') !== token) return null;
    const payload = bytes.subarray(0, -macBytes);
    const given = bytes.subarray(-macBytes);
    let valid = false;
    // Every key is tried, so that the time taken does not tell which one matched.
    for (const key of this.#keys) {
      if (timingSafeEqual(this.#mac(key, purpose, payload, macBytes), given)) valid = true;
    }
    return valid ? payload : null;
  }

  #mac(key: Buffer, purpose: string, payload: Buffer, macBytes: number): Buffer {
    // In one piece: every call into OpenSSL costs more than the hashing of so few octets.
    const signed = Buffer.concat([Buffer.from(`${purpose}\0`), payload]);
    return createHmac('sha256', key).update(signed).digest().subarray(0, macBytes);
  }
}

function shortOf(purpose: string): string {
  return `short ${purpose}`;
}
