import { isSupportedCountry, parsePhoneNumberFromString } from 'libphonenumber-js';
import { bad, good, type Parsed } from './parsed.js';

/** E.164 has at most 15 digits; people add spaces, brackets and dashes. */
const LONGEST = 40;

/**
 * A phone as E.164, e.g. `+966501234567`.
 *
 * A number must be possible, not "valid": number plans grow faster than libraries are updated, and Google's own
 * libphonenumber advises the same for what people type. A number that does not exist costs one refused message;
 * refusing one that does loses a person.
 * @param country ISO 3166-1 alpha-2 that a national number is read for; null: only `+` or `00` numbers can be read.
 */
export function parsePhone(text: string, country: string | null): Parsed<string> {
  const typed = text.trim();
  if (typed === '' || typed.length > LONGEST) return invalid();
  const international = typed.replace(/^(00|٠٠)/, '+');
  const home = country !== null && isSupportedCountry(country) ? country : undefined;
  const number = parsePhoneNumberFromString(international, {
    ...(home === undefined ? {} : { defaultCountry: home }),
    extract: false,
  });
  if (number === undefined && home === undefined && !/^[+＋]/.test(international)) {
    return bad(
      'PHONE_NEEDS_COUNTRY',
      'This phone has no country. Write it with + and the country code, or give the country (ISO 3166-1 alpha-2).',
    );
  }
  if (number === undefined || number.ext !== undefined || !number.isPossible()) return invalid();
  return good(number.number);
}

function invalid(): Parsed<never> {
  return bad(
    'PHONE_INVALID',
    'This is not a phone number; write it with + and the country code, as in +966501234567.',
  );
}

/** The same, or null when it is no phone. */
export function normalizePhone(text: string, country: string | null): string | null {
  const parsed = parsePhone(text, country);
  return parsed.ok ? parsed.value : null;
}
