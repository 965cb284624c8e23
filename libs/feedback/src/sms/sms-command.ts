import { optOutIn } from '../mail/opt-out.js';
import { inWords } from '../mail/opt-out-spelling.js';
import { defaultKeywords, type SmsKeywords } from './sms-keywords.js';

/**
 * What a person asks for by SMS. `ambiguous`: stopping is spoken of, and nothing says by whom or of what: nothing more is
 * sent until a person has read it.
 */
export type SmsCommand = 'stop' | 'start' | 'help' | 'ambiguous' | 'none';

export interface ReadSms {
  command: SmsCommand;
  /** Which rule said so; null: none did. */
  rule: string | null;
}

/** Words that go with a keyword and change nothing of it. */
const courtesies =
  /^(?:please|pls|hi|hello|hey|ok|okay|thanks|thank you|thx|now|all|merci|svp|s il vous plait|bonjour|من فضلك|لو سمحت|لو سمحتم|رجاء|الرجاء|شكرا|مرحبا|السلام عليكم|الان|حالا|فورا)$/u;
/** Longer than this and a keyword in it is a word among others. */
const MOST_WORDS = 6;

/**
 * Reads a message whole: a keyword alone (any case, script form, punctuation or repetition), a keyword with nothing but
 * courtesies, or a clear phrase (47 CFR 64.1200(a)(10): any reasonable means). "Can I stop by tomorrow?" is none of them.
 */
export function readSms(text: string, keywords: SmsKeywords = defaultKeywords): ReadSms {
  const words = foldSms(text);
  const bare = withoutCourtesies(words);
  for (const command of ['stop', 'help', 'start'] as const) {
    const known = keywords[command];
    if (known.has(words) || known.has(bare) || known.has(once(bare)))
      return { command, rule: 'the word alone' };
  }
  const optOut = optOutIn(text);
  if (optOut.kind === 'clear') return { command: 'stop', rule: optOut.rule };
  if (optOut.kind === 'ambiguous') return { command: 'ambiguous', rule: optOut.rule };
  const tokens = bare.split(' ');
  const [first = ''] = tokens;
  const isShort = tokens.length <= MOST_WORDS;
  if (isShort && keywords.stop.has(first) && !keywords.innocent.some(pattern => pattern.test(bare)))
    return { command: 'ambiguous', rule: 'begins with the word' };
  return { command: 'none', rule: null };
}

/** A text as keywords are compared: words in one spelling, and letters that stand apart as one word. */
export function foldSms(text: string): string {
  return joined(inWords(text));
}

function withoutCourtesies(words: string): string {
  const tokens = words.split(' ');
  for (const length of [3, 2, 1]) {
    while (tokens.length > length && courtesies.test(tokens.slice(0, length).join(' ')))
      tokens.splice(0, length);
    while (tokens.length > length && courtesies.test(tokens.slice(-length).join(' '))) tokens.splice(-length);
  }
  return tokens.join(' ');
}

/** S T O P */
function joined(words: string): string {
  return /^(?:\p{L} ){2,}\p{L}$/u.test(words) ? words.replaceAll(' ', '') : words;
}

/** STOP STOP STOP */
function once(words: string): string {
  const tokens = words.split(' ');
  return tokens.every(token => token === tokens[0]) ? (tokens[0] ?? '') : words;
}
