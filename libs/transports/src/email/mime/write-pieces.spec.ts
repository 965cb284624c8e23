import fc from 'fast-check';
import PostalMime from 'postal-mime';
import { StaticText, type TextPieces } from '#templates';
import { email } from '../../../../../test/factories/email.js';
import { composeEmail } from './compose-email.js';

const rawOf = (html: TextPieces): string => composeEmail(email({ html }))!.raw.toString('latin1');
const htmlPartOf = (raw: string): string =>
  raw.slice(raw.indexOf('\r\n\r\n', raw.indexOf('text/html')) + 4, raw.lastIndexOf('\r\n--=_'));

describe('a mail in pieces', () => {
  it('reads back as the pieces joined, whatever they are and wherever they were cut', async () => {
    const text = fc.string({
      unit: fc.constantFrom(...['\n', ' ', '\t', '.', '=', 'F', 'From ', '<p>', 'é', 'م', '😀', '-', '\0']),
      maxLength: 200,
    });
    const pieces = fc.array(
      fc.tuple(fc.boolean(), text).map(([isStatic, part]) => (isStatic ? new StaticText(part) : part)),
      { maxLength: 12 },
    );
    await fc.assert(
      fc.asyncProperty(pieces, async html => {
        for (const _ of ['encoded anew', 'as it was kept']) {
          const raw = rawOf(html);
          for (const line of raw.split('\r\n')) {
            expect(line.length).toBeLessThanOrEqual(76);
            expect(line).not.toMatch(/^\.|^From |[\t ]$/);
          }
          if (/text\/html; charset=utf-8\r\n.*quoted/.test(raw))
            expect(htmlPartOf(raw)).not.toMatch(/=(\r\n)?$/);
          const read = (await PostalMime.parse(raw)).html ?? '';
          expect(read.replaceAll('\r\n', '\n').replace(/\n+$/, '')).toBe(html.join('').replace(/\n+$/, ''));
        }
      }),
      { numRuns: 200 },
    );
  });

  it('is quoted-printable where markup rules and base64 where Arabic prose does', () => {
    const markup = new StaticText(
      '<p>What is new in the shop this week, and what will come next: مرحبا</p>\n'.repeat(50),
    );
    const prose = new StaticText('مرحبا بكم في متجرنا\n'.repeat(50));
    expect(rawOf([markup, 'ليلى'])).toMatch(/text\/html; charset=utf-8\r\n.*quoted-printable/);
    expect(rawOf([prose, 'Layla'])).toMatch(/text\/html; charset=utf-8\r\n.*base64/);
  });
});
