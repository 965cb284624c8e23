import { type Locale } from '#common';
import { type Direction, directionOf } from '../bidi.js';
import { tidyText } from '../clean-text.js';
import { chooseLocale, spokenLocale } from '../choose-locale.js';
import { type LiquidDialect, type Parsed } from '../liquid-dialect.js';
import { type Person, toScope } from '../person.js';
import { type SmsLegalFacts, writeSmsLegalText } from './sms-legal-text.js';
import { smartlyEncoded } from './smart-encoding.js';
import { sizeOfSms, type SmsSize } from './sms-parts.js';
import { withShortLinks } from './static-links.js';

/** One language, ready to render. */
export interface CompiledSmsVariant {
  locale: Locale;
  dialect: LiquidDialect;
  text: Parsed;
  /** Links that everybody gets alike. */
  links: readonly string[];
}

export interface SmsContext extends SmsLegalFacts {
  campaignName: string;
  /** Says quotation marks, dashes and spaces in GSM-7 where the whole text can be said in it. */
  smartEncoding: boolean;
  /** The address that leads where a link of a language leads, by its number; null: links stay as they are written. */
  shortLink: ((locale: Locale, link: number) => string) | null;
}

export interface RenderedSms {
  locale: Locale;
  dir: Direction;
  /** With what the law wants before and after it. */
  text: string;
  size: SmsSize;
}

/** An SMS template's version in all its languages. Rendering is synchronous and does no I/O. */
export class CompiledSms {
  readonly #variants: ReadonlyMap<Locale, CompiledSmsVariant>;

  constructor(
    variants: readonly CompiledSmsVariant[],
    readonly defaultLocale: Locale,
  ) {
    this.#variants = new Map(variants.map(variant => [variant.locale, variant]));
  }

  /**
   * The message for one person: the variant of their language between the words that the law wants, in their language.
   * @throws DomainError RENDER_FAILED, which is definite: trying again gives the same.
   */
  render(person: Person, context: SmsContext): RenderedSms {
    const locale = chooseLocale(new Set(this.#variants.keys()), {
      person: person.locale,
      sender: context.sender.defaultLocale,
      template: this.defaultLocale,
    });
    return this.renderIn(locale, person, context);
  }

  /** Where a link leads, by its number; null: there is none. */
  linkOf(locale: Locale, link: number): string | null {
    return this.#variants.get(locale)?.links[link] ?? null;
  }

  /** The same in a given language; one the template lacks falls back to its default. */
  renderIn(locale: Locale, person: Person, context: SmsContext): RenderedSms {
    const variant = this.#variants.get(locale) ?? this.#variants.get(this.defaultLocale);
    if (!variant) throw new Error(`A compiled template lacks its default language "${this.defaultLocale}".`);
    const rendered = tidyText(variant.dialect.render(variant.text, toScope(person, context, variant.locale)));
    const words = shortened(rendered, variant, context.shortLink);
    const whole = writeSmsLegalText(words, context, spokenLocale(person.locale) ?? variant.locale);
    const text = context.smartEncoding ? smartlyEncoded(whole) : whole;
    return { locale: variant.locale, dir: directionOf(variant.locale), text, size: sizeOfSms(text) };
  }
}

function shortened(
  text: string,
  { locale, links }: CompiledSmsVariant,
  shortLink: SmsContext['shortLink'],
): string {
  if (!shortLink || links.length === 0) return text;
  return withShortLinks(text, url => {
    const at = links.indexOf(url);
    return at < 0 ? null : shortLink(locale, at);
  });
}
