import fc from 'fast-check';
import { readForm } from './form-body.js';

const multipart = (boundary: string, fields: [string, string][]): string =>
  fields
    .map(
      ([name, value]) =>
        `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
    )
    .join('') + `--${boundary}--\r\n`;

describe('a form', () => {
  it.each([
    ['urlencoded', 'action=save&want=1.email&want=2.sms'],
    [
      'multipart',
      multipart('----WebKitFormBoundaryx', [
        ['action', 'save'],
        ['want', '1.email'],
        ['want', '2.sms'],
      ]),
    ],
  ])('is read from %s', async (_, body) => {
    const form = await readForm(Buffer.from(body));
    expect(form.one('action')).toBe('save');
    expect(form.all('want')).toEqual(['1.email', '2.sms']);
    expect(form.one('__proto__')).toBeUndefined();
    expect(form.isOneClick).toBe(false);
  });

  it.each([
    'List-Unsubscribe=One-Click',
    'list-unsubscribe=one-click\r\n',
    'a=b&List-Unsubscribe=One-Click&c=d',
    multipart('x', [['List-Unsubscribe', 'One-Click']]),
    multipart('x', [['List-Unsubscribe', 'One-Click']]).replaceAll('\r\n', '\n'),
  ])('of one click is known: %j', async body => {
    expect((await readForm(Buffer.from(body))).isOneClick).toBe(true);
  });

  it.each(['', 'List-Unsubscribe=Two-Clicks', 'xList-Unsubscribe=One-Click', 'action=all', 'One-Click'])(
    'that is none is not taken for one click: %j',
    async body => {
      expect((await readForm(Buffer.from(body))).isOneClick).toBe(false);
    },
  );

  it('of any bytes whatever is read without an error', async () => {
    const anything = fc.oneof(
      fc.uint8Array({ maxLength: 2000 }).map(bytes => Buffer.from(bytes)),
      fc.string({ unit: 'binary' }).map(text => Buffer.from(`--${text}\r\n${text}`)),
    );
    await fc.assert(
      fc.asyncProperty(anything, async body => {
        expect(Array.isArray((await readForm(body)).all('want'))).toBe(true);
      }),
    );
    expect((await readForm(undefined)).one('action')).toBeUndefined();
  });

  it('made to be slow to read is read fast', async () => {
    const started = performance.now();
    for (const piece of ['List-Unsubscribe=', 'List-Unsubscribe ', '--', '&', '%', '--x\r\n', '\r\n']) {
      await readForm(Buffer.from(piece.repeat(10_240 / piece.length)));
    }
    expect(performance.now() - started).toBeLessThan(1000);
  });
});
