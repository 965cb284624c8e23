import { domainToASCII } from 'node:url';

/** An address as SMTP takes it: the domain in ASCII (punycode). */
export interface SmtpAddress {
  address: string;
  /** The local part is not ASCII: the relay must offer SMTPUTF8 (RFC 6531). */
  needsSmtpUtf8: boolean;
}

// The atoms of RFC 5322 section 3.2.3 and dots. Dots in odd places are let through: such mailboxes exist.
const plainLocal = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+$/;
// The same with anything beyond ASCII that is neither a control, a separator nor a lone surrogate (RFC 6531 section 3.3).
const unicodeLocal = /^(?:[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]|(?![\p{C}\p{Z}])\P{ASCII})+$/u;
const quotedLocal = /^"(?:[\x20\x21\x23-\x3b\x3d\x3f-\x5b\x5d-\x7e]|\\[\x20-\x3b\x3d\x3f-\x7e])*"$/;
const domainName =
  /^(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?)*$/i;
const addressLiteral = /^\[(?:IPv6:[0-9A-Fa-f:.]{2,45}|\d{1,3}(?:\.\d{1,3}){3})\]$/;

/** Reads an address; null for what no SMTP command could carry. */
export function toSmtpAddress(text: string): SmtpAddress | null {
  if (text.length > 320) return null;
  const at = text.lastIndexOf('@');
  if (at < 1) return null;
  const local = text.slice(0, at);
  const domain = toAsciiDomain(text.slice(at + 1));
  if (domain === null) return null;
  if (plainLocal.test(local) || quotedLocal.test(local)) {
    return { address: `${local}@${domain}`, needsSmtpUtf8: false };
  }
  return unicodeLocal.test(local) ? { address: `${local}@${domain}`, needsSmtpUtf8: true } : null;
}

function toAsciiDomain(domain: string): string | null {
  if (domainName.test(domain) || addressLiteral.test(domain)) return domain;
  // Nothing else is for the converter: it reads `%2e` and the like in its own way.
  if (!/^(?:[A-Za-z0-9._-]|\P{ASCII})+$/u.test(domain)) return null;
  const ascii = domainToASCII(domain);
  return domainName.test(ascii) ? ascii : null;
}
