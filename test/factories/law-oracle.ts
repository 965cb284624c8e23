import { type Basis, type LawPack, type StateStatus, type Weekday, type WeeklyHours } from '#consent';
import { type Channel, type MessageClass } from '#common';

/**
 * What the rules say of one person and one message, worked out the plain way from the packs' own data. It is written
 * from the standards and shares nothing with the gate's SQL; the decision table holds the two against each other.
 */

/** Everything that is known when it is decided. */
export interface LawFacts {
  channel: Channel;
  messageClass: MessageClass;
  hasAddress: boolean;
  country: string | null;
  phoneCountry: string | null;
  /** Where the phone is, when its first digits say so; it may be anywhere in its country otherwise. */
  phoneZones?: string[];
  timeZone: string | null;
  sender: { country: string | null; timeZone: string };
  consent: {
    status: StateStatus;
    basis: Basis | null;
    since: string;
    expiresAt?: string;
    /** Where the person was. */
    country?: string | null;
    /** Of a soft opt-in whose evidence is whole: what was bought. */
    bought?: string[];
  } | null;
  offers: string[];
  /** Groups of categories that the sender holds to be similar. */
  similar: string[][];
}

/** `allow`, `deny REASON` or `defer UNTIL REASON`, and the packs that were read: `GB@2+SA@1`. */
export interface Verdict {
  says: string;
  law: string;
}

/** Zones in use, one for each behaviour: others of the country have the same clock as one of these. */
export const zonesOf: Record<string, string[]> = {
  AE: ['Asia/Dubai'],
  CA: [
    ...['America/Vancouver', 'America/Whitehorse', 'America/Edmonton', 'America/Regina', 'America/Winnipeg'],
    ...['America/Toronto', 'America/Panama', 'America/Halifax', 'America/Puerto_Rico', 'America/St_Johns'],
  ],
  DE: ['Europe/Berlin'],
  EG: ['Africa/Cairo'],
  FR: ['Europe/Paris'],
  GB: ['Europe/London'],
  JP: ['Asia/Tokyo'],
  PR: ['America/Puerto_Rico'],
  RE: ['Indian/Reunion'],
  SA: ['Asia/Riyadh'],
  US: [
    ...['Pacific/Honolulu', 'America/Adak', 'America/Anchorage', 'America/Los_Angeles', 'America/Phoenix'],
    ...['America/Denver', 'America/Chicago', 'America/New_York'],
  ],
};

export function verdict(packs: readonly LawPack[], facts: LawFacts, at: Date): Verdict {
  const laws = lawsThatApply(packs, facts, at);
  const law = [...new Set(laws.map(({ code, version }) => `${code}@${version}`))].sort().join('+');
  const no = whyNot(laws, facts, at);
  if (no) return { says: `deny ${no}`, law };
  if (facts.messageClass !== 'marketing') return { says: 'allow', law };
  const hours = laws.flatMap(({ cells }) => cells[`hours.${facts.channel}`].value ?? []);
  const daysOff = laws.flatMap(({ cells }) => cells[`daysOff.${facts.channel}`].value);
  const open = nextOpen(hours, daysOff, zonesThatMayBe(facts), at);
  if (open === null) return { says: 'deny NO_SENDING_HOURS', law };
  return { says: open > at ? `defer ${open.toISOString()} QUIET_HOURS` : 'allow', law };
}

/** The union of postal country, phone country, country at consent and sender's country; unknown people are strict. */
function lawsThatApply(packs: readonly LawPack[], facts: LawFacts, at: Date): LawPack[] {
  const places = [facts.country, facts.phoneCountry, facts.consent?.country ?? null];
  const ofPerson = places.filter(place => place !== null);
  const codes = new Set(
    (ofPerson.length > 0 ? ofPerson : ['nowhere']).map(place => packNaming(packs, place)),
  );
  if (facts.sender.country !== null) codes.add(packNaming(packs, facts.sender.country));
  return [...codes].map(code => inForceAt(packs, code, at));
}

function packNaming(packs: readonly LawPack[], country: string): string {
  return packs.find(({ countries }) => countries.includes(country))?.code ?? 'strict';
}

/** The newest version whose day has come; the first one stands for the time before it. */
function inForceAt(packs: readonly LawPack[], code: string, at: Date): LawPack {
  const versions = packs.filter(pack => pack.code === code);
  const come = versions.filter(({ effectiveFrom }) => Date.parse(effectiveFrom) <= at.getTime());
  return (come.at(-1) ?? versions[0])!;
}

