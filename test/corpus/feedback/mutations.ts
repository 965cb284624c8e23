/** What mails go through on their way back. Each takes a mail whose lines end in LF and gives its bytes. */
export const lineEnds = { LF: '\n', CRLF: '\r\n', CR: '\r' } as const;

export type Mutation = (mail: string) => string | null;

/** Null where a mutation has nothing to change. */
export const mutations: Readonly<Record<string, Mutation>> = {
  'as it was': mail => mail,
  'folded headers': mail =>
    changeHead(mail, line =>
      line.length > 40 ? line.replace(/; ?| (?=\S)/g, fold => (fold.trim() === '' ? '\n ' : ';\n\t')) : line,
    ),
  'names in capitals': mail => mail.replace(/^[A-Za-z][A-Za-z-]+(?=:)/gm, name => name.toUpperCase()),
  'names in small letters': mail => mail.replace(/^[A-Za-z][A-Za-z-]+(?=:)/gm, name => name.toLowerCase()),
  'no closing boundary': mail => changed(mail, mail.replace(/^--b0undary_42--\n/m, '')),
  'cut in the returned mail': mail =>
    mail.includes('\nList-Unsubscribe:') ? mail.slice(0, mail.indexOf('\nList-Unsubscribe:')) : null,
  'a report that says it is mixed': mail =>
    changed(mail, mail.replace(/multipart\/report; report-type=[a-z-]+/, 'multipart/mixed')),
  'fields that say they are text': mail =>
    changed(
      mail,
      mail.replace(
        /^Content-Type: message\/(?:global-)?(?:delivery-status|feedback-report)/m,
        'Content-Type: text/plain',
      ),
    ),
  'fields in base64': mail =>
    encodePart(mail, /^Content-Type: message\/(?:global-)?(?:delivery-status|feedback-report)/m, 'base64'),
  'text in base64': mail =>
    mail.includes('multipart/')
      ? encodePart(mail, /^Content-Type: text\/plain/m, 'base64')
      : encodeBody(mail, 'base64'),
  'text in quoted-printable': mail =>
    mail.includes('multipart/')
      ? encodePart(mail, /^Content-Type: text\/plain/m, 'quoted-printable')
      : encodeBody(mail, 'quoted-printable'),
};

/** The bytes of a mail in one 8-bit charset, declared as such; null when it cannot be written in it or needs none. */
export function inCharset(
  mail: string,
  charset: 'windows-1256' | 'iso-8859-1' | 'koi8-r',
): Uint8Array | null {
  // RFC 6533's part is UTF-8 by definition.
  if (!/charset=utf-8/.test(mail) || mail.includes('global-delivery-status') || !/[^\p{ASCII}]/u.test(mail))
    return null;
  const table = new Map<string, number>();
  const decoder = new TextDecoder(charset);
  for (let byte = 0; byte < 256; byte++) table.set(decoder.decode(Uint8Array.of(byte)), byte);
  const bytes: number[] = [];
  for (const character of mail.replace(/charset=utf-8/g, `charset=${charset}`)) {
    const byte = table.get(character);
    if (byte === undefined) return null;
    bytes.push(byte);
  }
  return Uint8Array.from(bytes);
}

function changed(before: string, after: string): string | null {
  return before === after ? null : after;
}

function changeHead(mail: string, change: (line: string) => string): string {
  const end = mail.indexOf('\n\n');
  // Encoded words and the type's boundary stay whole: a fold within them would be another mail.
  return mail.slice(0, end).split('\n').map(change).join('\n') + mail.slice(end);
}

function encodePart(mail: string, head: RegExp, encoding: 'base64' | 'quoted-printable'): string | null {
  const at = mail.search(head);
  if (at === -1) return null;
  const start = mail.indexOf('\n\n', at) + 2;
  const end = mail.indexOf('\n--b0undary_42', start);
  const lineEnd = mail.indexOf('\n', at);
  return `${mail.slice(0, lineEnd)}\nContent-Transfer-Encoding: ${encoding}${mail.slice(lineEnd, start)}${encode(mail.slice(start, end), encoding)}${mail.slice(end)}`;
}

function encodeBody(mail: string, encoding: 'base64' | 'quoted-printable'): string {
  const start = mail.indexOf('\n\n') + 2;
  return (
    mail
      .slice(0, start)
      .replace('Content-Transfer-Encoding: 8bit', `Content-Transfer-Encoding: ${encoding}`) +
    encode(mail.slice(start), encoding)
  );
}

function encode(text: string, encoding: 'base64' | 'quoted-printable'): string {
  const bytes = Buffer.from(text);
  if (encoding === 'base64') return bytes.toString('base64').replace(/.{1,76}/g, '$&\n');
  let line = '';
  let out = '';
  for (const byte of bytes) {
    if (byte === 0x0a) {
      out += `${line}\n`;
      line = '';
      continue;
    }
    const written =
      byte >= 0x21 && byte <= 0x7e && byte !== 0x3d
        ? String.fromCharCode(byte)
        : `=${byte.toString(16).toUpperCase().padStart(2, '0')}`;
    if (line.length + written.length > 75) {
      out += `${line}=\n`;
      line = '';
    }
    line += written;
  }
  return out + line;
}
