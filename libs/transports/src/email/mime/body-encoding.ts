import { type ByteWriter } from './byte-writer.js';
import { isLiteral, writeQuotedPrintable } from './quoted-printable.js';

export type BodyEncoding = 'quoted-printable' | 'base64';

/** Base64 characters of a line (RFC 2045 section 6.8). */
const LINE = 76;
/** Characters looked at to choose. All of a short text; of a long one, one in so many. */
const SAMPLE = 1024;

/**
 * The shorter encoding. Quoted-printable makes three characters of each byte that is not plain ASCII, base64 four of
 * every three bytes: with more than a sixth of them, as in Arabic prose, base64 wins. Markup around Arabic mostly
 * stays below. A sample is enough: a wrong guess costs a few bytes and nothing else.
 */
export function chooseEncoding(text: string): BodyEncoding {
  const step = Math.ceil(text.length / SAMPLE);
  let encoded = 0;
  let bytes = 0;
  for (let i = 0; i < text.length; i += step) {
    const unit = text.charCodeAt(i);
    // A surrogate is half of a character of four bytes.
    const length = unit < 0x80 ? 1 : unit < 0x800 || (unit >= 0xd800 && unit <= 0xdfff) ? 2 : 3;
    bytes += length;
    if (!isLiteral(unit)) encoded += length;
  }
  return encoded * 6 > bytes ? 'base64' : 'quoted-printable';
}

export function writeBody(text: string, encoding: BodyEncoding, out: ByteWriter): void {
  if (encoding === 'quoted-printable') {
    writeQuotedPrintable(text, out);
    return;
  }
  // Text in base64 is in canonical form first: its line ends are CRLF (RFC 2046 section 4.1.1).
  const canonical = text.includes('\r') ? text.replace(/\r\n|\r|\n/g, '\r\n') : text.replaceAll('\n', '\r\n');
  const encoded = Buffer.from(canonical, 'utf8').toString('base64');
  const breaks = Math.max(0, Math.ceil(encoded.length / LINE) - 1) * 2;
  out.reserve(encoded.length + breaks);
  // Written once at the end of its place, then each line moved forward to make room for the line breaks.
  const { bytes, length } = out;
  bytes.write(encoded, length + breaks, 'latin1');
  let to = length;
  for (let from = length + breaks; from < length + breaks + encoded.length; from += LINE) {
    if (from > length + breaks) {
      bytes[to++] = 13;
      bytes[to++] = 10;
    }
    const end = Math.min(from + LINE, length + breaks + encoded.length);
    bytes.copyWithin(to, from, end);
    to += end - from;
  }
  out.length = to;
}
