/** How a person is reached. */
export const channels = ['email', 'sms'] as const;
export type Channel = (typeof channels)[number];

/** What a message is for; it decides which permission it needs. */
export const messageClasses = ['marketing', 'service', 'transactional'] as const;
export type MessageClass = (typeof messageClasses)[number];

/** The languages the product speaks to customers in. Arabic and English are equals. */
export const locales = ['ar', 'en'] as const;
export type Locale = (typeof locales)[number];

/** A text in every language the product speaks; at least one must be there. */
export type LocalizedText = Partial<Record<Locale, string>>;

/** The product's language for a BCP 47 tag: `ar-EG` is `ar`; what we do not speak is the fallback. */
export function toLocale(tag: string | null | undefined, fallback: Locale = 'en'): Locale {
  const language = tag?.slice(0, 2).toLowerCase();
  return locales.find(locale => locale === language) ?? fallback;
}

/** The text in this language, or in whichever there is. */
export function localize(text: LocalizedText, locale: Locale): string {
  return text[locale] ?? text.en ?? text.ar ?? '';
}
