import { createHmac } from 'node:crypto';
import { type Channel } from './channel.js';

/** Bytes of an address hash: 128 bits, the least RFC 2104 section 5 allows for HMAC-SHA-256. */
export const ADDRESS_HASH_BYTES = 16;

/** What a key's check value is the HMAC of; no address looks like it, for no channel is called so. */
const CHECKED = 'ithn address key check';

/**
 * The keyed fingerprint of an address, which is what a suppression stores instead of the address.
 * Keyed, because a plain hash of a phone number can be reversed by trying every number.
 *
 * Keys are added and never taken away. With the keys k1 (the oldest) to kn the fingerprint is HMAC(kn, ... HMAC(k1,
 * address)), each step cut to 128 bits: so a stored fingerprint of one generation is brought to the next without the
 * address, which for a suppression nobody knows any more (docs/adr/0007-address-keys.md).
 */
export class AddressHasher {
  /** Oldest first. */
  readonly #keys: Buffer[];

  /** @param keys newest first, as they are configured. */
  constructor(keys: readonly Buffer[]) {
    if (keys.length === 0) throw new Error('AddressHasher needs at least one key.');
    this.#keys = [...keys].reverse();
  }

  /** How many keys there are; fingerprints made now are of this generation, those of the first key of generation 1. */
  get generations(): number {
    return this.#keys.length;
  }

  /** @param address already normalised: a lower-cased email, or a phone as E.164. */
  hash(channel: Channel, address: string): Buffer {
    return this.upgrade(mac(this.#keys[0] as Buffer, `${channel}:${address}`), 1);
  }

  /**
   * The fingerprints of every generation, oldest first: for records that are never rewritten, as the consent ledger.
   * @param address as for `hash`
   */
  hashesOf(channel: Channel, address: string): Buffer[] {
    let last = mac(this.#keys[0] as Buffer, `${channel}:${address}`);
    return [last, ...this.#keys.slice(1).map(key => (last = mac(key, last)))];
  }

  /**
   * A stored fingerprint in the newest generation. One that is newer than our keys stays as it is: another process
   * made it, and the database is at least as new.
   */
  upgrade(hash: Buffer, fromGeneration: number): Buffer {
    let upgraded = hash;
    for (let at = fromGeneration; at < this.#keys.length; at++)
      upgraded = mac(this.#keys[at] as Buffer, upgraded);
    return upgraded;
  }

  /** A value for each key, oldest first, that tells nothing of it and shows when another has taken its place. */
  checks(): Buffer[] {
    return this.#keys.map(key => mac(key, CHECKED));
  }
}

function mac(key: Buffer, message: string | Buffer): Buffer {
  return createHmac('sha256', key).update(message).digest().subarray(0, ADDRESS_HASH_BYTES);
}
