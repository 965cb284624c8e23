import { type StaticText, type TextPieces } from '#templates';
import { ByteWriter } from './byte-writer.js';
import { writeQuotedPrintable } from './quoted-printable.js';

/** A static piece as quoted-printable, begun on a line of its own. */
interface Encoded {
  bytes: Buffer;
  /** Where the last line ends; 0 right after a line end. */
  column: number;
  /** Octets of the text itself, as UTF-8. */
  size: number;
}

const encodings = new WeakMap<StaticText, Encoded>();
const SOFT_BREAK = '=\r\n';

/**
 * Writes a text in pieces as quoted-printable, each piece from the start of a line: a soft break (RFC 2045 section 6.7
 * rule 5) between two pieces costs three bytes and lets the encoding of a static piece be made once, whatever stands
 * beside it. It is nearly all of a campaign's mail; encoding it anew cost as much as everything else in composing.
 */
export function writePieces(pieces: TextPieces, out: ByteWriter): void {
  let column = 0;
  for (const piece of pieces) {
    if ((typeof piece === 'string' ? piece : piece.text) === '') continue;
    if (column > 0) out.ascii(SOFT_BREAK);
    if (typeof piece === 'string') {
      column = writeQuotedPrintable(piece, out);
      continue;
    }
    const encoded = encodingOf(piece);
    out.copy(encoded.bytes);
    column = encoded.column;
  }
}

/** Whether base64 would be shorter, judged by what all mails share: four bytes of every three, and the line ends. */
export function isBase64Shorter(pieces: TextPieces): boolean {
  let quoted = 0;
  let size = 0;
  for (const piece of pieces) {
    if (typeof piece === 'string') continue;
    const encoded = encodingOf(piece);
    quoted += encoded.bytes.length;
    size += encoded.size;
  }
  return quoted > size * (4 / 3) * (78 / 76);
}

function encodingOf(piece: StaticText): Encoded {
  const known = encodings.get(piece);
  if (known) return known;
  const writer = new ByteWriter();
  const column = writeQuotedPrintable(piece.text, writer);
  const encoded = { bytes: writer.take(), column, size: Buffer.byteLength(piece.text) };
  encodings.set(piece, encoded);
  return encoded;
}
