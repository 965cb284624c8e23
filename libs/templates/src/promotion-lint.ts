import { foldText, type Locale, type MessageClass } from '#common';
import { expandSource, lineFinder } from './expand-source.js';
import { type MailFiles } from './mail-files.js';
import { promotionInLink } from './promotion-links.js';
import { type PromotionKind, promotionReasons, promotionRules } from './promotion-rules.js';
import { PRINTED, type Readable, readMarkup, type ReadableParts, readPlain } from './readable-text.js';
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

/** `en.mjml:12`: language, part and line. */
export function promotionPath({ locale, part, line }: PromotionFault): string {
  return `${locale}.${part}${line === undefined ? '' : `:${line}`}`;
}

const MOST_FAULTS = 50;
/** Characters that are read of a template in all its languages; five times what a long mail has. */
const MOST_CHARACTERS = 50_000;
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
  const budget = { left: MOST_CHARACTERS };
  for (const locale of localesOf(content)) {
    for (const part of parts) {
      const source = content[locale]?.[part];
      if (!source?.trim()) continue;
      const read =
        part === 'mjml' ? readMjml(source, files) : { ...readPlain(source), lineOf: lineIn(source) };
      for (const finding of findingsIn(read, messageClass, budget)) {
        const { code, words, at } = finding;
        const line = part === 'mjml' || part === 'text' ? read.lineOf(at) : undefined;
        const message = sentence(words, code, messageClass);
        const isKnown = faults.some(
          known =>
            known.locale === locale && known.part === part && known.line === line && known.words === words,
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

/** What promotes in a part, in the order in which it is read. */
function findingsIn(
  { texts, links }: ReadableParts,
  messageClass: MessageClass,
  budget: { left: number },
): Finding[] {
  const findings: Finding[] = [];
  for (const text of texts) {
    budget.left -= text.text.length;
    if (budget.left < 0) {
      findings.push({ code: 'TOO_LONG', words: shortened(text.text.slice(0, 40)), at: text.at[0] ?? 0 });
      break;
    }
    findings.push(...wordsIn(text, messageClass));
    if (findings.length >= MOST_FAULTS) break;
  }
  for (const { url, at } of links) {
    const promotion = promotionInLink(url);
    if (promotion !== null) findings.push({ code: 'PROMOTIONAL_LINK', words: promotion, at });
  }
  return findings.sort((a, b) => a.at - b.at);
}

function wordsIn(readable: Readable, messageClass: MessageClass): Finding[] {
  // What a link says is read as a link.
  const { text, at } = foldText(readable.text.replace(/https?:\/\/\S+/gi, url => '\n'.repeat(url.length)));
  const findings: Finding[] = [];
  let read = 0;
  for (const { begin, end } of windowsOf(text)) {
    for (const { code, from, to } of matchesIn(text.slice(begin, end), messageClass)) {
      if (begin + from < read) continue;
      read = begin + to;
      const first = at[begin + from] ?? 0;
      const last = at[begin + to - 1] ?? first;
      const words = readable.text
        .slice(first, last + 1)
        .replaceAll(PRINTED, '…')
        .replace(/\s+/g, ' ');
      findings.push({ code, words: shortened(words.trim()), at: readable.at[first] ?? 0 });
      if (findings.length === MOST_FAULTS) return findings;
    }
  }
  return findings;
}

/** What the rules find, one after another; of those that begin at the same place the longest tells most. */
function matchesIn(
  text: string,
  messageClass: MessageClass,
): { code: PromotionKind; from: number; to: number }[] {
  const found: { code: PromotionKind; from: number; to: number }[] = [];
  for (const { kind, pattern, allowedIn } of promotionRules) {
    if (allowedIn?.includes(messageClass)) continue;
    for (const match of text.matchAll(pattern)) {
      found.push({ code: kind, from: match.index, to: match.index + match[0].length });
    }
  }
  return found.sort((a, b) => a.from - b.from || b.to - a.to);
}

/** Nobody writes a sentence longer than this, and the time a pattern takes grows faster than the text. */
const WINDOW = 1_000;
const OVERLAP = 150;

function* windowsOf(text: string): Generator<{ begin: number; end: number }> {
  for (let begin = 0; ;) {
    const end = Math.min(begin + WINDOW, text.length);
    yield { begin, end };
    if (end === text.length) return;
    const space = text.lastIndexOf(' ', end - OVERLAP);
    begin = space > begin ? space + 1 : end - OVERLAP;
  }
}

function shortened(words: string): string {
  return words.length > LONGEST_WORDS ? `${words.slice(0, LONGEST_WORDS)}…` : words;
}

function sentence(words: string, code: PromotionKind, messageClass: MessageClass): string {
  const ofClass = messageClass === 'service' ? 'A service message' : 'A transactional message';
  if (code === 'TOO_LONG')
    return `“${words}” ${promotionReasons[code]}. ${ofClass} has to be shorter: ${MOST_CHARACTERS} characters in all its languages.`;
  return `“${words}” ${promotionReasons[code]}, which is marketing. ${ofClass} must not: take it out, or send it about a marketing topic.`;
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
  const breaks = [...source.matchAll(/\n/g)].map(match => match.index);
  return at => {
    const nth = breaks.findIndex(index => index >= at);
    return (nth === -1 ? breaks.length : nth) + 1;
  };
}
