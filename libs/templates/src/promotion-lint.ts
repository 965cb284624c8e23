import { type Locale, type MessageClass } from '#common';
import { expandSource, lineFinder } from './expand-source.js';
import { foldText } from './fold-text.js';
import { type MailFiles } from './mail-files.js';
import { promotionInLink } from './promotion-links.js';
import { type PromotionKind, promotionReasons, promotionRules } from './promotion-rules.js';
import { type Readable, readMarkup, type ReadableParts, readPlain } from './readable-text.js';
import { localesOf, type Part, parts, type TemplateContent } from './template-content.js';

/** Something in a message that makes it marketing, whatever it is called. */
export interface PromotionFault {
  locale: Locale;
  part: Part;
  /** Counts from 1 in what the author wrote; absent in a subject and a preheader, which are one line. */
  line?: number | undefined;
  code: PromotionKind;
  /** As they were written. */
  words: string;
  /** The words, why they are not allowed in this class, and what to do. */
  message: string;
}

const MOST_FAULTS = 50;
const LONGEST_WORDS = 80;

/**
 * Everything in a template that promotes, and therefore cannot be sent as this class: prices, offers, discounts,
 * coupons, upsell, gifts, urgency, promotional links, and asking for permission, in both languages whatever the
 * variant's. A receipt (transactional) may state prices. Marketing may say all of it.
 *
 * It reads what the author wrote, partials and texts inside Liquid included; what Liquid will print is not known here.
 */
export function lintPromotion(
  content: TemplateContent,
  messageClass: MessageClass,
  files: MailFiles,
): PromotionFault[] {
  if (messageClass === 'marketing') return [];
  const faults: PromotionFault[] = [];
  for (const locale of localesOf(content)) {
    for (const part of parts) {
      const source = content[locale]?.[part];
      if (!source?.trim()) continue;
      const read = part === 'mjml' ? readMjml(source, files) : { ...readPlain(source), lineOf: lineIn(source) };
      for (const finding of findingsIn(read, messageClass)) {
        const { code, words, at } = finding;
        const line = part === 'mjml' || part === 'text' ? read.lineOf(at) : undefined;
        const message = sentence(words, code, messageClass);
        const isKnown = faults.some(
          known => known.locale === locale && known.part === part && known.line === line && known.words === words,
        );
        if (!isKnown) faults.push({ locale, part, line, code, words, message });
        if (faults.length === MOST_FAULTS) return faults;
      }
    }
  }
  return faults;
}

interface Finding {
  code: PromotionKind;
  words: string;
  /** Where it begins in the source. */
  at: number;
}

/** What promotes in a text, in the order in which it is read. */
export function findingsIn({ texts, links }: ReadableParts, messageClass: MessageClass): Finding[] {
  const findings: Finding[] = [];
  for (const text of texts) findings.push(...wordsIn(text, messageClass));
  for (const { url, at } of links) {
    const promotion = promotionInLink(url);
    if (promotion !== null) findings.push({ code: 'PROMOTIONAL_LINK', words: promotion, at });
  }
  return findings.sort((a, b) => a.at - b.at);
}

function wordsIn(readable: Readable, messageClass: MessageClass): Finding[] {
  const { text, at } = foldText(readable.text);
  const found: { code: PromotionKind; from: number; to: number }[] = [];
  for (const { kind, pattern, allowedIn } of promotionRules) {
    if (allowedIn?.includes(messageClass)) continue;
    for (const match of text.matchAll(pattern)) {
      found.push({ code: kind, from: match.index, to: match.index + match[0].length });
    }
  }
  // Of those that overlap the longest tells most.
  found.sort((a, b) => b.to - b.from - (a.to - a.from));
  const kept: typeof found = [];
  for (const one of found) {
    if (!kept.some(other => one.from < other.to && other.from < one.to)) kept.push(one);
  }
  return kept.map(({ code, from, to }) => {
    const begin = at[from] ?? 0;
    const end = at[to - 1] ?? begin;
    const words = readable.text.slice(begin, end + 1).replaceAll('\uFFFC', '…').replace(/\s+/g, ' ');
    return { code, words: shortened(words.trim()), at: readable.at[begin] ?? 0 };
  });
}

function shortened(words: string): string {
  return words.length > LONGEST_WORDS ? `${words.slice(0, LONGEST_WORDS)}…` : words;
}

function sentence(words: string, code: PromotionKind, messageClass: MessageClass): string {
  const kind = messageClass === 'service' ? 'a service message' : 'a transactional message';
  return (
    `“${words}” ${promotionReasons[code]}; that makes it marketing, which ${kind} must not be. ` +
    'Take it out, or send it about a marketing topic.'
  );
}

function readMjml(
  source: string,
  files: MailFiles,
): ReadableParts & { lineOf: (at: number) => number | undefined } {
  const expanded = expandSource(source, files);
  // Faults of another kind are told elsewhere; what is there is read all the same.
  if ('code' in expanded) return { ...readPlain(source), lineOf: lineIn(source) };
  return { ...readMarkup(expanded.text, expanded.signs), lineOf: lineFinder(expanded) };
}

function lineIn(source: string): (at: number) => number {
  return at => source.slice(0, at).split('\n').length;
}
