/**
 * What a stranger typed as one line that can be kept and shown: no control characters, no halves of characters, none
 * that turn the direction of what stands beside them. Too much of it is cut off, never refused.
 * @param longest in characters
 */
export function typedLine(text: string | undefined, longest: number): string {
  return [...(text ?? '').slice(0, longest * 4).normalize('NFC')]
    .map(character => (/[\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069]/u.test(character) ? ' ' : character))
    .slice(0, longest)
    .join('')
    .replace(/\s+/gu, ' ')
    .trim();
}

/** Longest first name that is kept, in characters. */
export const LONGEST_FIRST_NAME = 100;
