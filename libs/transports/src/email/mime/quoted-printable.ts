import { type ByteWriter } from './byte-writer.js';

/** Characters of a line before its soft break: 76 with the `=` (RFC 2045 section 6.7 rule 5). */
const LINE = 75;
const [TAB, LF, CR, SPACE, DOT, EQUALS, CAPITAL_F] = [9, 10, 13, 32, 46, 61, 70] as const;

// What a character needs. LEADING: a dot or an F, fine except at the start of a line.
const [LITERAL, ENCODED, BREAK, BLANK, LEADING] = [0, 1, 2, 3, 4] as const;

const kinds = new Uint8Array(128).fill(ENCODED);
kinds.fill(LITERAL, 33, 127);
kinds[EQUALS] = ENCODED;
kinds[CR] = kinds[LF] = BREAK;
kinds[SPACE] = kinds[TAB] = BLANK;
kinds[DOT] = kinds[CAPITAL_F] = LEADING;

const hex = Buffer.from('0123456789ABCDEF', 'latin1');

/**
 * Writes a text as UTF-8 in quoted-printable with CRLF line ends (RFC 2045 section 6.7).
 * A line never starts with a dot or with "From ", which relays and mail stores are known to alter (RFC 2049 section 3),
 * and no character is split over two lines. It reads the string itself: turning it into bytes first costs as much as
 * all the rest where a mail mixes markup and Arabic.
 * @returns the column it ended in; 0 right after a line end.
 */
export function writeQuotedPrintable(text: string, out: ByteWriter): number {
  const end = text.length;
  // A UTF-16 unit becomes three bytes of UTF-8 at most, those nine characters, and a line holds at least 66 of them.
  out.reserve(end * 9 + Math.ceil((end * 9) / 66) * 3 + 16);
  const bytes = out.bytes;
  let at = out.length;
  let column = 0;
  for (let i = 0; i < end; i++) {
    const unit = text.charCodeAt(i);
    const kind = unit < 128 ? kinds[unit] : ENCODED;
    if (kind === LITERAL && column < LINE) {
      bytes[at++] = unit;
      column++;
      continue;
    }
    if (kind === BREAK) {
      if (unit === CR && text.charCodeAt(i + 1) === LF) i++;
      bytes[at++] = CR;
      bytes[at++] = LF;
      column = 0;
      continue;
    }
    const point = unit < 0xd800 || unit > 0xdfff ? unit : codePointAt(text, i);
    const width = kind === ENCODED ? (point < 0x80 ? 3 : point < 0x800 ? 6 : point < 0x10000 ? 9 : 12) : 1;
    if (column + width > LINE) {
      bytes[at++] = EQUALS;
      bytes[at++] = CR;
      bytes[at++] = LF;
      column = 0;
    }
    if (
      kind === LITERAL ||
      (kind === LEADING && (column > 0 || (unit === CAPITAL_F && !text.startsWith('From ', i)))) ||
      (kind === BLANK && !endsLine(text, i + 1))
    ) {
      bytes[at++] = unit;
      column++;
      continue;
    }
    if (column > LINE - 3) {
      bytes[at++] = EQUALS;
      bytes[at++] = CR;
      bytes[at++] = LF;
      column = 0;
    }
    if (point < 0x80) {
      at = escape(bytes, at, point);
    } else if (point < 0x800) {
      at = escape(bytes, at, 0xc0 | (point >> 6));
      at = escape(bytes, at, 0x80 | (point & 63));
    } else if (point < 0x10000) {
      at = escape(bytes, at, 0xe0 | (point >> 12));
      at = escape(bytes, at, 0x80 | ((point >> 6) & 63));
      at = escape(bytes, at, 0x80 | (point & 63));
    } else {
      at = escape(bytes, at, 0xf0 | (point >> 18));
      at = escape(bytes, at, 0x80 | ((point >> 12) & 63));
      at = escape(bytes, at, 0x80 | ((point >> 6) & 63));
      at = escape(bytes, at, 0x80 | (point & 63));
      i++;
    }
    column += width === 1 ? 3 : width;
  }
  out.length = at;
  return column;
}

/** The code point of a pair of surrogates; a lone one is written as U+FFFD, as every UTF-8 encoder does. */
function codePointAt(text: string, at: number): number {
  const point = text.codePointAt(at) as number;
  return point > 0xffff ? point : 0xfffd;
}

function escape(bytes: Buffer, at: number, byte: number): number {
  bytes[at] = EQUALS;
  bytes[at + 1] = hex[byte >> 4] as number;
  bytes[at + 2] = hex[byte & 15] as number;
  return at + 3;
}

function endsLine(text: string, at: number): boolean {
  if (at >= text.length) return true;
  const next = text.charCodeAt(at);
  return next === CR || next === LF;
}

/** Whether a character is written as itself. */
export function isLiteral(unit: number): boolean {
  return unit < 128 && kinds[unit] !== ENCODED;
}
