import { type Locale, locales, type LocalizedText } from '#common';
import { type MailFiles } from './mail-files.js';
import { type TemplateContent, type VariantContent } from './template-content.js';

/** A template to start from, in every language. */
export interface Starter {
  /** Its folder's name: `newsletter`. */
  key: string;
  name: LocalizedText;
  description: LocalizedText;
  defaultLocale: Locale;
  content: TemplateContent;
}

interface StarterFile {
  name: LocalizedText;
  description: LocalizedText;
  defaultLocale: Locale;
  variants: Record<Locale, Pick<VariantContent, 'subject' | 'preheader'>>;
}

/** Each folder of `templates/email/starters`: `starter.json`, and the MJML of each language. */
export function readStarters(files: MailFiles): Starter[] {
  return [...files.starters].map(([key, texts]) => {
    const { variants, ...about } = JSON.parse(texts.get('starter.json') ?? '') as StarterFile;
    const content: TemplateContent = {};
    for (const locale of locales) {
      const mjml = texts.get(`${locale}.mjml`);
      if (mjml !== undefined) content[locale] = { ...variants[locale], mjml };
    }
    return { key, ...about, content };
  });
}
