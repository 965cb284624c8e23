import { foldText } from '#common';

/** Folded, without accents on Latin letters and without punctuation; negations and slips of the pen in one spelling. */
export function inWords(sentence: string): string {
  return foldText(sentence)
    .text.normalize('NFD')
    .replace(/([a-z])[\u0300-\u036f]+/g, '$1')
    .normalize('NFC')
    .replace(/\bcan'?t\b|\bcannot\b/g, 'can not')
    .replace(/\bwon'?t\b/g, 'will not')
    .replace(/\b(do|does|did|is|are|was|would|should|could|have|has)n'?t\b/g, '$1 not')
    .replace(/\bpl[sz]\b|\bplz\b/g, 'please')
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()
    .replace(/\bun subscrib/g, 'unsubscrib')
    .replace(/\b(?:un|de)s[a-z]{5,11}\b/g, rightSpelling);
}

/** Words that are written in a hurry, and seldom right. */
const oftenMisspelt = [
  'unsubscribe',
  'desabonner',
  'desabonnez',
  'desinscrire',
  'desinscrivez',
  'desinscription',
];

function rightSpelling(word: string): string {
  if (/^(?:unsubscrib|desabonn|desinscri)/.test(word)) return word;
  const [nearest] = oftenMisspelt
    .map(right => ({ right, slips: slips(word, right) }))
    .sort((one, other) => one.slips - other.slips);
  return nearest && nearest.slips <= 2 ? nearest.right : word;
}

/** How many letters are too many, missing, wrong or in the place of their neighbour. */
function slips(word: string, right: string): number {
  let before: number[] = [];
  let row = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let at = 1; at <= word.length; at++) {
    const next = [at];
    for (let to = 1; to <= right.length; to++) {
      const same = word[at - 1] === right[to - 1] ? 0 : 1;
      let least = Math.min((row[to] ?? 0) + 1, (next[to - 1] ?? 0) + 1, (row[to - 1] ?? 0) + same);
      if (at > 1 && to > 1 && word[at - 1] === right[to - 2] && word[at - 2] === right[to - 1])
        least = Math.min(least, (before[to - 2] ?? 0) + 1);
      next.push(least);
    }
    [before, row] = [row, next];
  }
  return row[right.length] ?? 0;
}
