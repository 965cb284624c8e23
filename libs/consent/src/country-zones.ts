import { COUNTRIES } from '#contacts';

/** Intl.Locale's time zones: an accessor in older engines, a method in newer ones. */
type Zoned = Intl.Locale & { timeZones?: string[]; getTimeZones?: () => string[] };

/** The IANA time zones in use in each country, as the engine's own data has them. */
export function countryZones(): Record<string, readonly string[]> {
  return Object.fromEntries(
    [...COUNTRIES].map(country => {
      const locale = new Intl.Locale(`und-${country}`) as Zoned;
      return [country, locale.getTimeZones?.() ?? locale.timeZones ?? []];
    }),
  );
}
