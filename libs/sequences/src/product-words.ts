import { type Locale, type LocalizedText, locales } from '#common';
import { escapeHtml, type TemplateContent } from '#templates';

/** What a ready-made sequence is about that speaks of one product. */
export interface Product {
  name: Required<LocalizedText>;
  /** What it is good for, in a sentence. */
  benefit: Required<LocalizedText>;
  url: string;
}

const place = /\[\[product\.(name|benefit|url)\]\]/g;

/** Writes the product's words where `[[product.name]]` stands: as text, whatever signs of markup or Liquid are in them. */
export function withProduct(content: TemplateContent, product: Product): TemplateContent {
  const filled: TemplateContent = {};
  for (const locale of locales) {
    const parts = Object.entries(content[locale] ?? {}).map(
      ([part, source]: [string, string | undefined]) => [
        part,
        source?.replace(place, (_, word: keyof Product) => written(wordOf(product, word, locale), part)),
      ],
    );
    filled[locale] = Object.fromEntries(parts) as TemplateContent[Locale];
  }
  return filled;
}

function wordOf({ name, benefit, url }: Product, word: keyof Product, locale: Locale): string {
  if (word === 'url') return new URL(url).href;
  return word === 'name' ? name[locale] : benefit[locale];
}

/** A brace would begin Liquid, in the text part even when it is written as an entity: it becomes the bracket that looks alike. */
function written(word: string, part: string): string {
  const plain = word.replace(/\{/g, '(').replace(/\}/g, ')');
  return part === 'mjml' ? escapeHtml(plain) : plain;
}
