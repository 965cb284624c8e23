import { type Locale } from '#common';

export type Direction = 'ltr' | 'rtl';

export function directionOf(locale: Locale): Direction {
  return locale === 'ar' ? 'rtl' : 'ltr';
}

const rightToLeftLetter =
  /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u;
/** Letters of other scripts, and digits: in a right-to-left line both run the other way (UAX #9). */
const leftToRightRun =
  /[^\P{L}\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]|\p{N}/u;
const firstLetter = /\p{L}/u;

/**
 * The direction a value must be isolated with inside a text of `surrounding` direction, or null when it runs with it.
 * Without isolation a phone number or a Latin name drags the punctuation beside it to the wrong end of an Arabic line.
 */
export function isolationOf(value: string, surrounding: Direction): Direction | null {
  const runsAgainst = surrounding === 'rtl' ? leftToRightRun : rightToLeftLetter;
  if (!runsAgainst.test(value)) return null;
  const letter = firstLetter.exec(value)?.[0];
  return letter !== undefined && rightToLeftLetter.test(letter) ? 'rtl' : 'ltr';
}

const LEFT_TO_RIGHT_ISOLATE = '\u2066';
const RIGHT_TO_LEFT_ISOLATE = '\u2067';
const POP_ISOLATE = '\u2069';

/** Isolates a value with invisible characters, where there is no markup: subjects, text parts, alternative texts. */
export function isolateWithCharacters(value: string, surrounding: Direction): string {
  const direction = isolationOf(value, surrounding);
  if (direction === null) return value;
  return (direction === 'rtl' ? RIGHT_TO_LEFT_ISOLATE : LEFT_TO_RIGHT_ISOLATE) + value + POP_ISOLATE;
}
