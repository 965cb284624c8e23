import { parseKey } from './contact-input.js';
import { keyNameOf, type MatchKey } from './contact-profile.js';

/** Whom a caller means: by our number, or by a key that belongs to one person. */
export type ContactKey = { by: 'id'; value: number } | { by: MatchKey; value: string };

/** Why a key names nobody. */
export interface KeyProblem {
  code: string;
  message: string;
}

/** The key as it is stored (an email lower-cased, a phone in E.164), or why it can be nobody's. */
export function normalKey(key: ContactKey): ContactKey | KeyProblem {
  if (key.by === 'id') return key;
  const parsed = parseKey(key.by, key.value);
  if (!parsed.ok) return { code: parsed.code, message: parsed.message };
  if (parsed.value === null) {
    return { code: 'MATCH_KEY_MISSING', message: `Give the ${keyNameOf(key.by)} to look a contact up by.` };
  }
  return { by: key.by, value: parsed.value };
}
