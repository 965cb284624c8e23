import { type AddressHasher } from '#common';
import { type ContactFields } from '#contacts';

/** Keyed fingerprints of the addresses that were told with an order. */
export interface AddressHashes {
  email: Buffer | null;
  phone: Buffer | null;
}

type Addresses = Pick<ContactFields, 'email' | 'phone'>;

/** null: no address was told. */
export function toldHashesOf({ email, phone }: Addresses, hasher: AddressHasher): AddressHashes | null {
  if (email === null && phone === null) return null;
  return {
    email: email === null ? null : hasher.hash('email', email),
    phone: phone === null ? null : hasher.hash('sms', phone),
  };
}

/** Whether the address that people are known by, the email, else the phone, was told before. */
export function wasTold({ email, phone }: Addresses, told: AddressHashes, hasher: AddressHasher): boolean {
  const [channel, address, hash] =
    email === null ? (['sms', phone, told.phone] as const) : (['email', email, told.email] as const);
  if (address === null) return true;
  // Kept as it was made: perhaps with fewer keys than there are now.
  return hash !== null && hasher.hashesOf(channel, address).some(one => one.equals(hash));
}
