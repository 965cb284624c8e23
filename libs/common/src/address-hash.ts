import { createHmac } from 'node:crypto';
import { type Channel } from './channel.js';

/** Bytes of an address hash: 128 bits, the least RFC 2104 section 5 allows for HMAC-SHA-256. */
export const ADDRESS_HASH_BYTES = 16;

/**
 * The keyed fingerprint of an address, which is what a suppression stores instead of the address.
 * Keyed, because a plain hash of a phone number can be reversed by trying every number.
 */
export class AddressHasher {
  readonly #key: Buffer;

  constructor(key: Buffer) {
    this.#key = key;
  }

  /** @param address already normalised: a lower-cased email, or a phone as E.164. */
  hash(channel: Channel, address: string): Buffer {
    return createHmac('sha256', this.#key)
      .update(`${channel}:${address}`)
      .digest()
      .subarray(0, ADDRESS_HASH_BYTES);
  }
}
