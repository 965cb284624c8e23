import { isDisclaimer, isOffer } from './disclaimer.js';
import { loneWords, optOutRules, retractions } from './opt-out-rules.js';
import { inWords } from './opt-out-spelling.js';
import { aboutOrders, inPart } from './opt-out-words.js';

/**
 * Whether somebody asks to be written to no more. `clear`: withdraw. `ambiguous`: it is spoken of, and a person must
 * read it. The rule is named so that a decision can be explained.
 */
export type OptOut = { kind: 'clear' | 'ambiguous'; rule: string } | { kind: 'none'; rule: null };

interface Sentence {
  words: string;
  /** Between its commas. */
  clauses: string[];
  /** Another sentence follows on its line. */
  goesOn: boolean;
}

/** The request stands at the beginning, or it is not what they write about. */
const mostLines = 8;
const longest = 1_000;
const none: OptOut = { kind: 'none', rule: null };

/** Reads what a person wrote themselves (`newTextOf`), in Arabic, English or French. */
export function optOutIn(newText: string): OptOut {
  const sentences = sentencesOf(newText);
  const small = sentences.findIndex(({ words }) => isDisclaimer(words));
  const ofOrders = sentences.some(({ words }) => aboutOrders.test(` ${words} `));

  const found = sentences.flatMap((sentence, index): OptOut[] => {
    if (isDisclaimer(sentence.words) || isOffer(sentence.words)) return [];
    const verdict = judge(sentence, ofOrders);
    if (small === -1 || index < small) return [verdict];
    // The small print says much of deleting and sending; only what would be clear elsewhere is worth a look.
    return verdict.kind === 'clear' ? [{ kind: 'ambiguous', rule: 'below a disclaimer' }] : [];
  });
  const clear = found.find(({ kind }) => kind === 'clear');
  // "I can't unsubscribe... never mind, I love it": said and taken back, and nobody should guess.
  if (clear && sentences.some(({ words }) => retractions.test(` ${words} `)))
    return { kind: 'ambiguous', rule: 'taken back' };
  return clear ?? found.find(({ kind }) => kind === 'ambiguous') ?? none;
}

function sentencesOf(newText: string): Sentence[] {
  const lines = newText
    .slice(0, longest * 10)
    .split(/\r\n|\r|\n/)
    .filter(line => line.trim() !== '')
    .slice(0, mostLines);
  return lines
    .join('\n')
    .slice(0, longest)
    .split('\n')
    .flatMap(line => {
      const parts = line.split(/[.!?؟;؛:…]+/).filter(part => inWords(part) !== '');
      return parts.map((part, index) => ({
        words: inWords(part),
        clauses: part.split(/[,،]/).map(inWords).filter(Boolean),
        goesOn: parts.slice(index + 1).some(other => !courtesies.test(inWords(other))),
      }));
    });
}

const courtesies =
  /^(?:(?:please|thanks?|thank you|many thanks|merci|svp|now|ok|شكرا|من فضلكم|رجاء|stop|no|non|لا)(?: (?:very much|a lot|you|beaucoup|جزيلا|لكم)){0,2})$/;
/** A clause that asks for something itself, whatever stands in the one before. */
const asks =
  /^(?:(?:please|kindly|so|and|just|then|but|now|veuillez|merci de|donc|et|الرجاء|ارجو|ارجوكم|رجاء|من فضلكم|يرجي|لو سمحتم) ){0,2}(?:stop|quit|cease|remove|unsubscribe|take|delete|opt|do not|never|i want|arretez|cessez|desabonnez|desinscrivez|retirez|supprimez|me|ne|اوقفوا|وقفوا|احذفوا|احذفوني|شيلوني|الغاء|الغوا|ايقاف|حذف|لا|عدم)(?: |$)/u;
/** What goes with a word alone: "not interested, remove". */
const unwilling =
  /^(?:(?:i am |i m |we are )?not interested|no thanks?(?: you)?|no interest|enough|pas interesse\S*|non merci|غير مهتم\S*|مو مهتم\S*|مش مهتم\S*|لا شكرا)$/u;

function judge({ words, clauses, goesOn }: Sentence, ofOrders: boolean): OptOut {
  if (isLoneWord(words)) {
    // "Stop! I found a typo": a word that means much else is a request only where it stands alone.
    return goesOn && !/subscri|opt ?out|remove me|desabonn|desinscri|اشتراك|احذف/.test(words)
      ? { kind: 'ambiguous', rule: 'a word, and more' }
      : { kind: 'clear', rule: 'the word alone' };
  }
  if (clauses.length === 1) return judgeUnit(words, words, ofOrders);
  if (clauses.some(clause => unwilling.test(clause)) && clauses.some(isLoneWord))
    return { kind: 'clear', rule: 'the word alone' };

  const whole = judgeUnit(words, words, ofOrders);
  const parts = clauses.map(clause => judgeUnit(clause, words, ofOrders));
  const clear = parts.findIndex(({ kind }) => kind === 'clear');
  const part = parts[clear];
  // "I'm not interested, please stop" denies nothing.
  if (part && (whole.kind !== 'none' || asks.test(clauses[clear] ?? ''))) return part;
  if (whole.kind !== 'clear') return whole;
  // What fits only across a comma is two things: "don't call me, email me".
  return acrossCommas.test(whole.rule) ? (parts.find(({ kind }) => kind !== 'none') ?? none) : whole;
}
const acrossCommas = /^(?:do not |send nothing|no more|wants none|لا |ne plus|n'écrivez)/u;

/** @param words of a sentence or a clause of it */
function judgeUnit(words: string, sentence: string, ofOrders: boolean): OptOut {
  for (const { name, kind, pattern, weak } of optOutRules) {
    if (!pattern.test(` ${words} `)) continue;
    if (kind === 'none') return none;
    const doubted =
      kind === 'clear' &&
      (inPart.test(` ${sentence} `) || aboutOrders.test(` ${words} `) || (weak && ofOrders));
    return { kind: doubted ? 'ambiguous' : kind, rule: name };
  }
  return none;
}

function isLoneWord(words: string): boolean {
  const bare = words
    .replace(
      /^(?:please|hi|hello|dear \S+|merci|svp|bonjour|من فضلك|رجاء|الرجاء|مرحبا) | (?:please|now|thanks|thank you|merci|svp|all|من فضلك|رجاء|شكرا)$/g,
      '',
    )
    .trim();
  return loneWords.has(words) || loneWords.has(bare) || isRepeated(bare);
}

/** STOP STOP STOP */
function isRepeated(words: string): boolean {
  const each = new Set(words.split(' '));
  return each.size === 1 && loneWords.has([...each][0] ?? '');
}
