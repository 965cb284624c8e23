import { bad, good, type Parsed } from './parsed.js';

/** ISO 3166-1 alpha-2, as of 2026, and XK (Kosovo), which posts and phones use. */
export const COUNTRIES = new Set(
  (
    'AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ ' +
    'CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO ' +
    'FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE ' +
    'JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO ' +
    'MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW ' +
    'PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM ' +
    'TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW'
  ).split(' '),
);

/** A country as ISO 3166-1 alpha-2, upper-cased. */
export function parseCountry(text: string): Parsed<string> {
  const country = text.trim().toUpperCase();
  return COUNTRIES.has(country)
    ? good(country)
    : bad('COUNTRY_UNKNOWN', `"${shown(text)}" is not a country; use ISO 3166-1 alpha-2, such as SA or GB.`);
}

const languageNames = new Intl.DisplayNames(['en'], { type: 'language', fallback: 'none' });
const LONGEST_TAG = 35;

/** Asking Intl costs some 20 microseconds; an import asks a million times for a few tags. */
const known = new Map<string, string | null>();
const MOST_KNOWN = 2000;

/** A language as a canonical BCP 47 tag, e.g. `ar-EG`. `ar_EG` is understood too. */
export function parseLocale(text: string): Parsed<string> {
  const tag = text.trim().replaceAll('_', '-');
  let locale = tag.length <= LONGEST_TAG ? known.get(tag) : null;
  if (locale === undefined) {
    locale = canonical(tag);
    if (known.size >= MOST_KNOWN) known.clear();
    known.set(tag, locale);
  }
  return locale === null
    ? bad('LOCALE_UNKNOWN', `"${shown(text)}" is not a language tag (BCP 47), such as ar, ar-EG or en.`)
    : good(locale);
}

function canonical(tag: string): string | null {
  try {
    const [locale] = Intl.getCanonicalLocales(tag);
    if (locale === undefined) return null;
    // Well-formed is not enough: "arabic" is a well-formed tag that names no language.
    return languageNames.of(new Intl.Locale(locale).language) === undefined ? null : locale;
  } catch {
    return null;
  }
}

/** A given value in a message: never more of it than helps. */
export function shown(text: string): string {
  return text.trim().slice(0, 60);
}
