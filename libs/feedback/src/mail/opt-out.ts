import { foldText } from '#common';
import { loneWords, optOutRules, retractions } from './opt-out-rules.js';

/**
 * Whether somebody asks to be written to no more. `clear`: withdraw. `ambiguous`: it is spoken of, and a person must
 * read it. The rule is named so that a decision can be explained.
 */
export type OptOut = { kind: 'clear' | 'ambiguous'; rule: string } | { kind: 'none'; rule: null };

/** The request stands at the beginning, or it is not what they write about. */
const mostLines = 8;
const longest = 1_000;

/** Reads what a person wrote themselves (`newTextOf`), in Arabic, English or French. */
export function optOutIn(newText: string): OptOut {
  const lines = newText
    .slice(0, longest * 10)
    .split(/\r\n|\r|\n/)
    .filter(line => line.trim() !== '')
    .slice(0, mostLines);
  const sentences = lines
    .join('\n')
    .slice(0, longest)
    .split(/[\n.!?؟;:…]+/)
    .map(inWords)
    .filter(words => words !== '');

  const found = sentences.map(judge).filter(verdict => verdict.kind !== 'none');
  const clear = found.find(({ kind }) => kind === 'clear');
  // "I can't unsubscribe... never mind, I love it": said and taken back, and nobody should guess.
  if (clear && sentences.some(words => retractions.test(` ${words} `)))
    return { kind: 'ambiguous', rule: 'taken back' };
  return clear ?? found[0] ?? { kind: 'none', rule: null };
}

function judge(words: string): OptOut {
  const bare = words
    .replace(
      /^(?:please|hi|hello|dear \S+|merci|svp|bonjour|من فضلك|رجاء|الرجاء|مرحبا) | (?:please|now|thanks|thank you|merci|svp|all|من فضلك|رجاء|شكرا)$/g,
      '',
    )
    .trim();
  if (loneWords.has(words) || loneWords.has(bare) || isRepeated(bare))
    return { kind: 'clear', rule: 'the word alone' };
  for (const { name, kind, pattern } of optOutRules) {
    if (pattern.test(` ${words} `)) return kind === 'none' ? { kind, rule: null } : { kind, rule: name };
  }
  return { kind: 'none', rule: null };
}

/** STOP STOP STOP */
function isRepeated(words: string): boolean {
  const each = new Set(words.split(' '));
  return each.size === 1 && loneWords.has([...each][0] ?? '');
}

/** Folded, without accents on Latin letters and without punctuation; negations in one spelling. */
function inWords(sentence: string): string {
  return foldText(sentence)
    .text.normalize('NFD')
    .replace(/([a-z])[\u0300-\u036f]+/g, '$1')
    .normalize('NFC')
    .replace(/\bcan'?t\b|\bcannot\b/g, 'can not')
    .replace(/\bwon'?t\b/g, 'will not')
    .replace(/\b(do|does|did|is|are|was|would|should|could|have|has)n'?t\b/g, '$1 not')
    .replace(/\bpl[sz]\b|\bplz\b/g, 'please')
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}
