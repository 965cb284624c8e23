import { type Locale } from '#common';

/** A moment in words, in UTC: `21 November 2026 at 09:00 UTC`. */
export function momentText(time: Date, locale: Locale): string {
  const words = time.toLocaleString(locale === 'ar' ? 'ar-u-nu-latn' : 'en-GB', {
    dateStyle: 'long',
    timeStyle: 'short',
    timeZone: 'UTC',
  });
  return locale === 'ar' ? `${words} بالتوقيت العالمي` : `${words} UTC`;
}

/** A stored text inside a sentence. Isolated, so that a Latin name or a URL cannot reorder Arabic (UAX #9). */
export function valueText(value: string, locale: Locale): string {
  return locale === 'ar' ? `\u2068${value}\u2069` : value;
}

/** A stored text in the quotation marks of the language. */
export function quotedText(value: string, locale: Locale): string {
  return locale === 'ar' ? `«${valueText(value, locale)}»` : `“${value}”`;
}

/** The name of a language, or its tag when it has none. */
export function languageText(tag: string, locale: Locale): string {
  try {
    return new Intl.DisplayNames(locale, { type: 'language' }).of(tag) ?? tag;
  } catch {
    return tag;
  }
}

/** The name of a country, or its code when it has none. */
export function countryText(code: string, locale: Locale): string {
  try {
    return new Intl.DisplayNames(locale, { type: 'region' }).of(code) ?? code;
  } catch {
    return code;
  }
}
