import fc from 'fast-check';
import { type PlainLaw, type PlainPerson, type PlainQuestion, type PlainSuppression } from './gate-oracle.js';

const DAY = 86_400_000;
const places = ['SA', 'AE', 'GB', 'US'];
const shelves = ['shoes', 'socks', 'phones'];
const bases = [
  ...['express', 'double_opt_in', 'soft_opt_in', 'implied_purchase', 'implied_inquiry'],
  ...['service', 'transactional'],
];

/** People of every kind that bears on permission. */
export const people = fc.record<PlainPerson>({
  hasAddress: fc.oneof(
    { weight: 9, arbitrary: fc.constant(true) },
    { weight: 1, arbitrary: fc.constant(false) },
  ),
  country: fc.option(fc.constantFrom(...places)),
  phoneCountry: fc.option(fc.constantFrom(...places)),
  timeZone: fc.option(fc.constantFrom('Asia/Riyadh', 'America/New_York', 'Mars/Olympus'), { freq: 2 }),
  state: fc.option(
    fc.record({
      status: fc.oneof(
        { weight: 8, arbitrary: fc.constant('granted') },
        { weight: 1, arbitrary: fc.constantFrom('withdrawn', 'unknown', 'requested', 'refused', 'expired') },
      ),
      basis: fc.option(fc.constantFrom(...bases), { freq: 12 }),
      sinceDaysAgo: fc.constantFrom(0, 100, 184, 365, 729, 730, 731, 800),
      expiresIn: fc.option(fc.constantFrom(-DAY, -1, 0, 1, DAY)),
      country: fc.option(fc.constantFrom(...places)),
      bought: fc.option(fc.subarray(shelves, { minLength: 1 })),
    }),
    { freq: 12 },
  ),
  suppressions: fc.oneof(
    { weight: 4, arbitrary: fc.constant<PlainSuppression[]>([]) },
    {
      weight: 1,
      arbitrary: fc.uniqueArray(
        fc.record({
          scope: fc.constantFrom(
            ...(['all', 'sender', 'topic', 'other sender', 'other topic', 'other channel'] as const),
          ),
          reason: fc.constantFrom('unsubscribed', 'hard_bounce', 'complaint', 'manual', 'erased'),
        }),
        { selector: suppression => suppression.scope, maxLength: 4 },
      ),
    },
  ),
  frequency: fc.option(fc.constantFrom('all' as const, 'weekly' as const, 'monthly' as const)),
  pausedFor: fc.option(fc.constantFrom(-1, 0, 1, 30 * DAY), { freq: 1 }),
  lastMessageDaysAgo: fc.option(fc.constantFrom(1, 6, 7, 8, 29, 31)),
  earlierMessagesDaysAgo: fc.array(fc.constantFrom(31, 40, 89, 90, 91, 200), { maxLength: 4 }),
  areaIsKnown: fc.boolean(),
});

const everyDay = (from: number, to: number): [number, number][][] =>
  Array.from({ length: 7 }, () => [[from * 60, to * 60]]);
const workdays = (from: number, to: number): [number, number][][] =>
  everyDay(from, to).map((hours, day) => (day < 4 ? hours : []));

export const laws: Record<string, PlainLaw> = {
  '': { bases: ['express'], purchaseMonths: 12, inquiryMonths: 3, hours: everyDay(9, 18), daysOff: [] },
  SA: {
    ...{
      bases: ['express', 'double_opt_in', 'service', 'transactional'],
      purchaseMonths: 24,
      inquiryMonths: 6,
    },
    ...{ hours: everyDay(9, 21), daysOff: ['2026-03-29'] },
  },
  AE: { bases, purchaseMonths: 24, inquiryMonths: 6, hours: workdays(9, 18), daysOff: [] },
  GB: { bases, purchaseMonths: 18, inquiryMonths: 6, hours: null, daysOff: ['2026-10-25', '2026-10-26'] },
  US: { bases, purchaseMonths: 24, inquiryMonths: 4, hours: everyDay(8, 21), daysOff: [] },
};

/** Moments at which clocks misbehave: the nights when London and New York change theirs, and an ordinary noon. */
export const moments = [
  '2026-03-29T00:59:30Z',
  '2026-10-25T00:30:00Z',
  '2026-11-01T05:30:00Z',
  '2026-11-19T12:00:00Z',
];

export const questions: Pick<PlainQuestion, 'channel' | 'messageClass' | 'offers' | 'cap'>[] = [
  { channel: 'email', messageClass: 'marketing', offers: [] },
  { channel: 'email', messageClass: 'transactional', offers: [] },
  { channel: 'sms', messageClass: 'marketing', offers: ['socks'] },
  { channel: 'sms', messageClass: 'service', offers: ['socks', 'shoes'] },
  { channel: 'email', messageClass: 'marketing', offers: [], cap: { messages: 1, days: 7 } },
  { channel: 'email', messageClass: 'marketing', offers: [], cap: { messages: 3, days: 90 } },
  { channel: 'email', messageClass: 'service', offers: [], cap: { messages: 1, days: 365 } },
];

/** The world around a question: who asks, where its law comes from, and when. */
export function questionOf(at: number): PlainQuestion {
  return {
    ...(questions[at] as (typeof questions)[number]),
    now: new Date(moments[at % moments.length] as string),
    laws,
    zonesOf: {
      ...{ SA: ['Asia/Riyadh'], AE: ['Asia/Dubai'], GB: ['Europe/London'] },
      US: ['America/New_York', 'Pacific/Honolulu'],
    },
    areaZones: ['America/New_York'],
    ...{ senderCountry: 'GB', senderZone: 'Europe/London', similar: [['shoes', 'socks']] },
  };
}
