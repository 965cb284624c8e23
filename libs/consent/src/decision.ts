import { type GateRow } from './gate.repository.js';
import { type Deferral, type Denial } from './reasons.js';

/** Why a country's law applies; `unknown`: no country of the person is known, so the strict default does. */
export const jurisdictionGrounds = ['address', 'phone', 'consent', 'sender', 'unknown'] as const;
export type JurisdictionGround = (typeof jurisdictionGrounds)[number];

export interface Jurisdiction {
  /** ISO 3166-1 alpha-2; null: unknown. */
  country: string | null;
  because: JurisdictionGround[];
}

/** Where a person may be, as far as we know. */
export type Places = Pick<GateRow, 'country' | 'phoneCountry' | 'consentCountry'>;

export type Outcome = 'allow' | 'deny' | 'defer';

/** What the gate says of one contact, and what it went by. */
export interface Decision {
  contactId: number;
  outcome: Outcome;
  /** Of `defer`: when to ask again. */
  until: Date | null;
  /** null: allowed. `CONTACT_NOT_FOUND`: there is no such contact. */
  reason: Denial | Deferral | 'CONTACT_NOT_FOUND' | null;
  basis: string | null;
  consentEventId: number | null;
  /** The law packs that were read, with version and overrides: `GB@2`, `GB@2*7`. */
  law: string[];
  jurisdictions: Jurisdiction[];
}

/** A decision in the words of the API, out of the gate's row; never with the address. */
export function toDecision(row: GateRow, senderCountry: string | null): Decision {
  const isDeferred = row.denial === null && row.deferUntil !== null;
  return {
    contactId: row.contactId,
    outcome: row.denial !== null ? 'deny' : isDeferred ? 'defer' : 'allow',
    until: isDeferred ? row.deferUntil : null,
    reason: row.denial ?? (isDeferred ? row.deferReason : null),
    basis: row.basis,
    consentEventId: row.consentEventId,
    law: row.law?.split('+') ?? [],
    jurisdictions: jurisdictions(row, senderCountry),
  };
}

export function unknownContact(contactId: number): Decision {
  return {
    ...{ contactId, outcome: 'deny', until: null, reason: 'CONTACT_NOT_FOUND' },
    ...{ basis: null, consentEventId: null, law: [], jurisdictions: [] },
  };
}

/** Each country once, with every ground for it. */
function jurisdictions(places: Places, senderCountry: string | null): Jurisdiction[] {
  const { country, phoneCountry, consentCountry } = places;
  const isUnknown = country === null && phoneCountry === null && consentCountry === null;
  const found = new Map<string | null, JurisdictionGround[]>(isUnknown ? [[null, ['unknown']]] : []);
  const grounds = { address: country, phone: phoneCountry, consent: consentCountry, sender: senderCountry };
  for (const ground of jurisdictionGrounds) {
    const place = ground === 'unknown' ? null : grounds[ground];
    if (place !== null) found.set(place, [...(found.get(place) ?? []), ground]);
  }
  return [...found].map(([place, because]) => ({ country: place, because }));
}
