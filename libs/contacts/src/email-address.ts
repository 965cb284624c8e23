import { domainToASCII } from 'node:url';
import { bad, good, type Parsed } from './parsed.js';

/** RFC 5321 4.5.3.1: octets before the @, and of the whole path without its angle brackets. */
const LONGEST_LOCAL = 64;
const LONGEST = 254;

/** RFC 5322 dot-atom, and the letters of other scripts that RFC 6531 adds. Quoted local parts are refused. */
const LOCAL = /^[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~-]+(\.[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~-]+)*$/u;
const DOMAIN_AS_TYPED = /^[\p{L}\p{M}\p{N}.-]+$/u;
/** Needs no IDNA: plain ASCII without a punycode label, which must be checked to be one. */
const PLAIN_DOMAIN = /^(?!.*xn--)[a-z0-9.-]+$/i;
const LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

const INVALID = bad('EMAIL_INVALID', 'This is not an email address; one looks like name@example.com.');

/**
 * An email address as we keep it: trimmed, lower-cased, its domain in ASCII (punycode, RFC 5891).
 * Lower-casing the local part joins what every provider of note joins, so that one person has one record.
 */
export function parseEmail(text: string): Parsed<string> {
  if (text.length > LONGEST * 4) return INVALID;
  const [local, typedDomain, ...more] = text.trim().normalize('NFC').split('@');
  if (local === undefined || typedDomain === undefined || more.length > 0) return INVALID;
  if (!LOCAL.test(local) || !DOMAIN_AS_TYPED.test(typedDomain)) return INVALID;
  const domain = PLAIN_DOMAIN.test(typedDomain)
    ? typedDomain.toLowerCase()
    : domainToASCII(typedDomain).toLowerCase();
  const labels = domain.split('.');
  if (labels.length < 2 || !labels.every(label => LABEL.test(label))) return INVALID;
  // A last label of digits only would be an IPv4 address (RFC 3696 section 2).
  if (/^\d+$/.test(labels.at(-1) as string)) return INVALID;
  const lowered = local.toLowerCase().normalize('NFC');
  const email = `${lowered}@${domain}`;
  if (Buffer.byteLength(lowered) > LONGEST_LOCAL || Buffer.byteLength(email) > LONGEST) return INVALID;
  return good(email);
}

/** The same, or null when it is no address. */
export function normalizeEmail(text: string): string | null {
  const parsed = parseEmail(text);
  return parsed.ok ? parsed.value : null;
}
