import { createHash, createVerify, generateKeyPairSync } from 'node:crypto';
import { email } from '../../../../../test/factories/email.js';
import { composeEmail, type ComposedEmail } from './compose-email.js';
import { DkimSigner } from './dkim-signer.js';

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

/** A verifier of its own, written from RFC 6376 and sharing nothing with the signer. */
function verifies(raw: string): boolean {
  const split = raw.indexOf('\r\n\r\n');
  const fields = raw.slice(0, split).split(/\r\n(?![ \t])/);
  const relax = (field: string): string => {
    const [, name = '', value = ''] = /^([^:]*):([^]*)$/.exec(field) ?? [];
    return `${name.trim().toLowerCase()}:${value
      .replace(/\r\n/g, '')
      .replace(/[ \t]+/g, ' ')
      .trim()}`;
  };
  const signature = fields.find(field => /^dkim-signature:/i.test(field)) ?? '';
  const tags = new Map(
    signature
      .slice(signature.indexOf(':') + 1)
      .split(';')
      .map(tag => [
        tag.slice(0, tag.indexOf('=')).trim(),
        tag.slice(tag.indexOf('=') + 1).replace(/\s+/g, ''),
      ]),
  );
  let body = raw
    .slice(split + 4)
    .replace(/[ \t]+\r\n/g, '\r\n')
    .replace(/[ \t]+/g, ' ');
  while (body.endsWith('\r\n\r\n')) body = body.slice(0, -2);
  if (createHash('sha256').update(body, 'latin1').digest('base64') !== tags.get('bh')) return false;

  const left = fields.filter(field => field !== signature);
  let input = '';
  for (const name of (tags.get('h') ?? '').split(':')) {
    const at = left.findLastIndex(field => field.slice(0, field.indexOf(':')).trim().toLowerCase() === name);
    if (at >= 0) input += `${relax(left.splice(at, 1)[0] ?? '')}\r\n`;
  }
  input += relax(signature.replace(/(;\s*b=)[^;]*$/, '$1'));
  return createVerify('sha256')
    .update(input, 'latin1')
    .verify(publicKey, tags.get('b') ?? '', 'base64');
}

describe('a signed mail', () => {
  const signer = new DkimSigner('nile.example', 's1', pem.replaceAll('\n', '\\n'));
  const signed = async (more: Parameters<typeof email>[0] = {}): Promise<ComposedEmail> =>
    signer.sign(composeEmail(email(more)) as ComposedEmail);

  it('verifies, and covers the list headers and a second From', async () => {
    const mail = await signed({ subject: 'خصومات هذا الأسبوع على كل الكتب والمجلات والألعاب في متجرنا' });
    const raw = mail.raw.toString('latin1');
    expect(verifies(raw)).toBe(true);
    const list = /h=([^;]+);/.exec(raw)?.[1]?.replace(/\s+/g, '').split(':') ?? [];
    expect(list.filter(name => name === 'from')).toHaveLength(2);
    expect(list).toEqual(
      expect.arrayContaining([
        'to',
        'subject',
        'date',
        'message-id',
        'reply-to',
        'mime-version',
        'content-type',
        'list-unsubscribe',
        'list-unsubscribe-post',
        'list-id',
        'feedback-id',
      ]),
    );
    expect(raw).toMatch(/a=rsa-sha256; c=relaxed\/relaxed; d=nile\.example; s=s1;/);
    expect(raw).not.toMatch(/\bl=/);
    for (const line of raw.split('\r\n')) expect(line.length).toBeLessThanOrEqual(78);
    expect(raw.slice(mail.headerLength, mail.headerLength + 4)).toBe('\r\n--');
  });

  it('no longer verifies when a From is added, or a word of header or body changes', async () => {
    const raw = (await signed({ text: 'Hello', html: '<p>Hello</p>' })).raw.toString('latin1');
    expect(verifies(raw)).toBe(true);
    expect(verifies(raw.replace('From:', 'From: evil@example.org\r\nFrom:'))).toBe(false);
    expect(verifies(raw.replace('One-Click', 'Two-Click'))).toBe(false);
    expect(verifies(raw.replace('Hello', 'Hallo'))).toBe(false);
  });

  it('still verifies when a relay folds differently, or ends the body with empty lines', async () => {
    const raw = (await signed()).raw.toString('latin1');
    expect(verifies(raw.replace('Subject: Your order', 'Subject:  Your\r\n\torder') + '\r\n\r\n')).toBe(true);
  });

  it('signs a mail without list headers', async () => {
    const mail = await signed({ listUnsubscribe: null, listId: null, feedbackId: null, replyTo: null });
    expect(verifies(mail.raw.toString('latin1'))).toBe(true);
  });

  it.each([
    ['no key at all', 'nile.example', 's1', 'hello'],
    [
      'an EC key',
      'nile.example',
      's1',
      generateKeyPairSync('ec', { namedCurve: 'P-256' })
        .privateKey.export({ type: 'pkcs8', format: 'pem' })
        .toString(),
    ],
    ['a domain with a tag in it', 'nile.example; t=y', 's1', pem],
  ])('is not promised with %s', (_, domain, selector, key) => {
    expect(() => new DkimSigner(domain, selector, key)).toThrow(/DKIM_/);
  });
});
