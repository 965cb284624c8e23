import { type ErrorDetail } from '#common';
import { mergeAttributes, type AttributeTypes } from './attribute-values.js';
import { type ContactFields, type MatchKey, matchKeys, noFields } from './contact-profile.js';
import { UNIDENTIFIED } from './contact.errors.js';
import { parseEmail } from './email-address.js';
import { good, type Parsed } from './parsed.js';
import { parsePhone } from './phone-number.js';
import { parseCountry, parseLocale } from './place-and-language.js';
import { parseLine } from './plain-text.js';
import { parseTimeZone } from './time-zone.js';

/** What a caller says of a person. Absent: leave it; null or an empty text: clear it. */
export interface ContactInput {
  externalId?: string | null | undefined;
  email?: string | null | undefined;
  phone?: string | null | undefined;
  firstName?: string | null | undefined;
  lastName?: string | null | undefined;
  locale?: string | null | undefined;
  country?: string | null | undefined;
  timeZone?: string | null | undefined;
  attributes?: Record<string, unknown> | null | undefined;
}

export type TextField = Exclude<keyof ContactFields, 'attributes'>;

export const LONGEST_EXTERNAL_ID = 200;
export const LONGEST_NAME = 200;

/** How each field is read. `country` is where a national phone number is from. */
export const fieldParsers: Record<
  TextField,
  (text: string, country: string | null) => Parsed<string | null>
> = {
  externalId: text => parseLine(text, 'The external id', 'EXTERNAL_ID_INVALID', LONGEST_EXTERNAL_ID),
  email: parseEmail,
  phone: parsePhone,
  firstName: text => parseLine(text, 'The first name', 'NAME_INVALID', LONGEST_NAME),
  lastName: text => parseLine(text, 'The last name', 'NAME_INVALID', LONGEST_NAME),
  locale: parseLocale,
  country: parseCountry,
  timeZone: parseTimeZone,
};

/** Country first: a national phone number is read with it. */
export const fieldOrder: readonly TextField[] = [
  'country',
  'externalId',
  'email',
  'phone',
  'firstName',
  'lastName',
  'locale',
  'timeZone',
];

/** One value as it is kept; empty is null. */
export function parseField(field: TextField, text: string, country: string | null): Parsed<string | null> {
  return text.trim() === '' ? good(null) : fieldParsers[field](text, country);
}

/**
 * A person after a change (JSON merge patch, RFC 7396: absent stays, null clears, attributes merge one by one).
 * Pure: it reads no clock and no database, and collects everything that is wrong.
 */
export function applyInput(
  current: Readonly<ContactFields>,
  input: ContactInput,
  types: AttributeTypes,
): { fields: ContactFields; problems: ErrorDetail[] } {
  const fields: ContactFields = { ...current };
  const problems: ErrorDetail[] = [];
  for (const field of fieldOrder) {
    const given = input[field];
    if (given === undefined) continue;
    const parsed: Parsed<string | null> =
      given === null ? good(null) : parseField(field, given, fields.country);
    if (parsed.ok) fields[field] = parsed.value;
    else problems.push({ path: field, code: parsed.code, message: parsed.message });
  }
  if (input.attributes === null) fields.attributes = {};
  else if (input.attributes !== undefined) {
    const merged = mergeAttributes(current.attributes, input.attributes, types);
    if (merged.ok) fields.attributes = merged.value;
    else {
      const path = merged.key === undefined ? 'attributes' : `attributes.${merged.key.slice(0, 60)}`;
      problems.push({ path, code: merged.code, message: merged.message });
    }
  }
  if (problems.length === 0 && matchKeys.every(key => fields[key] === null)) problems.push(UNIDENTIFIED);
  return { fields, problems };
}

/** What can be read of an input, as it is kept, and what cannot. */
export function readContactInput(input: ContactInput): { fields: ContactFields; problems: ErrorDetail[] } {
  const { fields, problems } = applyInput(noFields, input, new Map());
  return { fields, problems: problems.filter(({ code }) => code !== UNIDENTIFIED.code) };
}

/** A key as it is kept, to look somebody up by. */
export function parseKey(key: MatchKey, text: string): Parsed<string | null> {
  // In a query string an unescaped + arrives as a space.
  const typed = key === 'phone' && /^\s*\d{6,}$/.test(text) ? `+${text.trim()}` : text;
  return parseField(key, typed, null);
}
