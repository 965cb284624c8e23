// The whole numbering plans, 157 KB: the smaller sets know no types. They are the only set that is loaded, and as fast.
import { isSupportedCountry, parsePhoneNumberFromString } from 'libphonenumber-js/max';
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

/** What kinds of numbers the plans tell apart; where they do not, `fixed_line_or_mobile`. */
export const phoneTypes = [
  ...([
    'mobile',
    'fixed_line',
    'fixed_line_or_mobile',
    'toll_free',
    'premium_rate',
    'shared_cost',
    'voip',
  ] as const),
  ...(['personal_number', 'pager', 'uan', 'voicemail'] as const),
] as const;
export type PhoneType = (typeof phoneTypes)[number];

/** What the numbering plans say of a number: to look at, never to refuse it by. */
export interface PhoneFacts {
  /** ISO 3166-1 alpha-2; null: of none, or of none that the plans know. */
  country: string | null;
  /** Whether the plans give out such numbers at all. */
  valid: boolean;
  /** null: of none that is known. */
  type: PhoneType | null;
}

/** @param phone as it is kept, E.164. */
export function phoneFacts(phone: string): PhoneFacts {
  const number = parsePhoneNumberFromString(phone, { extract: false });
  const type = number?.getType()?.toLowerCase();
  return {
    country: number?.country ?? null,
    valid: number?.isValid() ?? false,
    type: phoneTypes.find(one => one === type) ?? null,
  };
}

/** Whether an SMS will hardly arrive there: a number that can be nothing else than a fixed line. */
export function isFixedLine(phone: string): boolean {
  return phoneFacts(phone).type === 'fixed_line';
}
