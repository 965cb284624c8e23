import { type MessageClass, locales } from '#common';
import { bases } from '#consent';
import { aRenderContext } from '../../../test/factories/template.js';
import { LegalFooter } from './legal-footer.js';
import { readMailFiles } from './mail-files.js';

const footer = new LegalFooter(readMailFiles());
const context = aRenderContext();
const write = (...asked: Parameters<LegalFooter['write']>): { html: string; text: string } => {
  const { html, text } = footer.write(...asked);
  return { html: html.join(''), text };
};
const plain = (html: string): string => html.replace(/<[^>]*>/g, '').replaceAll('&nbsp;', ' ');

describe('the legal footer', () => {
  it('says in both parts who sends, why, and the way out', () => {
    const { html, text } = write(context, 'en');
    for (const part of [plain(html), text]) {
      expect(part).toContain('You agreed to “Offers” on 3 May 2026.');
      expect(part).toContain('Nakheel Market');
      expect(part).toContain('Legal name: Nakheel Trading Company LLC');
      expect(part).toContain('Registration no. 1010123456, Riyadh');
      expect(part).toContain('12 Olaya Street, Riyadh');
      expect(part).toContain('care@nakheel.example');
      expect(part).toContain('+966 11 234 5678');
      expect(part).toContain('https://nakheel.example');
    }
    for (const link of [
      'https://ithn.test/u/token',
      'https://ithn.test/p/token',
      'https://nakheel.example/privacy',
    ]) {
      expect(html).toContain(`href="${link}"`);
      // On a line of its own, with nothing before or after it that a mail program could take for a part of it.
      expect(text.split('\n')).toContain(link);
    }
  });

  it('says the same in Arabic, from right to left, with numbers and addresses isolated', () => {
    const { html, text } = write(context, 'ar');
    expect(html).toMatch(/^<div role="contentinfo" lang="ar" dir="rtl"/);
    expect(plain(html)).toContain('وافقت على تلقي «العروض» بتاريخ 3 مايو 2026.');
    expect(html).toContain('<bdi dir="ltr">+966 11 234 5678</bdi>');
    expect(html).toContain('<bdi dir="ltr">care@nakheel.example</bdi>');
    expect(text).toContain('\u2066+966 11 234 5678\u2069');
    expect(text.split('\n')).toContain('https://ithn.test/u/token');
  });

  it("tells the date in the sender's time zone", () => {
    const sender = { ...context.sender, timeZone: 'America/New_York' };
    expect(write({ ...context, sender }, 'en').text).toContain('on 2 May 2026');
  });

  it('survives a time zone nobody knows', () => {
    const sender = { ...context.sender, timeZone: 'Mars/Olympus' };
    expect(write({ ...context, sender }, 'en').text).toContain('on 2 May 2026');
  });

  it.each([
    ['express', 'You agreed to “Offers”'],
    ['double_opt_in', 'confirmed it'],
    ['soft_opt_in', 'because you bought from us'],
    ['implied_purchase', 'because you bought from us on 3 May 2026.'],
    ['implied_inquiry', 'because you sent us an inquiry on 3 May 2026.'],
    ['service', 'because you have been our customer since 3 May 2026.'],
    ['transactional', 'because it is about your own orders, requests or account.'],
    ['anything else', 'your dealings with us'],
  ])('gives the reason that the basis %s is', (basis, sentence) => {
    const reason = { ...context.reason, basis };
    expect(write({ ...context, reason }, 'en').text).toContain(sentence);
  });

  it.each(bases)('has a sentence of its own for the basis %s, in both languages', basis => {
    const reason = { ...context.reason, basis };
    const other = { ...context.reason, basis: 'anything else' };
    for (const locale of locales) {
      expect(write({ ...context, reason }, locale).text).not.toBe(
        write({ ...context, reason: other }, locale).text,
      );
    }
  });

  describe.each([
    [
      'en',
      'This is a marketing message from Nakheel Market.',
      'Unsubscribe:',
      'Unsubscribe from these updates:',
    ],
    ['ar', 'هذه رسالة دعائية من', 'إلغاء الاشتراك:', 'إلغاء الاشتراك في هذه الرسائل:'],
  ] as const)('by the class of the message, in %s', (locale, statement, wayOut, wayOutOfService) => {
    const writeClass = (messageClass: MessageClass) => {
      const { html, text } = write({ ...context, messageClass }, locale);
      return { html, text, lines: text.split('\n') };
    };

    it('says of marketing that it is, and leads out of it', () => {
      const { html, text, lines } = writeClass('marketing');
      expect(text).toContain(statement);
      expect(plain(html)).toContain(statement);
      expect(lines).toContain(wayOut);
      expect(lines).toContain('https://ithn.test/u/token');
    });

    it('leads out of service, which is no advertising', () => {
      const { html, text, lines } = writeClass('service');
      expect(text + html).not.toContain(statement);
      expect(lines).toContain(wayOutOfService);
      expect(html).toContain('href="https://ithn.test/u/token"');
    });

    it('names the sender of what is transactional, and why it comes, with the preferences and no way out', () => {
      const { html, text } = writeClass('transactional');
      expect(text + html).not.toContain(statement);
      expect(text + html).not.toContain('/u/token');
      expect(html).toContain('href="https://ithn.test/p/token"');
      for (const part of [plain(html), text]) {
        expect(part).toContain('Nakheel Market');
        expect(part).toContain('care@nakheel.example');
        expect(part).toContain('2026');
      }
    });
  });

  it('says that it is marketing when the sender has no name yet', () => {
    const sender = { ...context.sender, tradingName: null, legalName: null };
    expect(write({ ...context, sender }, 'en').text).toContain('This is a marketing message.\n');
  });

  it('isolates a Latin name in the Arabic statement', () => {
    expect(write(context, 'ar').html).toContain('هذه رسالة دعائية من <bdi dir="ltr">Nakheel Market</bdi>.');
  });

  it('leaves out what the sender has not, with its label', () => {
    const none = { registrationNumber: null, registrationPlace: null, registeredAddress: null, phone: null };
    const sender = { ...context.sender, ...none, website: null, privacyUrl: null, tradingName: null };
    const { text } = write({ ...context, sender }, 'en');
    expect(text).not.toMatch(/Registration|Phone|Website|Privacy|Legal name/);
    expect(text).toContain('Nakheel Trading Company LLC');
  });

  it('does not mix up senders, topics or people', () => {
    const other = { ...context.sender, phone: '+1' };
    const one = write(context, 'en');
    expect(write({ ...context, sender: other }, 'en').text).toContain('Phone: +1\n');
    expect(write({ ...context, unsubscribeUrl: 'https://ithn.test/u/2' }, 'en').text).toContain('/u/2');
    expect(write(context, 'en')).toEqual(one);
  });

  it('escapes whatever a sender, a topic or a link contains', () => {
    const hostile = '"><script>alert(1)</script>\uE012';
    const { html } = write(
      {
        ...context,
        sender: { ...context.sender, tradingName: hostile, website: `javascript:${hostile}` },
        reason: { ...context.reason, topicName: { en: hostile } },
        unsubscribeUrl: `https://ithn.test/${hostile}`,
      },
      'en',
    );
    expect(html).not.toContain('<script');
    expect(html).not.toContain('href="javascript:');
  });
});
