import { LiquidDialect } from '../liquid-dialect.js';
import { samplePerson } from '../sample.js';
import { CompiledSms, type SmsContext } from './compiled-sms.js';

const now = (): Date => new Date('2026-11-22T09:00:00Z');
const sender = {
  ...{
    legalName: 'Nile Books Ltd',
    tradingName: 'Nile Books',
    registrationNumber: '123',
    registrationPlace: 'Cairo',
  },
  ...{ registeredAddress: '1 Tahrir Square, Cairo', contactEmail: 'care@nile.example', phone: null },
  ...{ website: null, privacyUrl: null, defaultLocale: 'en', timeZone: 'Africa/Cairo' },
};
const context = (more: Partial<SmsContext> = {}): SmsContext => ({
  ...{ sender, messageClass: 'marketing', fields: ['legalName'], marketingStatement: false },
  ...{ wayOut: { kind: 'reply' }, campaignName: 'Autumn', smartEncoding: false, shortLink: null },
  ...more,
});
const compiled = (en: string, ar: string): CompiledSms =>
  new CompiledSms(
    (
      [
        ['en', en],
        ['ar', ar],
      ] as const
    ).map(([locale, text]) => {
      const dialect = new LiquidDialect(locale, 'sms', now);
      return { locale, dialect, text: dialect.parse(text), links: [], facts: new Set<never>() };
    }),
    'en',
  );
const offer = compiled('Hi {{ contact.firstName }}, 20% off.', 'أهلًا {{ contact.firstName }}، خصم 20٪.');

describe('an SMS', () => {
  it('says who sends, what they say, and the way out, in the person’s language', () => {
    expect(offer.render({ ...samplePerson('en'), firstName: 'Mona' }, context())).toMatchObject({
      text: 'Nile Books: Hi Mona, 20% off.\nReply STOP to opt out',
      size: { encoding: 'gsm7', parts: 1 },
    });
    expect(offer.render({ ...samplePerson('ar'), firstName: 'منى' }, context())).toMatchObject({
      ...{ locale: 'ar', dir: 'rtl', text: 'Nile Books: أهلًا منى، خصم 20٪.\nللإيقاف أرسل إيقاف' },
      size: { encoding: 'ucs2', parts: 1 },
    });
  });

  it('has a link where answers reach nobody, and what else the laws ask for', () => {
    const more = context({
      ...{ wayOut: { kind: 'link', url: 'https://nile.example/s/abc' }, marketingStatement: true },
      fields: ['legalName', 'contactEmail'],
    });
    expect(offer.renderIn('en', { ...samplePerson('en'), firstName: 'Mona' }, more).text).toBe(
      'Ad Nile Books: Hi Mona, 20% off.\ncare@nile.example\nOpt out: https://nile.example/s/abc',
    );
  });

  it('has neither a way out nor a mark where it is transactional', () => {
    const receipt = context({ messageClass: 'transactional', marketingStatement: true, wayOut: null });
    expect(
      compiled('Your code is 1234.', 'رمزك 1234.').renderIn('en', samplePerson('en'), receipt).text,
    ).toBe('Nile Books: Your code is 1234.');
  });

  it('says the sender’s details on one line each, whatever was typed into them', () => {
    const details = { ...sender, tradingName: 'Nile\u0007 Books\n', contactEmail: ' care@nile.example\r\n' };
    const more = context({ sender: details, fields: ['contactEmail'], wayOut: null });
    expect(compiled('Hi.', 'x').renderIn('en', samplePerson('en'), more).text).toBe(
      'Nile Books: Hi.\ncare@nile.example',
    );
  });

  it.each([
    'Read https://nilebooks.example/t and https://shop.example/nile books',
    'See nile-books.example, or write to nilebooks@shop.example',
    'Unnile books, nile bookshop',
  ])('says the name where the words have it in an address or another word alone: %s', text => {
    const { text: sent } = compiled(text, text).renderIn('en', samplePerson('en'), context({ wayOut: null }));
    expect(sent.startsWith('Nile Books: ')).toBe(true);
  });

  it('does not say the name twice', () => {
    const named = compiled('NILE BOOKS is open.', 'مكتبة Nile Books مفتوحة.');
    expect(named.renderIn('en', samplePerson('en'), context({ wayOut: null })).text).toBe(
      'NILE BOOKS is open.',
    );
  });

  it('puts values in bare: an isolate would be paid for, and turn the text into UCS-2', () => {
    const person = { ...samplePerson('en'), firstName: 'منى\u2067\t\u0007' };
    const text = compiled('Hi {{ contact.firstName }}!', 'x').renderIn(
      'en',
      person,
      context({ wayOut: null }),
    ).text;
    expect(text).toBe('Nile Books: Hi منى\t!');
  });

  it('keeps none of the empty space that Liquid leaves', () => {
    const text =
      '{% if contact.country == "XX" %}\nno\n{% endif %}\n\n\nHi  \r\n{% if true %}there{% endif %}\n\n';
    expect(compiled(text, 'x').renderIn('en', samplePerson('en'), context({ wayOut: null })).text).toBe(
      'Nile Books: Hi\nthere',
    );
  });

  it('is said in GSM-7 on request, where all of it can be', () => {
    const curly = compiled('It’s “on”…', 'إنه “هنا”…');
    const smart = context({ smartEncoding: true });
    expect(curly.renderIn('en', samplePerson('en'), smart)).toMatchObject({
      text: 'Nile Books: It\'s "on"...\nReply STOP to opt out',
      size: { encoding: 'gsm7' },
    });
    expect(curly.renderIn('ar', samplePerson('ar'), smart).text).toContain('“هنا”…');
  });
});
