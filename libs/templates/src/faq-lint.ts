import { type ErrorDetail, locales } from '#common';
import { type FaqEntry } from './faq-entry.js';
import { type MailFiles } from './mail-files.js';
import { lintPromotion, type PromotionFault } from './promotion-lint.js';
import { type TemplateContent } from './template-content.js';

/**
 * What in the entries makes them marketing, each with its place. Service mails show them, so they may say no more than a service
 * mail may: asked when they are saved, because a sequence that runs shows what was saved since it was started.
 */
export function lintFaq(entries: readonly FaqEntry[], files: MailFiles): ErrorDetail[] {
  return entries.flatMap((entry, at) =>
    lintPromotion(contentOf(entry), 'service', files).map(fault => ({
      path: `entries.${at}.${placeOf(fault)}`,
      code: fault.code,
      message: fault.message,
    })),
  );
}

/** Each field in a part of its own, which tells where it was found. */
function contentOf({ question, answer, url }: FaqEntry): TemplateContent {
  const content: TemplateContent = {};
  for (const locale of locales)
    content[locale] = { subject: plain(question[locale]), text: plain(answer[locale]) };
  content.en = { ...content.en, preheader: url ?? '' };
  return content;
}

/** Liquid is not run in an entry: what stands in braces is shown like everything else, and read. */
function plain(text: string | undefined): string {
  return (text ?? '').replace(/[{}]/g, ' ');
}

function placeOf({ locale, part }: PromotionFault): string {
  if (part === 'preheader') return 'url';
  return `${part === 'subject' ? 'question' : 'answer'}.${locale}`;
}
