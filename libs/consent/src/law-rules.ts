import { channels, messageClasses } from '#common';
import { type LawPack, type LawRule, weekdays, type WeeklyHours } from './law-pack.js';

/** A change of one cell that an operator made, with its number. */
export interface AppliedOverride {
  id: number;
  pack: string;
  cell: string;
  value: unknown;
}

const FOREVER = new Date('9999-12-31T00:00:00Z');

/** The packs as the gate's table: a rule for each country, channel, class and time. `''` is the strict default. */
export function lawRules(packs: readonly LawPack[], overrides: readonly AppliedOverride[]): LawRule[] {
  return packs.flatMap(pack => {
    const next = packs
      .filter(other => other.code === pack.code && other.version > pack.version)
      .map(other => new Date(other.effectiveFrom))
      .sort((a, b) => a.getTime() - b.getTime())[0];
    const changed = overridden(pack, overrides);
    const countries = pack.code === 'strict' ? [''] : pack.countries;
    return countries.flatMap(country =>
      channels.flatMap(channel =>
        messageClasses.map((messageClass): LawRule => {
          const { cells } = changed.pack;
          const isMarketing = messageClass === 'marketing';
          return {
            ...{ country, channel, messageClass, pack: changed.label },
            effectiveFrom: new Date(pack.effectiveFrom),
            effectiveTo: next ?? FOREVER,
            bases: cells[`bases.${channel}.${messageClass}`].value,
            purchaseMonths: cells['implied.purchaseMonths'].value,
            inquiryMonths: cells['implied.inquiryMonths'].value,
            hours: isMarketing ? hoursRange(cells[`hours.${channel}`].value) : null,
            daysOff: isMarketing ? cells[`daysOff.${channel}`].value : [],
          };
        }),
      ),
    );
  });
}

/** A pack with the operator's changes in it, and the name under which it is then recorded. */
export function overridden(
  pack: LawPack,
  overrides: readonly AppliedOverride[],
): { pack: LawPack; label: string } {
  const applied = overrides.filter(override => override.pack === pack.code).sort((a, b) => a.id - b.id);
  const cells = { ...pack.cells } as Record<string, object>;
  for (const { id, cell, value } of applied) {
    cells[cell] = { ...cells[cell], value, source: `override ${id}`, confidence: 'L' };
  }
  const label = [`${pack.code}@${pack.version}`, ...applied.map(({ id }) => id)].join('*');
  return { pack: { ...pack, cells: cells as unknown as LawPack['cells'] }, label };
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
