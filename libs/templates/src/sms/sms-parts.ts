import { septetsOf } from './gsm7.js';

/** The most a provider takes, in UTF-16 units (Twilio's Body), the legal text included. */
export const LONGEST_SMS = 1600;

export type SmsEncoding = 'gsm7' | 'ucs2';

/** What a text comes to when it is sent as SMS. */
export interface SmsSize {
  encoding: SmsEncoding;
  /** Septets of GSM-7, or UTF-16 units of UCS-2. */
  units: number;
  /** Messages that are sent, and paid for. */
  parts: number;
  /** Units that the last part still has room for. */
  left: number;
  /** The first character that GSM-7 does not have, and its place in UTF-16 units; null: it has them all. */
  forcedBy: { character: string; at: number } | null;
}

/**
 * Units of a message that stands alone, and of each part of one that does not: six octets of its 140 say which part it is
 * (3GPP TS 23.040 section 9.2.3.24.1, an 8-bit reference, as Twilio and others use it).
 */
const room = { gsm7: { alone: 160, part: 153 }, ucs2: { alone: 70, part: 67 } } as const;

/**
 * How a text is sent as SMS. Neither an escaped character nor a surrogate pair is cut in two: where one of two units has
 * no room left, it begins the next part, so that parts are counted and not divided out.
 */
export function sizeOfSms(text: string): SmsSize {
  const characters = [...text];
  const forcedBy = firstForeign(characters);
  const encoding: SmsEncoding = forcedBy === null ? 'gsm7' : 'ucs2';
  const sizes = characters.map(encoding === 'gsm7' ? septetsOf : unitsOf);
  const units = sizes.reduce((sum, size) => sum + size, 0);
  const { alone, part } = room[encoding];
  if (units <= alone) return { encoding, units, parts: 1, left: alone - units, forcedBy };
  let parts = 1;
  let used = 0;
  for (const size of sizes) {
    if (used + size > part) {
      parts++;
      used = 0;
    }
    used += size;
  }
  return { encoding, units, parts, left: part - used, forcedBy };
}

function firstForeign(characters: readonly string[]): SmsSize['forcedBy'] {
  let at = 0;
  for (const character of characters) {
    if (septetsOf(character) === 0) return { character, at };
    at += character.length;
  }
  return null;
}

/** A lone surrogate is one unit, like any other. */
function unitsOf(character: string): number {
  return character.length;
}
