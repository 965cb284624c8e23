import { type AddressHasher, type Channel } from '#common';

/** The fingerprints of a batch's addresses: each is made once, and may be made before it is needed. */
export class Fingerprints {
  readonly #known = new Map<string, Buffer>();

  constructor(private readonly hasher: AddressHasher) {}

  /** @param address already normalised */
  of(channel: Channel, address: string): Buffer {
    const key = `${channel}:${address}`;
    const known = this.#known.get(key);
    if (known) return known;
    const made = this.hasher.hash(channel, address);
    this.#known.set(key, made);
    return made;
  }
}
