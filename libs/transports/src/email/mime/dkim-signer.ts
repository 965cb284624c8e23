import { createHash, createPrivateKey, type KeyObject, sign } from 'node:crypto';
import { promisify } from 'node:util';
import { type ComposedEmail } from './compose-email.js';
import { headerField } from './header-fields.js';

const signAsync = promisify<string, Buffer, KeyObject, Buffer>(sign);

/** The least a receiver accepts (RFC 8301 section 3.2); 2048 is what to use. */
const LEAST_KEY_BITS = 1024;

/** Fields that are signed when they are there (RFC 6376 section 5.4, RFC 8058 section 4). */
const signedFields = [
  'from',
  'to',
  'reply-to',
  'subject',
  'date',
  'message-id',
  'mime-version',
  'content-type',
  'list-unsubscribe',
  'list-unsubscribe-post',
  'list-id',
  'feedback-id',
];

/**
 * Signs mail by RFC 6376: rsa-sha256, relaxed/relaxed, no `l=`.
 * Ours because nodemailer's signer drops the second `from` of `h=`, which keeps anyone from adding another From. The RSA
 * operation (over a millisecond) runs in libuv's thread pool, so the event loop goes on sending.
 */
export class DkimSigner {
  readonly #key: KeyObject;

  /**
   * @param privateKey PEM; `\n` written out counts as a line end.
   * @throws Error saying what is wrong with the key, the domain or the selector.
   */
  constructor(
    private readonly domain: string,
    private readonly selector: string,
    privateKey: string,
  ) {
    if (![domain, selector].every(name => /^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$/.test(name))) {
      throw new Error('DKIM_DOMAIN and DKIM_SELECTOR must be plain names, like example.com and s1.');
    }
    this.#key = readKey(privateKey);
  }

  /** The mail with its `DKIM-Signature` on top. */
  async sign(mail: ComposedEmail): Promise<ComposedEmail> {
    const header = mail.raw.toString('latin1', 0, mail.headerLength);
    const fields = relaxedFields(header);
    const present = signedFields.filter(name => fields.has(name));
    const bodyHash = createHash('sha256')
      .update(relaxedBody(mail.raw.toString('latin1', mail.headerLength + 2)), 'latin1')
      .digest('base64');
    const unsigned = headerField(
      'DKIM-Signature',
      `v=1; a=rsa-sha256; c=relaxed/relaxed; d=${this.domain}; s=${this.selector}; ` +
        `h=${nameList(present)}; bh=${bodyHash}; b=`,
    ).slice(0, -2);
    const input =
      present.map(name => `${name}:${fields.get(name) ?? ''}\r\n`).join('') +
      `dkim-signature:${relaxedValue(unsigned.slice(unsigned.indexOf(':') + 1))}`;
    const signature = await signAsync('sha256', Buffer.from(input, 'latin1'), this.#key);
    const lines = signature.toString('base64').replace(/.{1,72}/g, '\r\n $&');
    const field = Buffer.from(`${unsigned}${lines}\r\n`, 'latin1');
    const wire = Buffer.concat([field, mail.wire]);
    return {
      ...mail,
      wire,
      raw: wire.subarray(0, field.length + mail.raw.length),
      headerLength: field.length + mail.headerLength,
    };
  }
}

/** `from` a second time signs that there is no second one. Broken after some colons, where a fold may stand. */
function nameList(names: string[]): string {
  return ['from', ...names].map((name, index) => (index % 5 === 4 ? ` ${name}` : name)).join(':');
}

/** Relaxed header canonicalization (RFC 6376 section 3.4.2), by name. */
function relaxedFields(header: string): Map<string, string> {
  const fields = new Map<string, string>();
  for (const field of header.split(/\r\n(?![ \t])/)) {
    const colon = field.indexOf(':');
    if (colon > 0) fields.set(field.slice(0, colon).toLowerCase(), relaxedValue(field.slice(colon + 1)));
  }
  return fields;
}

function relaxedValue(value: string): string {
  return value
    .replaceAll('\r\n', '')
    .replace(/[ \t]+/g, ' ')
    .trim();
}

/** Relaxed body canonicalization (RFC 6376 section 3.4.4). */
function relaxedBody(body: string): string {
  const trimmed = body
    .replace(/[ \t]+/g, ' ')
    .replace(/ (?=\r\n)/g, '')
    .replace(/(?:\r\n)+$/, '');
  return trimmed === '' ? '' : `${trimmed}\r\n`;
}

function readKey(pem: string): KeyObject {
  let key: KeyObject;
  try {
    key = createPrivateKey(pem.replaceAll('\\n', '\n'));
  } catch {
    throw new Error(
      'DKIM_PRIVATE_KEY cannot be read. It must be a PEM private key, with \\n for its line ends.',
    );
  }
  if (key.asymmetricKeyType !== 'rsa' || (key.asymmetricKeyDetails?.modulusLength ?? 0) < LEAST_KEY_BITS) {
    throw new Error('DKIM_PRIVATE_KEY must be an RSA key of 2048 bits (1024 at the very least).');
  }
  return key;
}
