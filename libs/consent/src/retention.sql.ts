import { type RightsRule } from './rights-law.js';

/** The rules as one JSON parameter: by country, the months a proof is kept and the pack that says so. */
export function retentionMap(rules: readonly RightsRule[]): string {
  return JSON.stringify(
    Object.fromEntries(rules.map(({ country, proofMonths, law }) => [country, { months: proofMonths, law }])),
  );
}

/**
 * Months that the proof of an event `e` of a contact `c` (or of nobody any more) for a sender `s` is kept: the longest of
 * the laws that may apply, for each of them may ask for it. A country no pack names has the default, and so has a person
 * of whom no country is known.
 */
export function monthsSql(map: string): string {
  const strict = `(${map} -> '' -> 'months')::int`;
  const of = (country: string): string =>
    `CASE WHEN ${country} IS NOT NULL THEN COALESCE((${map} -> ${country} -> 'months')::int, ${strict}) END`;
  return `GREATEST(${of(`(e.evidence ->> 'country')`)}, ${of('c.country')}, ${of('c.phone_country')}, ${of('s.country')},
              CASE WHEN COALESCE(e.evidence ->> 'country', c.country, c.phone_country) IS NULL THEN ${strict} END)`;
}
