import { createHash, createHmac } from 'node:crypto';
import { parse, stringify } from 'node:querystring';
import { sameText } from '#common';

/** A form's fields, those that come more than once as lists. */
export type SignedFields = Readonly<Record<string, string | readonly string[]>>;

/**
 * X-Twilio-Signature: base64 of HMAC-SHA1 over the URL and, in the order of their names, each field's name and value
 * (twilio.com/docs/usage/security). All fields, whatever they are called: new ones appear without notice.
 */
export function signRequest(authToken: string, url: string, fields: SignedFields = {}): string {
  const data = Object.keys(fields)
    .sort()
    .flatMap(name => [...new Set([fields[name] ?? []].flat())].sort().map(value => name + value))
    .join('');
  return createHmac('sha1', authToken)
    .update(url + data, 'utf8')
    .digest('base64');
}

/**
 * Whether a call comes from Twilio. The URL is the public one, as Twilio was told; on its way a port may have been put in
 * or left out and its query written anew, so each spelling is tried. False for what is no address.
 * @param body of a JSON call: its SHA-256 stands in the URL, and the fields are not signed
 */
export function isSigned(
  authToken: string,
  signature: string | undefined,
  url: string,
  fields: SignedFields,
  body?: Buffer | string,
): boolean {
  if (signature === undefined || !URL.canParse(url)) return false;
  const given = new URL(url).searchParams.get('bodySHA256');
  if (given !== null) {
    const expected = createHash('sha256')
      .update(body ?? '')
      .digest('hex');
    if (!sameText(expected, given.toLowerCase())) return false;
  }
  const signedFields = given === null ? fields : {};
  return spellingsOf(url).some(candidate =>
    sameText(signRequest(authToken, candidate, signedFields), signature),
  );
}

/** The same address with its port and without, as it came and with its query encoded anew. */
function spellingsOf(text: string): string[] {
  const ported = [text, new URL(text).href].flatMap(url => {
    const match = /^(https?):\/\/([^/?#]+?)(?::(\d+))?([/?#].*)?$/i.exec(url);
    if (!match) return [url];
    const [, protocol = '', host = '', port, rest = ''] = match;
    const usual = protocol.toLowerCase() === 'https' ? '443' : '80';
    return [url, `${protocol}://${host}${rest}`, `${protocol}://${host}:${port ?? usual}${rest}`];
  });
  return [...new Set(ported.flatMap(url => [url, withQueryAnew(url)]))];
}

function withQueryAnew(url: string): string {
  const at = url.indexOf('?');
  return at < 0 ? url : `${url.slice(0, at)}?${stringify(parse(url.slice(at + 1)))}`;
}
