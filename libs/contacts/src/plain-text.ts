import { bad, good, type Parsed } from './parsed.js';

/** C0 and C1 controls: none belongs in a name, and in a mail header a line break forges a header (RFC 5322 2.2). */
// eslint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;
/** The same without tab and line breaks, which a longer text may hold. */
// eslint-disable-next-line no-control-regex
const CONTROL_IN_TEXT = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/;
/** Half of a surrogate pair: PostgreSQL and UTF-8 cannot hold it. */
const LONE_SURROGATE = /\p{Surrogate}/u;

/** A text of one line: spaces collapsed, ends trimmed, NFC. Empty becomes null. */
export function parseLine(text: string, what: string, code: string, longest: number): Parsed<string | null> {
  if (text.length > longest * 4) return tooLong(what, code, longest);
  const value = text.replace(/\s+/gu, ' ').trim().normalize('NFC');
  if (CONTROL.test(value) || LONE_SURROGATE.test(value)) return notText(what, code);
  if (value.length > longest) return tooLong(what, code, longest);
  return good(value === '' ? null : value);
}

/** A text that may have several lines: ends trimmed, NFC. Empty becomes null. */
export function parseText(text: string, what: string, code: string, longest: number): Parsed<string | null> {
  if (text.length > longest * 4) return tooLong(what, code, longest);
  const value = text.trim().normalize('NFC');
  if (CONTROL_IN_TEXT.test(value) || LONE_SURROGATE.test(value)) return notText(what, code);
  if (value.length > longest) return tooLong(what, code, longest);
  return good(value === '' ? null : value);
}

function tooLong(what: string, code: string, longest: number): Parsed<never> {
  return bad(code, `${what} is longer than ${longest} characters.`);
}

function notText(what: string, code: string): Parsed<never> {
  return bad(code, `${what} holds control characters or broken Unicode. Send plain text.`);
}
