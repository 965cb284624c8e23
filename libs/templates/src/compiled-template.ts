import { type Locale } from '#common';
import { type Direction } from './bidi.js';
import { chooseLocale, spokenLocale } from './choose-locale.js';
import { cleanLine, tidyText } from './clean-text.js';
import { type CompiledVariant } from './compile-variant.js';
import { type LegalFooter } from './legal-footer.js';
import { LINK_WRITER } from './link-tag.js';
import { MeasuredLinks, openPicture } from './measured-links.js';
import { type Person, type RenderContext, toScope } from './person.js';
import { type TextPieces } from './text-pieces.js';

export interface RenderedEmail {
  locale: Locale;
  dir: Direction;
  /** One line, no control characters. */
  subject: string;
  html: string;
  text: string;
}

/** The same with the HTML as it was put together: most of it all messages have in common. */
export type RenderedPieces = Omit<RenderedEmail, 'html'> & { html: TextPieces };

/** A version of a template in all its languages. Rendering is synchronous and does no I/O. */
export class CompiledTemplate {
  readonly #variants: ReadonlyMap<Locale, CompiledVariant>;
  readonly #available: ReadonlySet<Locale>;
  readonly #links: string[] = [];
  readonly #linkNumbers = new Map<CompiledVariant, number[]>();

  constructor(
    variants: CompiledVariant[],
    readonly defaultLocale: Locale,
    private readonly footer: LegalFooter,
  ) {
    this.#variants = new Map(variants.map(variant => [variant.locale, variant]));
    this.#available = new Set(this.#variants.keys());
    for (const variant of variants) {
      this.#linkNumbers.set(
        variant,
        variant.links.map(link => numberOf(link, this.#links)),
      );
    }
  }

  get locales(): Locale[] {
    return [...this.#available];
  }

  /** What its links were written as, Liquid and all; the first is number 1. The same in several languages is one link. */
  get links(): readonly string[] {
    return this.#links;
  }

  /**
   * The message for one person: the variant of their language with the legal footer in their language.
   * @throws DomainError RENDER_FAILED, which is definite: trying again gives the same.
   */
  render(person: Person, context: RenderContext): RenderedEmail {
    return whole(this.renderPieces(person, context));
  }

  /** @throws DomainError RENDER_FAILED */
  renderPieces(person: Person, context: RenderContext): RenderedPieces {
    const locale = chooseLocale(this.#available, {
      person: person.locale,
      sender: context.sender.defaultLocale,
      template: this.defaultLocale,
    });
    return this.#render(locale, person, context);
  }

  /** The same in a given language; one the template lacks falls back to its default. */
  renderIn(locale: Locale, person: Person, context: RenderContext): RenderedEmail {
    return whole(this.#render(locale, person, context));
  }

  #render(locale: Locale, person: Person, context: RenderContext): RenderedPieces {
    const variant = this.#variants.get(locale) ?? this.#variants.get(this.defaultLocale);
    if (!variant) throw new Error(`A compiled template lacks its default language "${this.defaultLocale}".`);
    const { dialects } = variant;
    const scope = {
      ...toScope(person, context, variant.locale),
      unsubscribeUrl: context.unsubscribeUrl,
      preferencesUrl: context.preferencesUrl,
    };
    const footer = this.footer.write(context, spokenLocale(person.locale) ?? variant.locale);
    const links = MeasuredLinks.of(context, this.#linkNumbers.get(variant) ?? []);
    const html =
      links && variant.markedHtml
        ? dialects.html.renderPieces(variant.markedHtml, { ...scope, [LINK_WRITER]: links })
        : dialects.html.renderPieces(variant.html, scope);
    const unseen = `${links?.honeypot ?? ''}${openPicture(context)}`;
    const text = tidyText(dialects.text.render(variant.text, scope));
    return {
      locale: variant.locale,
      dir: variant.direction,
      subject: cleanSubject(dialects.subject.render(variant.subject, scope)),
      html: [...html, ...(unseen === '' ? [] : [unseen]), ...footer.html, variant.htmlEnd],
      text: `${text}\n\n${footer.text}\n`,
    };
  }
}

function numberOf(link: string, links: string[]): number {
  const known = links.indexOf(link);
  return known === -1 ? links.push(link) : known + 1;
}

function whole(mail: RenderedPieces): RenderedEmail {
  return { ...mail, html: mail.html.join('') };
}

const LONGEST_SUBJECT = 500;
// eslint-disable-next-line no-control-regex -- control characters are what must not be there
const unsafe = /[\x00-\x1F\x7F-\x9F\u2028\u2029]/;

/** Literals and values were cleaned apart; together they are checked again, because a header is what is at stake. */
function cleanSubject(subject: string): string {
  const line = (unsafe.test(subject) ? cleanLine(subject) : subject).replace(/ {2,}/g, ' ').trim();
  return line.length <= LONGEST_SUBJECT
    ? line
    : `${Array.from(line)
        .slice(0, LONGEST_SUBJECT - 1)
        .join('')}…`;
}
