import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Locale, locales } from '#common';

export type Values = Record<string, string>;

/** The pages' own words in every language, with `{name}` where a value goes. */
export class PageStrings {
  readonly #texts: Record<Locale, Record<string, string>>;

  /** @throws Error when a text lacks a translation, or a translation a value: the boot stops, not a customer's page. */
  constructor(folder: string) {
    const read = (locale: Locale): Record<string, string> =>
      JSON.parse(readFileSync(join(folder, `${locale}.json`), 'utf8')) as Record<string, string>;
    this.#texts = { ar: read('ar'), en: read('en') };
    for (const locale of locales) {
      for (const [key, text] of Object.entries(this.#texts.en)) {
        const translated = this.#texts[locale][key];
        if (translated === undefined || valuesOf(translated) !== valuesOf(text)) {
          throw new Error(
            `templates/pages/locales/${locale}.json: "${key}" is missing or names other values.`,
          );
        }
      }
      const extra = Object.keys(this.#texts[locale]).find(key => this.#texts.en[key] === undefined);
      if (extra !== undefined) throw new Error(`templates/pages/locales/en.json: "${extra}" is missing.`);
    }
  }

  /** The text as a person reads it; also what is kept as evidence of the wording shown. */
  text(locale: Locale, key: string, values: Values = {}): string {
    return fill(this.#find(locale, key), values, value => value);
  }

  /** The same as HTML: everything escaped, every value isolated, so that a Latin name cannot reorder Arabic. */
  html(locale: Locale, key: string, values: Values = {}): string {
    return fill(escapeHtml(this.#find(locale, key)), values, value => `<bdi>${escapeHtml(value)}</bdi>`);
  }

  #find(locale: Locale, key: string): string {
    const text = this.#texts[locale][key];
    if (text === undefined) throw new Error(`There is no page text "${key}".`);
    return text;
  }
}

const placeholder = /\{(\w+)\}/g;

function fill(text: string, values: Values, write: (value: string) => string): string {
  return text.replace(placeholder, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`The page text "${text}" needs the value "${name}".`);
    return write(value);
  });
}

function valuesOf(text: string): string {
  return [...new Set(text.match(placeholder))].sort().join();
}

const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, character => entities[character] as string);
}
