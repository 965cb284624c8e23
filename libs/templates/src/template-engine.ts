import { DomainError, type ErrorDetail, type Locale, type MessageClass } from '#common';
import { CompiledTemplate } from './compiled-template.js';
import { type CompileTools, compileTools, type CompiledVariant, compileVariant } from './compile-variant.js';
import { LegalFooter } from './legal-footer.js';
import { lintSize } from './lint.js';
import { type MailFiles } from './mail-files.js';
import { lintPromotion, type PromotionFault } from './promotion-lint.js';
import { sampleContext, samplePerson, sampleSubject, unknownPerson } from './sample.js';
import { localesOf, missingParts, refuseOversize, type TemplateContent } from './template-content.js';
import { templateIncomplete, templateInvalid, toDetail } from './template.errors.js';

/** What a version says, whether it is stored or about to be. */
export interface Wording {
  defaultLocale: Locale;
  content: TemplateContent;
}

/** From an author's words to something that renders. Pure: it knows no database. */
export class TemplateEngine {
  readonly #tools: CompileTools;
  readonly #footer: LegalFooter;

  constructor(
    private readonly files: MailFiles,
    private readonly now: () => Date,
  ) {
    this.#tools = compileTools(files, now);
    this.#footer = new LegalFooter(files);
  }

  /**
   * @throws DomainError TEMPLATE_INCOMPLETE, TEMPLATE_INVALID
   */
  async compile(wording: Wording): Promise<CompiledTemplate> {
    const missing = missingParts(wording);
    if (missing.length > 0) throw templateIncomplete(missing);
    const { variants, errors } = await this.#variants(wording.content);
    if (errors.length > 0) throw templateInvalid(errors);
    return new CompiledTemplate(variants, wording.defaultLocale, this.#footer);
  }

  /**
   * Everything that can be known of a wording before it is stored: drafts may lack parts, but what is there must work.
   * @returns what an author should know.
   * @throws DomainError TEMPLATE_TOO_LARGE, TEMPLATE_INVALID with every fault and its line
   */
  async check({ content }: Wording): Promise<ErrorDetail[]> {
    refuseOversize(content);
    const { variants, errors, warnings } = await this.#variants(content);
    if (errors.length === 0) {
      for (const variant of variants) {
        const probe = this.#probe(variant);
        errors.push(...probe.errors);
        warnings.push(...probe.warnings);
      }
    }
    if (errors.length > 0) throw templateInvalid(errors);
    return warnings;
  }

  /** What in a wording makes it marketing, and keeps it from being sent as this class. Marketing has nothing of the kind. */
  promotions({ content }: Pick<Wording, 'content'>, messageClass: MessageClass): PromotionFault[] {
    return lintPromotion(content, messageClass, this.files);
  }

  /** Renders for someone well known and for someone unknown: a loop without end shows here, not in a campaign. */
  #probe(variant: CompiledVariant): { errors: ErrorDetail[]; warnings: ErrorDetail[] } {
    const { locale } = variant;
    const template = new CompiledTemplate([variant], locale, this.#footer);
    const context = sampleContext(locale, this.now(), null);
    try {
      template.render(unknownPerson, context);
      const subject = sampleSubject(locale, this.now());
      const { html } = template.render(samplePerson(locale), { ...context, subject });
      return { errors: [], warnings: lintSize(html).map(warning => toDetail(locale, 'mjml', warning)) };
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      const code = error.details[0]?.code ?? error.code;
      return { errors: [toDetail(locale, 'mjml', { code, message: error.message })], warnings: [] };
    }
  }

  async #variants(
    content: TemplateContent,
  ): Promise<{ variants: CompiledVariant[]; errors: ErrorDetail[]; warnings: ErrorDetail[] }> {
    const variants: CompiledVariant[] = [];
    const errors: ErrorDetail[] = [];
    const warnings: ErrorDetail[] = [];
    for (const locale of localesOf(content)) {
      const compilation = await compileVariant(locale, content[locale] ?? {}, this.#tools);
      if (compilation.variant) variants.push(compilation.variant);
      errors.push(...compilation.errors);
      warnings.push(...compilation.warnings);
    }
    return { variants, errors, warnings };
  }
}