/** Suppression is not part of this table; then: withdrawal, basis, expiry, what a soft opt-in covers. */
function whyNot(laws: LawPack[], facts: LawFacts, at: Date): string | null {
  const { consent, channel, messageClass } = facts;
  if (!facts.hasAddress) return 'NO_ADDRESS';
  if (consent === null) return 'NO_CONSENT';
  if (consent.status === 'withdrawn') return 'WITHDRAWN';
  if (consent.status === 'requested') return 'NOT_CONFIRMED';
  if (consent.status === 'refused') return 'CONSENT_REFUSED';
  if (consent.status === 'expired') return 'CONSENT_EXPIRED';
  if (consent.status === 'unknown') return 'CONSENT_UNPROVEN';
  const { basis } = consent;
  const isAccepted = laws.every(
    ({ cells }) => basis && cells[`bases.${channel}.${messageClass}`].value.includes(basis),
  );
  if (!isAccepted) return 'BASIS_NOT_ACCEPTED';
  if (consent.expiresAt !== undefined && at >= new Date(consent.expiresAt)) return 'CONSENT_EXPIRED';
  for (const { cells } of laws) {
    if (
      basis === 'implied_purchase' &&
      at >= monthsLater(consent.since, cells['implied.purchaseMonths'].value)
    )
      return 'CONSENT_EXPIRED';
    if (basis === 'implied_inquiry' && at >= monthsLater(consent.since, cells['implied.inquiryMonths'].value))
      return 'CONSENT_EXPIRED';
  }
  if (basis !== 'soft_opt_in') return null;
  if (!consent.bought) return 'SOFT_OPT_IN_INCOMPLETE';
  const mayOffer = [
    ...consent.bought,
    ...facts.similar.filter(group => group.some(one => consent.bought?.includes(one))).flat(),
  ];
  const offersOnlyThat = facts.offers.length > 0 && facts.offers.every(offer => mayOffer.includes(offer));
  return offersOnlyThat ? null : 'NOT_SIMILAR';
}

/** Calendar months in UTC: from 31 August six months end on 28 February, from 29 February 24 months on 28 February. */
export function monthsLater(since: string, months: number): Date {
  const [, year, month, day, time] = /^(\d+)-(\d+)-(\d+)T(.+)Z$/.exec(since)!;
  const count = Number(year) * 12 + Number(month) - 1 + months;
  const [toYear, toMonth] = [Math.floor(count / 12), (count % 12) + 1];
  const isLeap = toYear % 4 === 0 && (toYear % 100 !== 0 || toYear % 400 === 0);
  const lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
  const toDay = Math.min(Number(day), lengths[toMonth - 1]!);
  return new Date(`${toYear}-${two(toMonth)}-${two(toDay)}T${time}Z`);
}

/** Their own zone; else every zone of where they may be; else of where they were when they agreed; else the sender's. */
function zonesThatMayBe(facts: LawFacts): string[] {
  if (facts.timeZone !== null && isZone(facts.timeZone)) return [facts.timeZone];
  const { country, phoneCountry, phoneZones = [] } = facts;
  const places =
    phoneZones.length > 0 ? [country].filter(one => one !== phoneCountry) : [country, phoneCountry];
  const now = [...phoneZones, ...places.flatMap(place => (place && zonesOf[place]) || [])];
  if (now.length > 0) return now;
  const then = facts.consent?.country;
  return (then && zonesOf[then]) || [facts.sender.timeZone];
}

function isZone(name: string): boolean {
  try {
    return Boolean(new Intl.DateTimeFormat('en', { timeZone: name }));
  } catch {
    return false;
  }
}

const QUARTER_MS = 15 * 60_000;

/** Tried quarter by quarter for two weeks: the table's hours begin at quarters, and so do all clocks' changes. */
function nextOpen(hours: WeeklyHours[], daysOff: string[], zones: string[], at: Date): Date | null {
  if (isOpen(hours, daysOff, zones, at.getTime())) return at;
  let time = Math.ceil((at.getTime() + 1) / QUARTER_MS) * QUARTER_MS;
  for (const end = at.getTime() + 14 * 86_400_000; time < end; time += QUARTER_MS) {
    if (isOpen(hours, daysOff, zones, time)) return new Date(time);
  }
  return null;
}

function isOpen(hours: WeeklyHours[], daysOff: string[], zones: string[], time: number): boolean {
  return zones.every(zone => {
    const { date, weekday, clock } = wallClock(zone, time);
    if (daysOff.includes(date)) return false;
    return hours.every(week => (week[weekday] ?? []).some(([from, to]) => from <= clock && clock < to));
  });
}

interface WallClock {
  date: string;
  weekday: Weekday;
  clock: string;
}

const formats = new Map<string, Intl.DateTimeFormat>();
const read = new Map<string, WallClock>();

/** What a clock on the wall there shows, to the minute. */
function wallClock(zone: string, time: number): WallClock {
  const minute = Math.floor(time / 60_000);
  const key = `${zone} ${minute}`;
  const known = read.get(key);
  if (known) return known;
  const format =
    formats.get(zone) ??
    new Intl.DateTimeFormat('en-GB', {
      ...{ timeZone: zone, hourCycle: 'h23', weekday: 'short' },
      ...{ year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit' },
    });
  formats.set(zone, format);
  const parts = Object.fromEntries(
    format.formatToParts(minute * 60_000).map(({ type, value }) => [type, value]),
  );
  const shown = {
    date: `${parts['year']}-${parts['month']}-${parts['day']}`,
    weekday: parts['weekday']!.toLowerCase() as Weekday,
    clock: `${parts['hour']}:${parts['minute']}`,
  };
  read.set(key, shown);
  return shown;
}

const two = (number: number): string => String(number).padStart(2, '0');
