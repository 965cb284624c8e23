import { localize, type Locale, type LocalizedText } from '#common';

/** A question that customers ask a sender, with its answer. Both are plain text. */
export interface FaqEntry {
  question: LocalizedText;
  answer: LocalizedText;
  /** Where to read more; null: nowhere. */
  url: string | null;
}

/** The entries as a mail in this language shows them; what a language lacks is told in the other. */
export function faqIn(locale: Locale, entries: readonly FaqEntry[]): Record<string, string | null>[] {
  return entries.map(({ question, answer, url }) => ({
    question: localize(question, locale),
    answer: localize(answer, locale),
    url,
  }));
}
