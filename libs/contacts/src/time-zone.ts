import { bad, good, type Parsed } from './parsed.js';
import { shown } from './place-and-language.js';

/**
 * Names that ICU still answers with although the IANA database renamed them long ago.
 * People type the new ones, and would not know their own zone under the old.
 */
const RENAMED: ReadonlyMap<string, string> = new Map([
  ['Africa/Asmera', 'Africa/Asmara'],
  ['America/Buenos_Aires', 'America/Argentina/Buenos_Aires'],
  ['America/Catamarca', 'America/Argentina/Catamarca'],
  ['America/Coral_Harbour', 'America/Atikokan'],
  ['America/Cordoba', 'America/Argentina/Cordoba'],
  ['America/Godthab', 'America/Nuuk'],
  ['America/Indianapolis', 'America/Indiana/Indianapolis'],
  ['America/Jujuy', 'America/Argentina/Jujuy'],
  ['America/Louisville', 'America/Kentucky/Louisville'],
  ['America/Mendoza', 'America/Argentina/Mendoza'],
  ['Asia/Calcutta', 'Asia/Kolkata'],
  ['Asia/Katmandu', 'Asia/Kathmandu'],
  ['Asia/Rangoon', 'Asia/Yangon'],
  ['Asia/Saigon', 'Asia/Ho_Chi_Minh'],
  ['Atlantic/Faeroe', 'Atlantic/Faroe'],
  ['Europe/Kiev', 'Europe/Kyiv'],
  ['Pacific/Enderbury', 'Pacific/Kanton'],
  ['Pacific/Ponape', 'Pacific/Pohnpei'],
  ['Pacific/Truk', 'Pacific/Chuuk'],
]);

const LONGEST_NAME = 50;
/** Making an Intl.DateTimeFormat costs some 20 microseconds; an import asks a million times for a few zones. */
const known = new Map<string, string | null>();
const MOST_KNOWN = 2000;

function canonical(name: string): string | null {
  const key = name.toLowerCase();
  const found = known.get(key);
  if (found !== undefined) return found;
  let zone: string | null;
  try {
    const { timeZone } = new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions();
    zone = RENAMED.get(timeZone) ?? timeZone;
  } catch {
    zone = null;
  }
  if (known.size >= MOST_KNOWN) known.clear();
  known.set(key, zone);
  return zone;
}

/** An IANA time zone under its present name: `asia/calcutta` is `Asia/Kolkata`. Offsets such as +03:00 are refused. */
export function parseTimeZone(text: string): Parsed<string> {
  const name = text.trim();
  const zone = /^[A-Za-z]/.test(name) && name.length <= LONGEST_NAME ? canonical(name) : null;
  return zone === null
    ? bad(
        'TIME_ZONE_UNKNOWN',
        `"${shown(text)}" is not a time zone; use a name of the IANA database, such as Asia/Riyadh.`,
      )
    : good(zone);
}

/**
 * The zone a person's messages are timed by: their own, else the fallback (the sender's), else UTC.
 * Never fails, so that a zone this machine does not know drops nobody.
 */
export function timeZoneOf(contact: { timeZone: string | null }, fallback?: string | null): string {
  for (const name of [contact.timeZone, fallback]) {
    if (name === null || name === undefined) continue;
    const zone = parseTimeZone(name);
    if (zone.ok) return zone.value;
  }
  return 'UTC';
}
