/** A text as its rules read it, and where each of its characters came from. */
export interface FoldedText {
  text: string;
  /** `at[n]` is the index in the source of the character behind `text[n]`. */
  at: number[];
}

/** What nobody sees, or hears as a letter: marks (harakat among them), joiners, soft hyphens, direction controls, tatweel. */
const silent = /[\p{Mn}\p{Cf}\u0640]/u;

const folded: Readonly<Record<string, string>> = {
  ...{ أ: 'ا', إ: 'ا', آ: 'ا', ٱ: 'ا', ى: 'ي', ی: 'ي', ئ: 'ي', ة: 'ه', ؤ: 'و', ک: 'ك' },
  ...{ '٪': '%', '٫': '.', '٬': ',', '،': ',', '؛': ';', '؟': '?', '’': "'", '‘': "'", ʼ: "'" },
  ...{ '“': '"', '”': '"', '«': '"', '»': '"', '–': '-', '—': '-', '−': '-', '‑': '-' },
};

/**
 * Writes alike what reads alike: Latin in lower case, Arabic without vowel signs and tatweel and with one alef, ya and
 * ta marbuta, every digit as 0-9, every run of white space as one space; what is invisible is left out.
 */
export function foldText(source: string): FoldedText {
  let text = '';
  const at: number[] = [];
  for (let index = 0; index < source.length;) {
    const character = String.fromCodePoint(source.codePointAt(index) as number);
    for (const part of foldCharacter(character)) {
      if (part === ' ' && (text === '' || text.endsWith(' '))) continue;
      text += part;
      for (let unit = 0; unit < part.length; unit++) at.push(index);
    }
    index += character.length;
  }
  return text.endsWith(' ') ? { text: text.slice(0, -1), at: at.slice(0, -1) } : { text, at };
}

function* foldCharacter(character: string): Generator<string> {
  // NFKC first: ligatures and presentation forms of Arabic, full-width Latin.
  for (const part of character.normalize('NFKC')) {
    if (silent.test(part)) continue;
    if (/\s/.test(part)) yield ' ';
    else yield digit(part) ?? folded[part] ?? part.toLowerCase();
  }
}

/** Arabic-Indic and its eastern form; other scripts' digits are left alone. */
function digit(character: string): string | null {
  const code = character.charCodeAt(0);
  if (code >= 0x660 && code <= 0x669) return String(code - 0x660);
  if (code >= 0x6f0 && code <= 0x6f9) return String(code - 0x6f0);
  return null;
}
