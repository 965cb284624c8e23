import { type ByteWriter } from './byte-writer.js';

/** Characters of a line before its soft break: 76 with the `=` (RFC 2045 section 6.7 rule 5). */
const LINE = 75;
const [TAB, LF, CR, SPACE, DOT, EQUALS, CAPITAL_F] = [9, 10, 13, 32, 46, 61, 70] as const;

// What a byte needs. LEADING: a dot or an F, fine except at the start of a line.
const [LITERAL, ENCODED, BREAK, BLANK, LEADING] = [0, 1, 2, 3, 4] as const;

const kinds = new Uint8Array(256).fill(ENCODED);
kinds.fill(LITERAL, 33, 127);
kinds[EQUALS] = ENCODED;
kinds[CR] = kinds[LF] = BREAK;
kinds[SPACE] = kinds[TAB] = BLANK;
kinds[DOT] = kinds[CAPITAL_F] = LEADING;

const hex = Buffer.from('0123456789ABCDEF', 'latin1');

/**
 * Writes a text as quoted-printable with CRLF line ends (RFC 2045 section 6.7).
 * A line never starts with a dot or with "From ", which relays and mail stores are known to alter (RFC 2049 section 3).
 */
export function writeQuotedPrintable(input: Buffer, out: ByteWriter): void {
  const end = input.length;
  // Each byte takes three at worst, and each line of 72 of those a soft break of three.
  out.reserve(end * 3 + Math.ceil(end / 24) * 3 + 16);
  const bytes = out.bytes;
  let at = out.length;
  let column = 0;
  let i = 0;
  while (i < end) {
    const byte = input[i] as number;
    const kind = kinds[byte];
    if (kind === BREAK) {
      bytes[at++] = CR;
      bytes[at++] = LF;
      column = 0;
      i += byte === CR && input[i + 1] === LF ? 2 : 1;
      continue;
    }
    const width = kind === ENCODED ? 3 : 1;
    if (column + width > LINE) {
      bytes[at++] = EQUALS;
      bytes[at++] = CR;
      bytes[at++] = LF;
      column = 0;
    }
    if (kind === LITERAL || (kind === LEADING && (column > 0 || isPlainStart(input, i)))) {
      bytes[at++] = byte;
      column++;
    } else if (kind === BLANK && !endsLine(input, i + 1)) {
      bytes[at++] = byte;
      column++;
    } else {
      if (column + 3 > LINE) {
        bytes[at++] = EQUALS;
        bytes[at++] = CR;
        bytes[at++] = LF;
        column = 0;
      }
      bytes[at++] = EQUALS;
      bytes[at++] = hex[byte >> 4] as number;
      bytes[at++] = hex[byte & 15] as number;
      column += 3;
    }
    i++;
  }
  out.length = at;
}

function isPlainStart(input: Buffer, at: number): boolean {
  return input[at] === CAPITAL_F && input.toString('latin1', at, at + 5) !== 'From ';
}

function endsLine(input: Buffer, at: number): boolean {
  const next = input[at];
  return next === undefined || next === CR || next === LF;
}

/** How many bytes quoted-printable would write as `=XX`. */
export function countEncoded(input: Buffer): number {
  let count = 0;
  for (let i = 0; i < input.length; i++) {
    if (kinds[input[i] as number] === ENCODED) count++;
  }
  return count;
}
