import { type Locale, type LocalizedText, locales } from '#common';
import { escapeHtml, type TemplateContent } from '#templates';

/** What a ready-made sequence is about that speaks of one product. */
export interface Product {
  name: Required<LocalizedText>;
  /** What it is good for, in a sentence. */
  benefit: Required<LocalizedText>;
  url: string;
}

/** What is chosen when a sequence is installed, and written into its texts. */
export interface WishedWords {
  product?: Product | undefined;
  /** What somebody gets for subscribing, and its conditions. */
  incentive?: Required<LocalizedText> | undefined;
}

const choice = /\[\[if incentive\]\]([\s\S]*?)(?:\[\[else\]\]([\s\S]*?))?\[\[end\]\]/g;
const place = /\[\[(product\.name|product\.benefit|product\.url|incentive)\]\]/g;

/**
 * Writes the words where `[[product.name]]` stands: as text, whatever signs of markup or Liquid are in them. Of
 * `[[if incentive]] ... [[else]] ... [[end]]` only the part stays that is true, so that nobody is promised what was not given.
 */
export function withWishedWords(content: TemplateContent, words: WishedWords): TemplateContent {
  const filled: TemplateContent = {};
  for (const locale of locales) {
    const parts = Object.entries(content[locale] ?? {}).map(
      ([part, source]: [string, string | undefined]) => [
        part,
        source
          ?.replace(choice, (_, given: string, otherwise = '') =>
            words.incentive ? given : String(otherwise),
          )
          .replace(place, (sign, word: string) => written(wordOf(words, word, locale) ?? sign, part)),
      ],
    );
    filled[locale] = Object.fromEntries(parts) as TemplateContent[Locale];
  }
  return filled;
}

/** Whether they have a place for an incentive. */
export function nameIncentive(contents: readonly TemplateContent[]): boolean {
  return contents.some(content => JSON.stringify(content).includes('[[incentive]]'));
}

function wordOf({ product, incentive }: WishedWords, word: string, locale: Locale): string | undefined {
  if (word === 'incentive') return incentive?.[locale];
  if (word === 'product.url') return product && new URL(product.url).href;
  return word === 'product.name' ? product?.name[locale] : product?.benefit[locale];
}

/** A brace would begin Liquid, in the text part even when it is written as an entity: it becomes the bracket that looks alike. */
function written(word: string, part: string): string {
  const plain = word.replace(/\{/g, '(').replace(/\}/g, ')');
  return part === 'mjml' ? escapeHtml(plain) : plain;
}
