import { DomainError, type ErrorDetail, type Locale, locales } from '#common';
import { cleanLiterals } from '../clean-literals.js';
import { cleanText } from '../clean-text.js';
import { LiquidChecker, LiquidDialect, liquidFault } from '../liquid-dialect.js';
import { lintFacts, lintVariables } from '../lint.js';
import { factsIn, noSubject } from '../message-subject.js';
import { type Person } from '../person.js';
import { sampleContext, samplePerson, sampleSubject, unknownPerson } from '../sample.js';
import { localesOf, parts, type TemplateContent } from '../template-content.js';
import { type Wording } from '../template-engine.js';
import { templateIncomplete, templateInvalid, toDetail } from '../template.errors.js';
import { CompiledSms, type CompiledSmsVariant, type SmsContext } from './compiled-sms.js';
import { lintSms } from './sms-lint.js';
import { LONGEST_SMS } from './sms-parts.js';
import { staticLinks } from './static-links.js';

interface Compilation {
  variants: CompiledSmsVariant[];
  errors: ErrorDetail[];
}

/** From an author's words to an SMS that renders. Pure: it knows no database. */
export class SmsEngine {
  readonly #checker = new LiquidChecker();
  readonly #dialects: Record<Locale, LiquidDialect>;

  constructor(private readonly now: () => Date) {
    this.#dialects = { ar: new LiquidDialect('ar', 'sms', now), en: new LiquidDialect('en', 'sms', now) };
  }

  /** @throws DomainError TEMPLATE_INCOMPLETE, TEMPLATE_INVALID */
  compile({ content, defaultLocale }: Wording): CompiledSms {
    const missing = missingTexts({ content, defaultLocale });
    if (missing.length > 0) throw templateIncomplete(missing);
    const { variants, errors } = this.#compile(content);
    if (errors.length > 0) throw templateInvalid(errors);
    return new CompiledSms(variants, defaultLocale);
  }

  /**
   * Everything that can be known of a wording before it is stored.
   * @returns what an author should know.
   * @throws DomainError TEMPLATE_INVALID with every fault and its line
   */
  check({ content }: Wording): ErrorDetail[] {
    const { variants, errors } = this.#compile(content);
    const warnings: ErrorDetail[] = [];
    for (const variant of errors.length === 0 ? variants : []) {
      const { locale } = variant;
      const source = content[locale]?.text ?? '';
      const named = [...lintVariables(this.#checker.variables(source)), ...lintFacts(variant.facts)];
      warnings.push(...named.map(warning => toDetail(locale, 'text', warning)));
      const probe = this.#probe(variant);
      errors.push(...probe.errors);
      warnings.push(...probe.warnings);
    }
    if (errors.length > 0) throw templateInvalid(errors);
    return warnings;
  }

  /** For someone well known and for someone unknown, as it would be sent. */
  #probe(variant: CompiledSmsVariant): { errors: ErrorDetail[]; warnings: ErrorDetail[] } {
    const { locale } = variant;
    const template = new CompiledSms([variant], locale);
    const { sender, campaignName } = sampleContext(locale, this.now(), null);
    const context: SmsContext = {
      ...{ sender, campaignName, messageClass: 'marketing', fields: [], marketingStatement: false },
      ...{ wayOut: { kind: 'reply' }, smartEncoding: false, shortLink: null },
    };
    const render = (person: Person): string =>
      template.renderIn(locale, person, {
        ...context,
        subject: person === unknownPerson ? noSubject : sampleSubject(locale, this.now()),
      }).text;
    try {
      const text = render(samplePerson(locale));
      const longest = Math.max(text.length, render(unknownPerson).length);
      if (longest <= LONGEST_SMS) {
        const warnings = lintSms(text, locale).map(warning => toDetail(locale, 'text', warning));
        return { errors: [], warnings };
      }
      const message = `With its legal text it has ${longest} characters; at most ${LONGEST_SMS} can be sent.`;
      return { errors: [toDetail(locale, 'text', { code: 'SMS_TOO_LONG', message })], warnings: [] };
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      const code = error.details[0]?.code ?? error.code;
      return { errors: [toDetail(locale, 'text', { code, message: error.message })], warnings: [] };
    }
  }

  #compile(content: TemplateContent): Compilation {
    const variants: CompiledSmsVariant[] = [];
    const errors: ErrorDetail[] = [];
    for (const locale of localesOf(content)) {
      for (const part of parts) {
        if (part === 'text' || content[locale]?.[part] === undefined) continue;
        const message = 'An SMS has a text and nothing else. Leave this part out.';
        errors.push(toDetail(locale, part, { code: 'NOT_IN_SMS', message }));
      }
      const source = content[locale]?.text;
      if (!source?.trim()) continue;
      const fault = this.#checker.check(source);
      if (fault) {
        errors.push(toDetail(locale, 'text', fault));
        continue;
      }
      try {
        const dialect = this.#dialects[locale];
        const cleaned = cleanLiterals(source, cleanText);
        const text = dialect.parse(cleaned);
        variants.push({ locale, dialect, text, links: staticLinks(cleaned), facts: factsIn([cleaned]) });
      } catch (error) {
        errors.push(toDetail(locale, 'text', liquidFault(error)));
      }
    }
    return { variants, errors };
  }
}

/** What keeps a version from being sent, as paths: every language it has needs a text, and its default must be one of them. */
export function missingTexts({ content, defaultLocale }: Wording): string[] {
  const missing = content[defaultLocale] === undefined ? [defaultLocale as string] : [];
  for (const locale of locales) {
    if (content[locale] !== undefined && !content[locale].text?.trim()) missing.push(`${locale}.text`);
  }
  return missing;
}
