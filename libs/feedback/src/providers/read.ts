import { isIP } from 'node:net';
import { storable } from '#database';

/**
 * Readers of what somebody else wrote. Each answers null for what is not of its kind, and none throws: a provider may add
 * fields, leave some out or change their type, and a hostile caller does all of it.
 */

export type Fields = Readonly<Record<string, unknown>>;

const DIAGNOSTIC = 2000;
const LONGEST_ID = 998; // of a header line, RFC 5322 section 2.1.1
const SEVERAL = 1000;
/** Before this nobody sent us anything. */
const EARLIEST_MS = Date.UTC(2000, 0, 1);
/** Clocks differ; what lies further ahead is no time. */
const AHEAD_MS = 10 * 60_000;

/** An object's fields; of anything else none. Only its own: `__proto__` and `constructor` are names like others. */
export function fieldsOf(value: unknown): Fields {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject ? Object.assign(Object.create(null) as Fields, value) : {};
}

/** A list's items, such as recipients, at most a thousand; of anything else none. */
export function itemsOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value.slice(0, SEVERAL) : [];
}

/** A text that says something, cut to `longest` characters, or null. */
export function textOf(value: unknown, longest = DIAGNOSTIC): string | null {
  if (typeof value === 'number' && Number.isFinite(value)) return String(value);
  if (typeof value !== 'string') return null;
  const text = storable(value.slice(0, longest)).trim();
  return text === '' ? null : text;
}

/** A plain address, lower-cased; null for names, lists and whatever else is none. */
export function addressOf(value: unknown): string | null {
  if (typeof value !== 'string' || value.length > 400) return null;
  const bare = /^[^<>]{0,200}<([^<>]+)>\s*$/.exec(value)?.[1] ?? value;
  const address = bare.trim();
  const isAddress = address.length <= 320 && /^[^\s\p{Cc}@<>,;"]+@[^\s\p{Cc}@<>,;"]+$/u.test(address);
  return isAddress ? storable(address).toLowerCase() : null;
}

/** A Message-ID without its angle brackets; null for what is none. */
export function messageIdOf(value: unknown): string | null {
  if (typeof value !== 'string' || value.length > LONGEST_ID) return null;
  const bare = /^\s*<?([^<>\s@]+@[^<>\s@]+)>?\s*$/.exec(value)?.[1];
  return bare === undefined ? null : textOf(bare, LONGEST_ID);
}

/** An IP address as `node:net` knows it, or null. */
export function ipOf(value: unknown): string | null {
  return typeof value === 'string' && isIP(value) !== 0 ? value.replace(/%.*$/, '') : null;
}

/** A whole number out of a number or a text of digits, or null. */
export function wholeOf(value: unknown): number | null {
  const number = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isSafeInteger(number) && number >= 0 ? number : null;
}

/** A number that is not less than none, out of a number or a text, e.g. Unix seconds with their fraction. */
export function numberOf(value: unknown): number | null {
  const number = typeof value === 'string' && /^\d{1,15}(\.\d{1,9})?$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) && number >= 0 ? number : null;
}

/** The time that a provider tells, in ISO 8601 or in Unix seconds; what nobody can believe is `now`. */
export function instantOf(value: unknown, now: Date): Date {
  const ms =
    typeof value === 'string' && value.length <= 40 && !/^[\d.]+$/.test(value)
      ? Date.parse(value)
      : secondsOf(value);
  return ms >= EARLIEST_MS && ms <= now.getTime() + AHEAD_MS ? new Date(ms) : now;
}

function secondsOf(value: unknown): number {
  return Math.round((numberOf(value) ?? NaN) * 1000);
}

/** Our Message-ID as we gave it along for the provider to return (README: what our relays must be given). */
export function echoedMessageId(metadata: unknown): string | null {
  for (const [name, value] of Object.entries(fieldsOf(metadata))) {
    if (/^message[-_]?id$/i.test(name)) return messageIdOf(value);
  }
  return null;
}
