import { ADDRESS_HASH_BYTES, type MessageClass } from '#common';
import { type Basis, untracked } from '#consent';
import { type Allowed } from './attempt.repository.js';

/** On what most people get such messages. */
const usualBasis: Record<MessageClass, Basis> = {
  marketing: 'express',
  service: 'service',
  transactional: 'transactional',
};

/** Whom something is written as without being sent to them: for a preview, a test, an estimate. */
export type Imagined = Pick<Allowed, 'firstName' | 'lastName' | 'email' | 'phone' | 'locale' | 'country'> & {
  attributes: Readonly<Record<string, unknown>>;
  timeZone?: string | null;
};

/** The same as if the gate had let them through this moment. No attempt, no event: nothing may be sent to them by it. */
export function imagined(
  person: Imagined,
  messageClass: MessageClass,
  now: Date,
  more: Partial<Allowed> = {},
): Allowed {
  const { firstName, lastName, email, phone, locale, country, attributes, timeZone = null } = person;
  return {
    ...{ firstName, lastName, email, phone, locale, country, timeZone, attributes: { ...attributes } },
    ...{
      contactId: 0,
      attempt: 1,
      address: '',
      addressHash: Buffer.alloc(ADDRESS_HASH_BYTES),
      consentEventId: 0,
    },
    ...{ basis: usualBasis[messageClass], consentSince: now, law: 'none' },
    ...{ phoneCountry: null, closesAt: null, tracking: untracked },
    ...more,
  };
}
