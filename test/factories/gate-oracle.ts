import { type Channel, type MessageClass } from '#common';

/** What one country's law says of one kind of message, in the plainest form. */
export interface PlainLaw {
  bases: string[];
  purchaseMonths: number;
  inquiryMonths: number;
  /** By day of the week, Monday first: from and to in minutes; null: any hour. */
  hours: [from: number, to: number][][] | null;
  daysOff: string[];
}

export interface PlainSuppression {
  scope: 'all' | 'sender' | 'topic' | 'other sender' | 'other topic' | 'other channel';
  reason: string;
}

/** Everything that bears on whether one person may be written to. */
export interface PlainPerson {
  hasAddress: boolean;
  country: string | null;
  phoneCountry: string | null;
  /** Whether the phone's first digits say where it is, if it is of the US. */
  areaIsKnown?: boolean;
  timeZone: string | null;
  state: {
    status: string;
    basis: string | null;
    sinceDaysAgo: number;
    /** Milliseconds from now. */
    expiresIn: number | null;
    country: string | null;
    bought: string[] | null;
  } | null;
  suppressions: PlainSuppression[];
  frequency: 'all' | 'weekly' | 'monthly' | null;
  /** Milliseconds from now. */
  pausedFor: number | null;
  /** Days since the last marketing message of this sender. */
  lastMessageDaysAgo: number | null;
  /** The same of those before it. */
  earlierMessagesDaysAgo?: number[];
}

export interface PlainQuestion {
  channel: Channel;
  messageClass: MessageClass;
  offers: string[];
  now: Date;
  laws: Record<string, PlainLaw>;
  zonesOf: Record<string, string[]>;
  /** Of US numbers that begin with 212. */
  areaZones?: string[];
  senderCountry: string;
  senderZone: string;
  similar: [string, string][];
  /** At most so many marketing messages in so many days; null: no cap. */
  cap?: { messages: number; days: number } | null;
}

export interface PlainAnswer {
  denial: string | null;
  deferUntil: number | null;
  deferReason: string | null;
}

const DAY = 86_400_000;

/** The rules of permission in plain words, written without a look at the SQL: slow, obvious, independent. */
export function plainGate(person: PlainPerson, question: PlainQuestion): PlainAnswer {
  const no = (denial: string): PlainAnswer => ({ denial, deferUntil: null, deferReason: null });
  const { now, messageClass } = question;
  if (!person.hasAddress) return no('NO_ADDRESS');

  const meant = (['all', 'sender', 'topic'] as const)
    .flatMap(scope => person.suppressions.filter(one => one.scope === scope))
    .filter(
      ({ reason }) =>
        messageClass !== 'transactional' || (reason !== 'unsubscribed' && reason !== 'complaint'),
    );
  if (meant[0]) return no(meant[0].reason === 'unsubscribed' ? 'WITHDRAWN' : 'SUPPRESSED');

  const { state } = person;
  if (state === null) return no('NO_CONSENT');
  if (state.status === 'withdrawn') return no('WITHDRAWN');
  if (state.status === 'requested') return no('NOT_CONFIRMED');
  if (state.status === 'refused') return no('CONSENT_REFUSED');
  if (state.status === 'expired') return no('CONSENT_EXPIRED');
  if (state.status === 'unknown') return no('CONSENT_UNPROVEN');

  const laws = lawsFor(person, question);
  const { basis } = state;
  if (basis === null || laws.some(law => !law.bases.includes(basis))) return no('BASIS_NOT_ACCEPTED');
  if (state.expiresIn !== null && state.expiresIn <= 0) return no('CONSENT_EXPIRED');

  const since = new Date(now.getTime() - state.sinceDaysAgo * DAY);
  const months = {
    implied_purchase: Math.min(...laws.map(law => law.purchaseMonths)),
    implied_inquiry: Math.min(...laws.map(law => law.inquiryMonths)),
  }[basis];
  if (months !== undefined && monthsLater(since, months) <= now) return no('CONSENT_EXPIRED');
  if (basis === 'soft_opt_in') {
    const { bought } = state;
    if (bought === null) return no('SOFT_OPT_IN_INCOMPLETE');
    const isSimilar = (offer: string): boolean =>
      bought.some(
        had => had === offer || question.similar.some(([one, other]) => one === had && other === offer),
      );
    if (question.offers.length === 0 || !question.offers.every(isSimilar)) return no('NOT_SIMILAR');
  }
  if (messageClass === 'marketing' && person.pausedFor !== null && person.pausedFor > 0) return no('PAUSED');

  const open = firstOpen(now, zonesFor(person, question), laws);
  if (open === null) return no('NO_SENDING_HOURS');
  // How often somebody wants to hear is a wish about offers.
  const wish = messageClass === 'marketing' ? person.frequency : null;
  const rest = wish === 'weekly' ? 7 : wish === 'monthly' ? 30 : 0;
  const last = person.lastMessageDaysAgo;
  // Messages of more than a month ago are not looked at.
  const wished = rest === 0 || last === null || last >= 30 ? 0 : now.getTime() + (rest - last) * DAY;
  const rested = Math.max(wished, messageClass === 'marketing' ? roomUnderCap(person, question) : 0);
  const until = Math.max(open.getTime(), rested);
  if (until <= now.getTime()) return { denial: null, deferUntil: null, deferReason: null };
  return { denial: null, deferUntil: until, deferReason: until === rested ? 'FREQUENCY' : 'QUIET_HOURS' };
}

