import { type Locale, locales } from '#common';

/** The language of ours a BCP 47 tag asks for (`ar-EG` asks for `ar`), or null when we do not speak it. */
export function spokenLocale(tag: string | null | undefined): Locale | null {
  const language = tag?.split(/[-_]/, 1)[0]?.toLowerCase();
  return locales.find(locale => locale === language) ?? null;
}

/** The variant for a person: their language, else the sender's, else the template's own. */
export function chooseLocale(
  available: ReadonlySet<Locale>,
  wishes: { person: string | null; sender: string | null; template: Locale },
): Locale {
  for (const wish of [wishes.person, wishes.sender]) {
    const locale = spokenLocale(wish);
    if (locale !== null && available.has(locale)) return locale;
  }
  return wishes.template;
}
