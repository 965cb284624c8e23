import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { ADDRESS_HASH_BYTES, AddressHasher } from './address-hash.js';
import { channels } from './channel.js';

const keys = fc.uniqueArray(fc.uint8Array({ minLength: 32, maxLength: 32 }), {
  minLength: 1,
  maxLength: 5,
  comparator: (a, b) => Buffer.compare(a, b) === 0,
});

describe('an address fingerprint', () => {
  it('is HMAC(newest key, ... HMAC(oldest key, "channel:address")), each step cut to 128 bits', () => {
    const [old, middle, young] = ['a', 'b', 'c'].map(letter => Buffer.from(letter.repeat(32)));
    const step = (key: Buffer, message: string | Buffer): Buffer =>
      createHmac('sha256', key).update(message).digest().subarray(0, 16);
    const first = step(old!, 'email:mona@example.org');
    expect(new AddressHasher([old!]).hash('email', 'mona@example.org')).toEqual(first);
    const third = step(young!, step(middle!, first));
    expect(new AddressHasher([young!, middle!, old!]).hash('email', 'mona@example.org')).toEqual(third);
  });

  it('is the same whether the address is hashed with all keys or a stored one is brought up', () => {
    fc.assert(
      fc.property(keys, fc.nat(4), fc.constantFrom(...channels), fc.string(), (all, at, channel, address) => {
        const newestFirst = all.map(key => Buffer.from(key));
        const generation = (at % all.length) + 1;
        const then = new AddressHasher(newestFirst.slice(all.length - generation));
        const now = new AddressHasher(newestFirst);
        expect(then.generations).toBe(generation);
        const stored = then.hash(channel, address);
        expect(stored).toHaveLength(ADDRESS_HASH_BYTES);
        expect(now.upgrade(stored, generation)).toEqual(now.hash(channel, address));
        expect(now.hashesOf(channel, address)[generation - 1]).toEqual(stored);
        expect(now.hashesOf(channel, address).at(-1)).toEqual(now.hash(channel, address));
        // In one step or in several.
        const between = new AddressHasher(newestFirst.slice(Math.max(0, all.length - generation - 1)));
        const halfway = between.upgrade(stored, generation);
        expect(now.upgrade(halfway, between.generations)).toEqual(now.hash(channel, address));
      }),
    );
  });

  it('of a newer generation than ours is left as it is', () => {
    const newer = Buffer.alloc(16, 7);
    expect(new AddressHasher([Buffer.alloc(32, 1)]).upgrade(newer, 2)).toEqual(newer);
  });

  it('differs with the key, the channel and the address', () => {
    const one = new AddressHasher([Buffer.alloc(32, 1)]);
    const hashes = [
      one.hash('email', 'a@example.org'),
      one.hash('sms', 'a@example.org'),
      one.hash('email', 'b@example.org'),
      new AddressHasher([Buffer.alloc(32, 2)]).hash('email', 'a@example.org'),
      new AddressHasher([Buffer.alloc(32, 2), Buffer.alloc(32, 1)]).hash('email', 'a@example.org'),
      new AddressHasher([Buffer.alloc(32, 1), Buffer.alloc(32, 2)]).hash('email', 'a@example.org'),
    ];
    expect(new Set(hashes.map(hash => hash.toString('hex'))).size).toBe(hashes.length);
  });

  it('has a check value a key, which another key or another order changes', () => {
    const [a, b] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
    const checks = new AddressHasher([b, a]).checks();
    expect(checks).toEqual([...new AddressHasher([a]).checks(), ...new AddressHasher([b]).checks()]);
    expect(checks[0]).not.toEqual(checks[1]);
  });
});
