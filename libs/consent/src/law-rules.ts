import { channels, messageClasses } from '#common';
import { knownCountries } from './country-zones.js';
import { type LawCells, type LawPack, type LawRule, STRICT, weekdays, type WeeklyHours } from './law-pack.js';

/** A change of one cell that an operator made, with its number. It holds for every version of the pack. */
export interface AppliedOverride {
  id: number;
  pack: string;
  cell: string;
  value: unknown;
}

/** Before the first version there was a law too, which nobody wrote down here: the first one stands for it. */
const ALWAYS = new Date('2000-01-01T00:00:00Z');
const FOREVER = new Date('9999-12-31T00:00:00Z');

/** What one version of a pack says of one country, for as long as it holds. */
export interface LawSpan {
  /** `''` for a person of whom no country is known. */
  country: string;
  effectiveFrom: Date;
  effectiveTo: Date;
  /** `GB@2`, or `GB@2*7` with override 7 in it. */
  label: string;
  cells: LawCells;
}

/**
 * The packs country by country. `''` is the strict default, which stands also for each of the known countries that no
 * pack names: a place we know nothing of is strict, not lawless.
 */
export function lawSpans(
  packs: readonly LawPack[],
  overrides: readonly AppliedOverride[],
  known: readonly string[] = knownCountries,
): LawSpan[] {
  const named = new Set(packs.flatMap(pack => pack.countries));
  const unnamed = ['', ...known.filter(country => !named.has(country))];
  return packs.flatMap(pack => {
    const [effectiveFrom, effectiveTo] = timeOf(pack, packs);
    const span = { effectiveFrom, effectiveTo, ...overridden(pack, overrides) };
    return (pack.code === STRICT ? unnamed : pack.countries).map(country => ({ country, ...span }));
  });
}

/** The packs as the gate's table: a rule for each country, channel, class and time. */
export function lawRules(spans: readonly LawSpan[]): LawRule[] {
  return spans.flatMap(({ country, effectiveFrom, effectiveTo, label, cells }) =>
    channels.flatMap(channel =>
      messageClasses.map((messageClass): LawRule => {
        const isMarketing = messageClass === 'marketing';
        return {
          ...{ country, channel, messageClass, effectiveFrom, effectiveTo, pack: label },
          bases: cells[`bases.${channel}.${messageClass}`].value,
          purchaseMonths: cells['implied.purchaseMonths'].value,
          inquiryMonths: cells['implied.inquiryMonths'].value,
          hours: isMarketing ? hoursRange(cells[`hours.${channel}`].value) : null,
          daysOff: isMarketing ? cells[`daysOff.${channel}`].value : [],
        };
      }),
    ),
  );
}

/** From when on and until when a version of a pack holds. */
export function timeOf(pack: LawPack, packs: readonly LawPack[]): [from: Date, to: Date] {
  const next = packs.find(other => other.code === pack.code && other.version === pack.version + 1);
  return [
    pack.version === 1 ? ALWAYS : new Date(pack.effectiveFrom),
    next ? new Date(next.effectiveFrom) : FOREVER,
  ];
}

/** The version of each pack that holds at a moment. */
export function inForce(packs: readonly LawPack[], at: Date): LawPack[] {
  return packs.filter(pack => {
    const [from, to] = timeOf(pack, packs);
    return (from <= at || pack.version === 1) && at < to;
  });
}

/** A pack's cells with the operator's changes in them, and the name under which it is then recorded. */
export function overridden(
  pack: LawPack,
  overrides: readonly AppliedOverride[],
): { cells: LawCells; label: string } {
  const applied = overrides.filter(override => override.pack === pack.code).sort((a, b) => a.id - b.id);
  const cells = { ...pack.cells } as Record<string, object>;
  for (const { cell, value } of applied) cells[cell] = { ...cells[cell], value };
  const label = [`${pack.code}@${pack.version}`, ...applied.map(({ id }) => id)].join('*');
  return { cells: cells as unknown as LawCells, label };
}

/** Hours as PostgreSQL's int4multirange over the minutes of the week, Monday first; null: any hour. */
export function hoursRange(hours: WeeklyHours | null): string | null {
  if (hours === null) return null;
  const ranges = weekdays.flatMap((weekday, day) =>
    (hours[weekday] ?? []).map(([from, to]) => `[${day * 1440 + minute(from)},${day * 1440 + minute(to)})`),
  );
  return `{${ranges.join(',')}}`;
}

/** Minutes since midnight; `24:00` is the end of the day. */
function minute(time: string): number {
  const [hour = 0, minutes = 0] = time.split(':').map(Number);
  return hour * 60 + minutes;
}
