import { isUtf8 } from 'node:buffer';
import PostalMime, { type Attachment, type Email, decodeWords } from 'postal-mime';

/** What is read of one mail. Each limit cuts and says so, but for nesting and headers, which make a mail unreadable. */
export interface ReadingLimits {
  /** Bytes; what is behind is not looked at. */
  bytes: number;
  /** Bytes of all headers of all parts together. */
  headerBytes: number;
  /** Levels of parts within parts. */
  nesting: number;
  /** Behind the last the mail is cut: the parser spends some 40 µs on each, however short it is. */
  lines: number;
  /** Lines that may begin a part; behind the last the mail is cut. */
  boundaryLines: number;
  /** Characters of the text that is read for people's words. */
  textLength: number;
}

export const readingLimits: ReadingLimits = {
  bytes: 5 * 1024 * 1024,
  headerBytes: 256 * 1024,
  nesting: 20,
  lines: 20_000,
  boundaryLines: 2_000,
  textLength: 200_000,
};

export interface MailPart {
  /** `message/delivery-status`; in lower case, as the part says, which may be wrong. */
  type: string;
  text: string;
}

export interface MimeMail {
  /** Unfolded and decoded, by name in lower case; several of one name in their order. */
  headers: ReadonlyMap<string, readonly string[]>;
  /** The address in From, in lower case; null when there is none that mail could be sent to. */
  from: string | null;
  /** Null when the mail has none of its own. */
  text: string | null;
  html: string | null;
  /** Everything that is not the body. */
  parts: MailPart[];
  truncated: boolean;
}

/** Takes a mail apart. Lines may end in LF, CRLF or CR. @throws Error for nesting and headers beyond the limits */
export async function parseMime(raw: Uint8Array, limits: ReadingLimits): Promise<MimeMail> {
  const bytes = withReadableHead(withPlainLineEnds(raw.subarray(0, limits.bytes)), limits);
  const end = endOfReading(bytes, limits);
  const email = await PostalMime.parse(bytes.subarray(0, end), {
    forceRfc822Attachments: true,
    maxNestingDepth: limits.nesting,
    maxHeadersSize: limits.headerBytes,
  });
  return {
    headers: headersOf(email),
    from: plainAddress(email.from?.address),
    text: email.text === undefined ? null : email.text.slice(0, limits.textLength),
    html: email.html === undefined ? null : email.html.slice(0, limits.textLength * 2),
    parts: email.attachments.slice(0, 50).map(part => ({ type: part.mimeType, text: textOf(part, limits) })),
    truncated: raw.length > limits.bytes || end < bytes.length,
  };
}

/**
 * Only what can stand in a header again, exactly as it was parsed: taken out of the text of the header it could be what
 * somebody wrote as his name, or a part of a longer address.
 */
function plainAddress(address: string | undefined): string | null {
  const text = address?.trim().toLowerCase() ?? '';
  return text.length <= 320 && /^[^\s\p{Cc}<>()[\]",;:\\@]+@[\p{L}\p{M}\p{N}.-]+$/u.test(text) ? text : null;
}

/** A mail with CR alone for line ends (old Macintoshes, some gateways) would be one long header. */
function withPlainLineEnds(raw: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(raw.length);
  let length = 0;
  for (let index = 0; index < raw.length; index++) {
    const byte = raw[index] as number;
    if (byte === 0x0d) {
      if (raw[index + 1] === 0x0a) continue;
      bytes[length++] = 0x0a;
    } else {
      bytes[length++] = byte;
    }
  }
  return bytes.subarray(0, length);
}

/** Headers in a bare 8-bit charset, as some servers write them, in UTF-8: read in the charset the mail says it has. */
function withReadableHead(bytes: Uint8Array, limits: ReadingLimits): Uint8Array {
  const end = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).indexOf('\n\n');
  const head = bytes.subarray(0, Math.min(end === -1 ? bytes.length : end, limits.headerBytes));
  if (isUtf8(head)) return bytes;
  const latin = Buffer.from(head).toString('latin1');
  const charset = /charset\s{0,3}=\s{0,3}"?([A-Za-z0-9_.:-]{1,40})/i.exec(latin)?.[1] ?? 'windows-1252';
  return Buffer.concat([Buffer.from(decodeAs(head, charset)), bytes.subarray(head.length)]);
}

function decodeAs(bytes: Uint8Array, charset: string): string {
  try {
    return new TextDecoder(charset).decode(bytes);
  } catch {
    return Buffer.from(bytes).toString('latin1');
  }
}

/** Where a mail has more lines, or begins more parts, than anybody's: each costs the parser time and memory. */
function endOfReading(bytes: Uint8Array, limits: ReadingLimits): number {
  let lines = 0;
  let boundaries = 0;
  for (let at = 0; at < bytes.length;) {
    if (bytes[at] === 0x2d && bytes[at + 1] === 0x2d) boundaries++;
    if (++lines > limits.lines || boundaries > limits.boundaryLines) return at;
    const next = bytes.indexOf(0x0a, at);
    if (next === -1) break;
    at = next + 1;
  }
  return bytes.length;
}

function headersOf(email: Email): Map<string, string[]> {
  const headers = new Map<string, string[]>();
  for (const { key, value } of email.headers) {
    const values = headers.get(key);
    const decoded = decodeWords(value.slice(0, 20_000));
    if (values) values.push(decoded);
    else headers.set(key, [decoded]);
  }
  return headers;
}

function textOf({ content }: Attachment, limits: ReadingLimits): string {
  if (typeof content === 'string') return content.slice(0, limits.textLength);
  const bytes = new Uint8Array(content).subarray(0, limits.textLength);
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8');
  // Reports in an 8-bit charset name none in a part that should be ASCII: better a wrong letter than a lost one.
  return text.includes('\uFFFD')
    ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
    : text;
}
