import fc from 'fast-check';
import PostalMime from 'postal-mime';
import { email } from '../../../../../test/factories/email.js';
import { composeEmail } from './compose-email.js';
import { UnwritableFieldError } from './header-fields.js';

const rawOf = (more: Parameters<typeof email>[0] = {}): string => {
  const mail = composeEmail(email(more));
  if (!mail) throw new Error('The recipient was refused.');
  return mail.raw.toString('latin1');
};
const headerOf = (raw: string): string => raw.slice(0, raw.indexOf('\r\n\r\n'));
const valueOf = (raw: string, name: string): string | undefined =>
  new RegExp(`^${name}: (.*(?:\r\n .*)*)`, 'm').exec(headerOf(raw))?.[1]?.replaceAll('\r\n', '');

describe('a composed mail', () => {
  it('has exactly one of each header that RFC 5322 allows once', () => {
    const names = headerOf(rawOf())
      .split(/\r\n(?! )/)
      .map(line => line.slice(0, line.indexOf(':')));
    expect([...names].sort()).toEqual([...new Set(names)].sort());
    expect(names).toEqual(
      expect.arrayContaining(['From', 'To', 'Reply-To', 'Subject', 'Date', 'Message-ID', 'MIME-Version']),
    );
    expect(names).not.toContain('Precedence');
  });

  it('carries the list headers as the mailbox providers want them', () => {
    const raw = rawOf();
    expect(valueOf(raw, 'List-Unsubscribe')).toBe(
      '<https://ithn.test/u/token>, <mailto:unsub+token@bounce.nile.example>',
    );
    expect(valueOf(raw, 'List-Unsubscribe-Post')).toBe('List-Unsubscribe=One-Click');
    expect(valueOf(raw, 'List-Id')).toBe('Nile Books news <news.nile.example>');
    expect(valueOf(raw, 'Feedback-ID')).toBe('cam42:news:nile:ithn0001');
    expect(valueOf(raw, 'Content-Language')).toBe('ar');
    expect(valueOf(raw, 'Auto-Submitted')).toBeUndefined();
    expect(valueOf(raw, 'Date')).toBe('Sat, 21 Nov 2026 09:00:00 +0000');
  });

  it('says that it is automatic only when asked, and leaves out what it was not given', () => {
    const raw = rawOf({
      autoSubmitted: true,
      listUnsubscribe: null,
      listId: null,
      feedbackId: null,
      replyTo: null,
    });
    expect(valueOf(raw, 'Auto-Submitted')).toBe('auto-generated');
    expect(headerOf(raw)).not.toMatch(/^(List-|Feedback-ID|Reply-To)/m);
  });

  it('puts the text first and the HTML last', async () => {
    const raw = rawOf();
    expect(raw.indexOf('text/plain')).toBeLessThan(raw.indexOf('text/html'));
    const mail = await PostalMime.parse(raw);
    expect(mail.text?.replaceAll('\r\n', '\n').trim()).toBe('Hello Mona\nطلبك جاهز');
    expect(mail.html?.replaceAll('\r\n', '\n').trim()).toBe(
      '<p>Hello <b>Mona</b></p>\n<p dir="rtl">طلبك جاهز</p>',
    );
  });

  it('encodes an Arabic subject in words of at most 75 characters that each hold whole characters', () => {
    const subject = 'أخبار الكتب لهذا الأسبوع: خصومات على كل كتب الأطفال 📚 وأكثر من ذلك بكثير لكم';
    const words = valueOf(rawOf({ subject }), 'Subject')?.split(' ') ?? [];
    expect(words.length).toBeGreaterThan(1);
    const whole = new TextDecoder('utf-8', { fatal: true });
    const decoded = words.map(word => {
      expect(word.length).toBeLessThanOrEqual(75);
      return whole.decode(Buffer.from(/^=\?UTF-8\?B\?(.*)\?=$/.exec(word)?.[1] ?? '', 'base64'));
    });
    expect(decoded.join('')).toBe(subject);
  });

  it('writes Arabic prose as base64 and markup as quoted-printable, whichever is shorter', () => {
    const raw = rawOf({
      text: 'مرحبا بكم في متجرنا '.repeat(50),
      html: `<table>${'<tr><td>1</td></tr>'.repeat(90)}مرحبا</table>`,
    });
    expect(raw.match(/Content-Transfer-Encoding: (\S+)/g)).toEqual([
      'Content-Transfer-Encoding: base64',
      'Content-Transfer-Encoding: quoted-printable',
    ]);
  });

  it('sends a domain beyond ASCII as punycode', () => {
    const mail = composeEmail(email({ to: { name: null, address: 'info@مثال.إختبار' } }));
    expect(mail).toMatchObject({ to: 'info@xn--mgbh0fb.xn--kgbechtv', needsSmtpUtf8: false });
    expect(valueOf(mail?.raw.toString('latin1') ?? '', 'To')).toBe('info@xn--mgbh0fb.xn--kgbechtv');
  });

  it('knows that a local part beyond ASCII needs SMTPUTF8', () => {
    expect(composeEmail(email({ to: { name: null, address: 'منى@example.org' } }))?.needsSmtpUtf8).toBe(true);
  });

  it.each([
    'no-at-sign',
    '@example.org',
    'a@',
    'a b@example.org',
    'a@b c.org',
    'a@example.org\r\nBcc: x@y.org',
    'a\0@example.org',
    'a@example.org>',
    '<a@example.org',
    'a@exa%2emple.org',
    'a@-example.org',
    '\ud800@example.org',
    'a,b@example.org',
    'a\u202e@example.org',
    `${'a'.repeat(400)}@example.org`,
  ])('does not exist for the recipient %j', address => {
    expect(composeEmail(email({ to: { name: null, address } }))).toBeNull();
  });

  it.each([
    ['messageId', { messageId: '<a@b>\r\nBcc: x@y.org' }],
    ['messageId', { messageId: 'no-brackets@b' }],
    ['listUnsubscribe', { listUnsubscribe: { url: 'https://a/b>\r\nX: y', mailto: null } }],
    ['listUnsubscribe', { listUnsubscribe: { url: 'javascript:alert(1)', mailto: null } }],
    ['listId', { listId: { name: 'x', id: 'no dots' } }],
    ['feedbackId', { feedbackId: 'a:b:c:d:e' }],
    ['feedbackId', { feedbackId: 'a\nb' }],
    ['language', { language: 'ar\r\nX: y' }],
    ['from', { from: { name: null, address: 'a@b\n.org' } }],
    ['envelopeFrom', { envelopeFrom: 'a b@c.org' }],
    ['date', { date: new Date(NaN) }],
  ])('is refused as a fault of ours when %s is broken', (_, more) => {
    expect(() => composeEmail(email(more))).toThrow(UnwritableFieldError);
  });

  it('survives any text anywhere: it parses back to what was meant, and gains no header', async () => {
    const nasty = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 300 }),
      fc.string({
        unit: fc.constantFrom(
          '\r',
          '\n',
          '\0',
          ' ',
          '\t',
          ':',
          'a',
          '.',
          '=?',
          '?=',
          '"',
          '\\',
          '<',
          '>',
          ',',
          'م',
          '😀',
          '\ud800',
          '\u2028',
          '=',
          '_',
        ),
        maxLength: 200,
      }),
      fc.constantFrom(
        '\r\nBcc: victim@example.org',
        '=?utf-8?Q?=0D=0ABcc:_x?=',
        'a'.repeat(3000),
        '=?x?q?=?=',
      ),
    );
    const meant = (text: string): string =>
      text
        .replace(/[\p{Cc} \u2028\u2029]+/gu, ' ')
        .trim()
        .replace(/\p{Surrogate}/gu, '\ufffd');
    const lines = (text: string): string =>
      Buffer.from(text.replace(/\r\n|\r/g, '\n'))
        .toString()
        .replace(/\n+$/, '');
    const expectedHeaders = headerOf(rawOf()).split(/\r\n(?! )/).length;

    await fc.assert(
      fc.asyncProperty(nasty, nasty, nasty, nasty, async (subject, name, html, text) => {
        const mail = composeEmail(email({ subject, to: { name, address: 'mona@example.org' }, html, text }));
        const raw = mail?.raw ?? Buffer.alloc(0);
        const asText = raw.toString('latin1');
        expect(asText).not.toMatch(/[^\t\r\n -~]/);
        expect(asText.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
        for (const line of headerOf(asText).split('\r\n')) {
          expect(line.length).toBeLessThanOrEqual(78);
          expect(line.trim()).not.toBe('');
        }
        for (const line of asText.split('\r\n')) expect(line.length).toBeLessThanOrEqual(78);
        for (const word of headerOf(asText).match(/=\?\S+\?=/g) ?? [])
          expect(word.length).toBeLessThanOrEqual(75);

        const parsed = await PostalMime.parse(raw);
        expect(parsed.headers).toHaveLength(expectedHeaders);
        expect(parsed.subject ?? '').toBe(meant(subject));
        expect(parsed.to).toEqual([{ name: meant(name), address: 'mona@example.org' }]);
        expect(lines(parsed.html ?? '')).toBe(lines(html));
        expect(lines(parsed.text ?? '')).toBe(lines(text));
      }),
      { numRuns: 300 },
    );
  });
});
