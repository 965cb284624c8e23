import { type ByteWriter } from './byte-writer.js';
import { countEncoded, writeQuotedPrintable } from './quoted-printable.js';

export type BodyEncoding = 'quoted-printable' | 'base64';

/** Base64 characters of a line (RFC 2045 section 6.8). */
const LINE = 76;

/** A text ready to be written: its UTF-8 bytes and the shorter of the two encodings. */
export interface EncodableBody {
  bytes: Buffer;
  encoding: BodyEncoding;
}

/**
 * Quoted-printable makes three bytes of each that is not plain ASCII, base64 four of every three: with more than a
 * sixth of them, as in Arabic prose, base64 is shorter. Markup around Arabic mostly stays below that.
 */
export function chooseEncoding(text: string): EncodableBody {
  const bytes = Buffer.from(text, 'utf8');
  const isAscii = bytes.length === text.length;
  const encoding = !isAscii && countEncoded(bytes) * 6 > bytes.length ? 'base64' : 'quoted-printable';
  return { bytes: encoding === 'base64' ? Buffer.from(withCrlf(text), 'utf8') : bytes, encoding };
}

export function writeBody(body: EncodableBody, out: ByteWriter): void {
  if (body.encoding === 'quoted-printable') {
    writeQuotedPrintable(body.bytes, out);
    return;
  }
  const encoded = body.bytes.toString('base64');
  out.reserve(encoded.length + Math.ceil(encoded.length / LINE) * 2);
  for (let at = 0; at < encoded.length; at += LINE) {
    if (at > 0) out.ascii('\r\n');
    out.ascii(encoded.slice(at, at + LINE));
  }
}

/** Text in base64 is in canonical form first: its line ends are CRLF (RFC 2046 section 4.1.1). */
function withCrlf(text: string): string {
  return text.replace(/\r\n|\r|\n/g, '\r\n');
}
