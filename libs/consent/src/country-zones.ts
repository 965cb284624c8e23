import { COUNTRIES } from '#contacts';

/** Intl.Locale's time zones: an accessor in older engines, a method in newer ones. */
type Zoned = Intl.Locale & { timeZones?: string[]; getTimeZones?: () => string[] };

/** Countries in which phones are, and of which the engine's data has no zones. */
const more: Record<string, readonly string[]> = { AC: ['Africa/Abidjan'], XK: ['Europe/Belgrade'] };

/** Every country that an address or a phone may be of: those of ISO 3166-1, and Ascension, which has a dialling code. */
export const knownCountries: readonly string[] = [...new Set([...COUNTRIES, ...Object.keys(more)])];

/** The IANA time zones in use in each country, as the engine's own data has them. */
export function countryZones(): Record<string, readonly string[]> {
  return Object.fromEntries(
    knownCountries.map(country => {
      const locale = new Intl.Locale(`und-${country}`) as Zoned;
      const zones = locale.getTimeZones?.() ?? locale.timeZones ?? [];
      return [country, zones.length > 0 ? zones : (more[country] ?? [])];
    }),
  );
}
