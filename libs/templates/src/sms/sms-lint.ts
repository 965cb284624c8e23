import { type Locale } from '#common';
import { type AuthorFault } from '../template.errors.js';
import { smartlyEncoded } from './smart-encoding.js';
import { sizeOfSms } from './sms-parts.js';

/** Parts from which on an author should think again: each is paid for, and some carriers put them together badly. */
const MANY_PARTS = 4;

/** What is allowed in an SMS and still worth mending. */
export function lintSms(text: string, locale: Locale): AuthorFault[] {
  const faults: AuthorFault[] = [];
  const { encoding, parts, forcedBy } = sizeOfSms(text);
  const smart = sizeOfSms(smartlyEncoded(text));
  if (locale === 'en' && encoding === 'ucs2' && forcedBy !== null) {
    const plain = sizeOfSms([...text].filter(one => sizeOfSms(one).encoding === 'gsm7').join(''));
    const advice =
      smart.encoding === 'gsm7' ? ' Smart encoding would mend it.' : ' Write it with another character.';
    if (plain.parts < parts || smart.encoding === 'gsm7')
      faults.push({
        code: 'FORCES_UCS2',
        message: `“${forcedBy.character}” (${nameOf(forcedBy.character)}) is not in the alphabet of SMS: the whole message takes ${parts} parts instead of ${plain.parts}.${advice}`,
      });
  }
  if (parts >= MANY_PARTS)
    faults.push({
      code: 'SMS_LONG',
      message: `It takes ${parts} parts, and each is paid for. Make it shorter.`,
    });
  return faults;
}

/** As people look it up: `U+2019`. */
function nameOf(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}
