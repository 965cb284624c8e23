import { cellNames, cellSchemas } from '../law-cells.js';
import { type LawPack, STRICT, weekdays } from '../law-pack.js';
import { lawPacks } from './index.js';

const codes = [...new Set(lawPacks.map(({ code }) => code))];
const versionsOf = (code: string): LawPack[] => lawPacks.filter(pack => pack.code === code);

describe('the law packs', () => {
  it('hold in every cell what the cell may hold, with a source and a confidence', () => {
    const faults = lawPacks.flatMap(pack =>
      cellNames
        .filter(name => {
          const { value, source, confidence } = pack.cells[name];
          return (
            !cellSchemas[name].safeParse(value).success ||
            source.trim().length < 5 ||
            !/^[HML]$/.test(confidence) ||
            // Whoever is unsure says so where it is read.
            /\bTODO\b|\?\?/.test(source)
          );
        })
        .map(name => `${pack.code}@${pack.version} ${name}`),
    );
    expect(faults).toEqual([]);
    expect(cellNames).toHaveLength(26);
    for (const pack of lawPacks) expect(Object.keys(pack.cells).sort()).toEqual([...cellNames].sort());
  });

  it('are numbered from one without a gap, each version later than the one before it', () => {
    for (const code of codes) {
      const versions = versionsOf(code);
      expect(versions.map(({ version }) => version)).toEqual(versions.map((_, at) => at + 1));
      const days = versions.map(({ effectiveFrom }) => effectiveFrom);
      expect(days).toEqual([...new Set(days)].sort());
      for (const day of days) expect(new Date(day).toISOString().slice(0, 10)).toBe(day);
    }
  });

  it('change something with every version', () => {
    for (const pack of lawPacks.filter(({ version }) => version > 1)) {
      expect(pack.cells).not.toEqual(versionsOf(pack.code)[pack.version - 2]?.cells);
    }
  });

  it('name each country in one pack alone, and have a name in both languages', () => {
    const countries = codes.flatMap(code => versionsOf(code)[0]?.countries ?? []);
    expect(countries).toEqual([...new Set(countries)]);
    expect(countries.every(country => /^[A-Z]{2}$/.test(country))).toBe(true);
    for (const { code, name, countries: own } of lawPacks) {
      expect(own).toEqual(versionsOf(code)[0]?.countries);
      expect(name.en).toMatch(/[a-z]/i);
      expect(name.ar).toMatch(/\p{Script=Arabic}/u);
    }
  });

  it('cover the European Union and the EEA', () => {
    const members =
      'AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE IS LI NO';
    const covered = lawPacks
      .filter(({ code }) => code === 'EU' || code === 'FR')
      .flatMap(pack => pack.countries);
    expect(members.split(' ')).toHaveLength(30);
    for (const member of members.split(' ')) expect(covered).toContain(member);
  });

  it('are nowhere stricter than the strict default but in days and in the weekends of a country', () => {
    const strict = versionsOf(STRICT).at(-1)?.cells as LawPack['cells'];
    for (const { cells } of lawPacks) {
      for (const channel of ['email', 'sms'] as const) {
        for (const messageClass of ['marketing', 'service', 'transactional'] as const) {
          const name = `bases.${channel}.${messageClass}` as const;
          expect(cells[name].value).toEqual(expect.arrayContaining(strict[name].value));
        }
        expect(strict[`footer.${channel}`].value).toEqual(
          expect.arrayContaining(cells[`footer.${channel}`].value),
        );
      }
      for (const weekday of weekdays) {
        for (const [from, to] of cells['hours.sms'].value?.[weekday] ?? []) {
          const [first, last] = strict['hours.sms'].value?.[weekday]?.[0] ?? ['', ''];
          // Sundays of the US begin at noon.
          expect(from <= first || weekday === 'sun').toBe(true);
          expect(to >= last).toBe(true);
        }
      }
      expect(strict['honour.days'].value).toBeLessThanOrEqual(cells['honour.days'].value);
      expect(strict['honour.linkDays'].value).toBeGreaterThanOrEqual(cells['honour.linkDays'].value);
      expect(strict['rights.responseDays'].value).toBeLessThanOrEqual(cells['rights.responseDays'].value);
      expect(strict['retention.proofMonths'].value).toBeGreaterThanOrEqual(
        cells['retention.proofMonths'].value,
      );
      expect(strict['statement.marketing'].value || !cells['statement.marketing'].value).toBe(true);
    }
    expect(strict['tracking.opens'].value).toBe('consent');
    expect(strict['tracking.links'].value).toBe('consent');
  });

  it('leave the hours of email to the operator', () => {
    for (const { cells } of lawPacks) expect(cells['hours.email'].value).toBeNull();
  });
});