/** When the cap lets the next message through: as soon as few enough lie within its days. 0: now. */
function roomUnderCap(person: PlainPerson, { cap, now }: PlainQuestion): number {
  const { lastMessageDaysAgo: last, earlierMessagesDaysAgo: earlier = [] } = person;
  if (!cap) return 0;
  const sent = [...(last === null ? [] : [last]), ...earlier].map(days => now.getTime() - days * DAY);
  const within = (at: number): number => sent.filter(time => time > at - cap.days * DAY && time <= at).length;
  const moments = [now.getTime(), ...sent.map(time => time + cap.days * DAY).sort((a, b) => a - b)];
  const free = moments.find(at => at >= now.getTime() && within(at) < cap.messages) as number;
  return free === now.getTime() ? 0 : free;
}

/** Postal country, phone's, country at the time of consent, the sender's; the strictest when nothing of the person is known. */
function lawsFor({ country, phoneCountry, state }: PlainPerson, question: PlainQuestion): PlainLaw[] {
  const known = [country, phoneCountry, state?.country ?? null].filter(place => place !== null);
  const places = known.length === 0 ? [''] : known;
  return [...places, question.senderCountry].flatMap(place => question.laws[place] ?? []);
}

function zonesFor(person: PlainPerson, question: PlainQuestion): string[] {
  if (person.timeZone !== null && person.timeZone !== 'Mars/Olympus') return [person.timeZone];
  const zonesOf = (places: (string | null)[]): string[] =>
    places.flatMap(place => (place === null ? [] : (question.zonesOf[place] ?? [])));
  const area = person.areaIsKnown && person.phoneCountry === 'US' ? (question.areaZones ?? []) : [];
  // Where digits say it, the rest of that country is not meant; another country of an address still is.
  const now =
    area.length > 0
      ? [...area, ...zonesOf(person.country === 'US' ? [] : [person.country])]
      : zonesOf([person.country, person.phoneCountry]);
  const then = zonesOf([person.state?.country ?? null]);
  return [now, then, [question.senderZone]].find(zones => zones.length > 0) ?? [];
}

/** Minute after minute until every clock says yes; null when none does within a fortnight. */
function firstOpen(now: Date, zones: string[], laws: PlainLaw[]): Date | null {
  if (isOpen(now, zones, laws)) return now;
  const minute = 60_000;
  const start = Math.floor(now.getTime() / minute) * minute;
  for (let time = start + minute; time < now.getTime() + 15 * DAY; time += minute) {
    if (isOpen(new Date(time), zones, laws)) return new Date(time);
  }
  return null;
}

function isOpen(at: Date, zones: string[], laws: PlainLaw[]): boolean {
  return laws.every(law =>
    zones.every(zone => {
      if (law.hours === null && law.daysOff.length === 0) return true;
      const { date, weekday, minuteOfDay } = wallClock(at, zone);
      if (law.daysOff.includes(date)) return false;
      return (
        law.hours === null ||
        (law.hours[weekday] ?? []).some(([from, to]) => minuteOfDay >= from && minuteOfDay < to)
      );
    }),
  );
}

const formats = new Map<string, Intl.DateTimeFormat>();
const weekdays = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
const clocks = new Map<string, { date: string; weekday: number; minuteOfDay: number }>();

function wallClock(at: Date, zone: string): { date: string; weekday: number; minuteOfDay: number } {
  const key = `${zone} ${Math.floor(at.getTime() / 60_000)}`;
  const known = clocks.get(key);
  if (known) return known;
  const format =
    formats.get(zone) ??
    new Intl.DateTimeFormat('en-CA', {
      ...{ timeZone: zone, hourCycle: 'h23', weekday: 'short' },
      ...{ year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit' },
    });
  formats.set(zone, format);
  const parts = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]));
  const clock = {
    date: `${parts['year']}-${parts['month']}-${parts['day']}`,
    weekday: weekdays.indexOf(parts['weekday'] ?? ''),
    minuteOfDay: Number(parts['hour']) * 60 + Number(parts['minute']),
  };
  clocks.set(key, clock);
  return clock;
}

/** The same day of a later month, or its last day. */
function monthsLater(from: Date, months: number): Date {
  const target = new Date(
    Date.UTC(from.getUTCFullYear(), from.getUTCMonth() + months, 1) + (from.getTime() % DAY),
  );
  const days = new Date(Date.UTC(target.getUTCFullYear(), target.getUTCMonth() + 1, 0)).getUTCDate();
  target.setUTCDate(Math.min(from.getUTCDate(), days));
  return target;
}
