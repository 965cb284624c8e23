import { type Locale } from '#common';

/** A day in words, in this time zone, or in UTC when that is none. Latin digits in Arabic too, as in the numbers beside it. */
export function dayInWords(time: Date, locale: Locale, timeZone: string | null): string {
  const tag = locale === 'ar' ? 'ar-u-ca-gregory-nu-latn' : 'en-GB';
  try {
    return new Intl.DateTimeFormat(tag, { dateStyle: 'long', timeZone: timeZone ?? 'UTC' }).format(time);
  } catch {
    return new Intl.DateTimeFormat(tag, { dateStyle: 'long', timeZone: 'UTC' }).format(time);
  }
}

/** `a, b and c`. */
export function listInWords(items: string[], locale: Locale): string {
  return new Intl.ListFormat(locale, { type: 'conjunction' }).format(items);
}
