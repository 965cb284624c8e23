const LOCAL = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:\.\d{1,9})?$/;

/**
 * The moment at which clocks of a place show this. Of an hour that a clock shows twice, either; one that it skips is moved on.
 * @param zone a name of the IANA database
 * @returns null when either cannot be read
 */
export function zonedInstant(local: string, zone: string): Date | null {
  const [, day, time] = LOCAL.exec(local) ?? [];
  const shown = Date.parse(`${day}T${time}Z`);
  if (Number.isNaN(shown)) return null;
  try {
    // The offset at about that time, then at that very time.
    const about = shown - offsetMs(shown, zone);
    return new Date(shown - offsetMs(about, zone));
  } catch {
    return null;
  }
}

function offsetMs(at: number, timeZone: string): number {
  const format = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' });
  const name = format.formatToParts(at).find(({ type }) => type === 'timeZoneName')?.value ?? '';
  const [, sign, hours = '0', minutes = '0'] = /GMT(?:([+-])(\d\d):(\d\d))?/.exec(name) ?? [];
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
}
