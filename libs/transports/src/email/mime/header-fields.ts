import { encodeWord } from 'nodemailer/lib/mime-funcs';
import { type Mailbox } from '../email-transport.js';

/** Where a header line is folded, and what it may never exceed, in octets without CRLF (RFC 5322 section 2.1.1). */
const FOLD_AT = 78;
const LONGEST_LINE = 998;
/** Longest word that is left as it is; a longer one is encoded, because only encoded words can be broken anywhere. */
const LONGEST_WORD = 60;
/** Room for an encoded word, so that `Subject: ` and one of them fit on a line of 76 (RFC 2047 section 2). */
const ENCODED_WORD = 52;

/** A field of ours that cannot be written into a mail: a fault of the program, not of the recipient. */
export class UnwritableFieldError extends Error {
  constructor(field: string, reason: string) {
    super(`The mail's ${field} cannot be written: ${reason}.`);
    this.name = 'UnwritableFieldError';
  }
}

/** `Name: value` with CRLF, folded at its spaces. The value must be clean: no control character, single spaces. */
export function headerField(name: string, value: string): string {
  if (name.length + 2 + value.length <= FOLD_AT) return `${name}: ${value}\r\n`;
  let folded = `${name}:`;
  let column = folded.length;
  value.split(' ').forEach((word, index) => {
    if (word.length > LONGEST_LINE - FOLD_AT)
      throw new UnwritableFieldError(name, 'a word of it is too long');
    if (index > 0 && column + 1 + word.length > FOLD_AT) {
      folded += '\r\n';
      column = 0;
    }
    folded += ` ${word}`;
    column += 1 + word.length;
  });
  return `${folded}\r\n`;
}

/** Text for people as it may stand in a header: one line, no control characters, encoded where it is not plain ASCII. */
export function unstructured(text: string): string {
  const clean = oneLine(text);
  return isPlain(clean) && !hasLongWord(clean) ? clean : encoded(clean);
}

/** A display name before `<`: bare, quoted or encoded. Empty for a name that says nothing. */
export function phrase(text: string): string {
  const clean = oneLine(text);
  if (clean.length > LONGEST_WORD || !isPlain(clean)) return encoded(clean);
  return /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]*$/.test(clean) ? clean : `"${clean.replace(/["\\]/g, '\\$&')}"`;
}

/** @param address as toSmtpAddress gives it. */
export function mailbox(name: Mailbox['name'], address: string): string {
  const words = name === null ? '' : phrase(name);
  return words === '' ? address : `${words} <${address}>`;
}

/**
 * A value that programs read, left exactly as it is.
 * @throws UnwritableFieldError when it does not match, which includes every control character.
 */
export function structured(field: string, value: string, pattern: RegExp): string {
  if (!pattern.test(value)) throw new UnwritableFieldError(field, 'it is not of the form this header has');
  return value;
}

/** Line breaks, NUL and other controls become a space, so that nobody's name begins a header of its own. */
function oneLine(text: string): string {
  return text
    .replace(/[\p{Cc} \u2028\u2029]+/gu, ' ')
    .trim()
    .replace(/\p{Surrogate}/gu, '\ufffd');
}

/** ASCII, and nothing in it that a reader would take for an encoded word. */
function isPlain(text: string): boolean {
  return /^[\x20-\x7e]*$/.test(text) && !text.includes('=?');
}

function hasLongWord(text: string): boolean {
  return text.length > LONGEST_WORD && text.split(' ').some(word => word.length > LONGEST_WORD);
}

/** Encoded words: Q while most of it is ASCII and can still be read, else B, which is shorter. */
function encoded(text: string): string {
  if (text === '') return '';
  const beyondAscii = text.replace(/[\x20-\x7e]+/g, '').length;
  return encodeWord(text, beyondAscii * 4 > text.length ? 'B' : 'Q', ENCODED_WORD);
}