describe('days off', () => {
  const years = [2026, 2027, 2028];

  it('of the US are the federal holidays, on the day and as observed', () => {
    const nth = (year: number, month: number, weekday: number, n: number): Date => {
      const first = new Date(Date.UTC(year, month - 1, 1));
      return new Date(Date.UTC(year, month - 1, 1 + ((weekday - first.getUTCDay() + 7) % 7) + 7 * (n - 1)));
    };
    const lastMondayOfMay = (year: number): Date => {
      const fifth = nth(year, 5, 1, 5);
      return fifth.getUTCMonth() === 4 ? fifth : nth(year, 5, 1, 4);
    };
    const fixed = (year: number, month: number, day: number): Date[] => {
      const date = new Date(Date.UTC(year, month - 1, day));
      const shift = { 0: 1, 6: -1 }[date.getUTCDay()] ?? 0;
      return [date, new Date(date.getTime() + shift * 86_400_000)];
    };
    const days = [...years, 2029].flatMap(year => [
      ...fixed(year, 1, 1).concat(
        fixed(year, 6, 19),
        fixed(year, 7, 4),
        fixed(year, 11, 11),
        fixed(year, 12, 25),
      ),
      ...[nth(year, 1, 1, 3), nth(year, 2, 1, 3), lastMondayOfMay(year), nth(year, 9, 1, 1)],
      ...[nth(year, 10, 1, 2), nth(year, 11, 4, 4)],
    ]);
    expect(daysOff('US')).toEqual(within(days));
  });

  it('of France are its public holidays', () => {
    const days = years.flatMap(year => {
      const easter = easterSunday(year);
      const after = (count: number): Date => new Date(easter.getTime() + count * 86_400_000);
      const fixed = ['01-01', '05-01', '05-08', '07-14', '08-15', '11-01', '11-11', '12-25'];
      return [...fixed.map(day => new Date(`${year}-${day}`)), after(1), after(39), after(50)];
    });
    expect(daysOff('FR')).toEqual(within(days));
  });

  it('of Egypt are its holidays of fixed dates, and the Monday after the Orthodox Easter', () => {
    const days = years.flatMap(year => {
      // Meeus' Julian algorithm; 13 days to the Gregorian calendar.
      const d = (19 * (year % 19) + 15) % 30;
      const e = (2 * (year % 4) + 4 * (year % 7) - d + 34) % 7;
      const easter = Date.UTC(year, 2, 22 + 13 + d + e);
      const fixed = ['01-07', '01-25', '04-25', '05-01', '06-30', '07-23', '10-06'];
      return [...fixed.map(day => new Date(`${year}-${day}`)), new Date(easter + 86_400_000)];
    });
    expect(daysOff('EG')).toEqual(within(days));
  });

  function daysOff(code: string): string[] | undefined {
    return versionsOf(code).at(-1)?.cells['daysOff.sms'].value;
  }

  function within(days: Date[]): string[] {
    const texts = days.map(day => day.toISOString().slice(0, 10));
    return [...new Set(texts)].filter(day => day >= '2026' && day < '2029').sort();
  }
});

/** The Gregorian Easter (Butcher). */
function easterSunday(year: number): Date {
  const [a, b, c] = [year % 19, Math.floor(year / 100), year % 100];
  const h = (19 * a + b - Math.floor(b / 4) - Math.floor((b - Math.floor((b + 8) / 25) + 1) / 3) + 15) % 30;
  const l = (32 + 2 * (b % 4) + 2 * Math.floor(c / 4) - h - (c % 4)) % 7;
  const m = Math.floor((a + 11 * h + 22 * l) / 451);
  const n = h + l - 7 * m + 114;
  return new Date(Date.UTC(year, Math.floor(n / 31) - 1, (n % 31) + 1));
}
