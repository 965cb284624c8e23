import { DomainError, type ErrorDetail } from '#common';
import { type TemplateContent } from '../template-content.js';
import { sampleContext, unknownPerson } from '../sample.js';
import { SmsEngine } from './sms-engine.js';

const engine = new SmsEngine(() => new Date('2026-11-22T09:00:00Z'));
const wording = (content: TemplateContent, defaultLocale: 'ar' | 'en' = 'en') => ({ content, defaultLocale });
const refused = (work: () => unknown): { code: string; details: readonly ErrorDetail[] } => {
  try {
    work();
  } catch (error) {
    if (error instanceof DomainError) return { code: error.code, details: error.details };
    throw error;
  }
  throw new Error('It was not refused.');
};

describe('an SMS template', () => {
  it('is checked, and compiles', () => {
    const good = wording({
      en: { text: 'Hi {{ contact.firstName }}' },
      ar: { text: 'أهلًا {{ contact.firstName }}' },
    });
    expect(engine.check(good)).toEqual([]);
    expect(engine.compile(good).defaultLocale).toBe('en');
  });

  it('lets no control character of its author out', () => {
    const compiled = engine.compile(wording({ en: { text: 'Hi\u0007 {{ contact.firstName }}\u202E!' } }));
    const { sender, campaignName } = sampleContext('en', new Date(0), null);
    const { text } = compiled.renderIn('en', unknownPerson, {
      ...{ sender, campaignName, messageClass: 'transactional', fields: [], marketingStatement: false },
      ...{ wayOut: null, smartEncoding: false, shortLink: null },
    });
    expect(text).toBe('Sample Shop: Hi !');
  });

  it('has a text and nothing else', () => {
    const { code, details } = refused(() =>
      engine.check(wording({ en: { subject: 'x', mjml: 'y', text: 'Hi' } })),
    );
    expect(code).toBe('TEMPLATE_INVALID');
    expect(details.map(({ path, code: each }) => [path, each])).toEqual([
      ['en.subject', 'NOT_IN_SMS'],
      ['en.mjml', 'NOT_IN_SMS'],
    ]);
  });

  it.each<[string, string, string]>([
    ['an unclosed tag', 'a\n{% if x %}b', 'LIQUID_INVALID'],
    ['a filter there is not', '{{ contact.firstName | raw }}', 'FILTER_UNKNOWN'],
    ['a tag there is not', "{% include 'x' %}", 'TAG_UNKNOWN'],
    ['a partial of mails', "{% render 'button' %}", 'TAG_UNKNOWN'],
    ['a loop without end', '{% for i in (1..100000000) %}x{% endfor %}', 'RENDER_TOO_MUCH_MEMORY'],
    ['more than can be sent', 'x'.repeat(1600), 'SMS_TOO_LONG'],
  ])('with %s is refused, with the place', (_, text, code) => {
    const { details } = refused(() => engine.check(wording({ en: { text } })));
    expect(details).toEqual([expect.objectContaining({ path: expect.stringMatching(/^en\.text/), code })]);
  });

  it('may lack a text as a draft, and cannot be sent so', () => {
    expect(engine.check(wording({ en: {} }))).toEqual([]);
    const { code, details } = refused(() => engine.compile(wording({ en: { text: ' ' } }, 'ar')));
    expect([code, details.map(({ path }) => path)]).toEqual(['TEMPLATE_INCOMPLETE', ['ar', 'en.text']]);
  });

  it.each<[string, TemplateContent, string[]]>([
    ['one curly quote makes it dearer', { en: { text: `It’s ${'x'.repeat(100)}` } }, ['FORCES_UCS2']],
    ['an emoji does', { en: { text: `${'x'.repeat(100)} 🎉` } }, ['FORCES_UCS2']],
    ['an emoji costs nothing', { en: { text: 'Hi 🎉' } }, []],
    ['Arabic is Arabic', { ar: { text: 'خصم '.repeat(20) } }, []],
    ['it is long', { en: { text: 'word '.repeat(150) } }, ['SMS_LONG']],
  ])('says so when %s', (_, content, codes) => {
    expect(engine.check(wording(content)).map(({ code }) => code)).toEqual(codes);
  });
});
