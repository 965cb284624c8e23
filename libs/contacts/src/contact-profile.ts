import { type AttributeValue } from './attribute-values.js';

/** What is known of a person, for personalisation: the variables of a template. */
export interface ContactProfile {
  id: number;
  firstName: string | null;
  lastName: string | null;
  email: string | null;
  phone: string | null;
  /** BCP 47. */
  locale: string | null;
  /** ISO 3166-1 alpha-2. */
  country: string | null;
  /** IANA. See `timeZoneOf` for the fallback. */
  timeZone: string | null;
  attributes: Record<string, AttributeValue>;
}

/** Everything of a person that a caller can set. */
export interface ContactFields extends Omit<ContactProfile, 'id'> {
  externalId: string | null;
}

export const matchKeys = ['externalId', 'email', 'phone'] as const;
/** The fields that name one person; each value belongs to at most one contact. */
export type MatchKey = (typeof matchKeys)[number];

/** The key in a sentence. */
export function keyNameOf(key: MatchKey): string {
  return key === 'externalId' ? 'external id' : key;
}

export const noFields: Readonly<ContactFields> = {
  externalId: null,
  email: null,
  phone: null,
  firstName: null,
  lastName: null,
  locale: null,
  country: null,
  timeZone: null,
  attributes: {},
};
