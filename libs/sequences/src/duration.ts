const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Longest that anything here may take: two years. */
const LONGEST = 731 * DAY;

/** ISO 8601 without years and months, whose length is not known: `P3D`, `PT90M`, `P1DT12H`, `P2W`. */
const DURATION = /^P(?=\d|T\d)(?:(\d{1,3})W)?(?:(\d{1,3})D)?(?:T(?=\d)(?:(\d{1,4})H)?(?:(\d{1,5})M)?)?$/;

/** A day is 24 hours, whatever the clocks on the wall do. @returns milliseconds; null: it is no duration, or one of none or beyond two years */
export function parseDuration(text: string): number | null {
  const match = DURATION.exec(text);
  if (!match) return null;
  const [weeks, days, hours, minutes] = match.slice(1).map(part => Number(part ?? 0)) as [
    number,
    number,
    number,
    number,
  ];
  const total = weeks * 7 * DAY + days * DAY + hours * HOUR + minutes * MINUTE;
  return total > 0 && total <= LONGEST ? total : null;
}
