import fc from 'fast-check';
import { Gate, type GateQuestion, gateSql } from '#consent';
import { type TestApi, testApi } from '../factories/api.js';
import {
  type PlainLaw,
  plainGate,
  type PlainPerson,
  type PlainQuestion,
  type PlainSuppression,
} from '../factories/gate-oracle.js';
import { storeGateWorld } from '../factories/gate-world.js';

const DAY = 86_400_000;
const places = ['SA', 'AE', 'GB', 'US'];
const shelves = ['shoes', 'socks', 'phones'];
const bases = [
  ...['express', 'double_opt_in', 'soft_opt_in', 'implied_purchase', 'implied_inquiry'],
  ...['service', 'transactional'],
];

const people = fc.record<PlainPerson>({
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
});

const everyDay = (from: number, to: number): [number, number][][] =>
  Array.from({ length: 7 }, () => [[from * 60, to * 60]]);
const workdays = (from: number, to: number): [number, number][][] =>
  everyDay(from, to).map((hours, day) => (day < 4 ? hours : []));

const laws: Record<string, PlainLaw> = {
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
const moments = [
  '2026-03-29T00:59:30Z',
  '2026-10-25T00:30:00Z',
  '2026-11-01T05:30:00Z',
  '2026-11-19T12:00:00Z',
];

const questions: Pick<PlainQuestion, 'channel' | 'messageClass' | 'offers' | 'cap'>[] = [
  { channel: 'email', messageClass: 'marketing', offers: [] },
  { channel: 'email', messageClass: 'transactional', offers: [] },
  { channel: 'sms', messageClass: 'marketing', offers: ['socks'] },
  { channel: 'sms', messageClass: 'service', offers: ['socks', 'shoes'] },
  { channel: 'email', messageClass: 'marketing', offers: [], cap: { messages: 1, days: 7 } },
  { channel: 'email', messageClass: 'marketing', offers: [], cap: { messages: 3, days: 90 } },
  { channel: 'email', messageClass: 'service', offers: [], cap: { messages: 1, days: 365 } },
];

describe('the gate', () => {
  let api: TestApi;
  beforeEach(async () => {
    api = await testApi();
  });
  afterEach(() => api.close());

  it.each(
    questions.map(
      (question, at) =>
        [
          ...[question.channel, question.messageClass, question.cap ? 'a cap' : 'no cap'],
          { ...question, at },
        ] as const,
    ),
  )(
    'decides on %s of class %s under %s as the plain rules do, for a thousand generated people',
    async (_channel, _class, _cap, { at, ...kind }) => {
      const question: PlainQuestion = {
        ...kind,
        now: new Date(moments[at % moments.length] as string),
        laws,
        zonesOf: {
          ...{ SA: ['Asia/Riyadh'], AE: ['Asia/Dubai'], GB: ['Europe/London'] },
          US: ['America/New_York', 'Pacific/Honolulu'],
        },
        ...{ senderCountry: 'GB', senderZone: 'Europe/London', similar: [['shoes', 'socks']] },
      };
      api.clock.set(question.now);
      const sample = fc.sample(people, { numRuns: 1000, seed: 20261121 + at });
      const asked = await storeGateWorld(api, sample, question);
      const decided = await api.app.get(Gate, { strict: false }).decide(asked, question.now);

      const got = decided.map(({ denial, deferUntil, deferReason }) => ({
        ...{ denial, deferUntil: deferUntil?.getTime() ?? null, deferReason },
      }));
      const want = sample.map(person => plainGate(person, question));
      const wrong = sample
        .map((person, one) => ({ person, got: got[one], want: want[one] }))
        .filter(row => JSON.stringify(row.got) !== JSON.stringify(row.want));
      expect(wrong.slice(0, 2)).toEqual([]);
      expect(await forecast(asked, question)).toEqual(want.map(({ denial }) => denial));
      // The sample is worth something only if many answers occur in it.
      const answers = new Set(want.map(({ denial, deferReason }) => denial ?? deferReason ?? 'allowed'));
      expect(answers.size).toBeGreaterThanOrEqual(9);
      expect(answers).toContain('allowed');
    },
  );

  /** What audiences are counted and frozen by: the same text with the look-ups that its hints spare. */
  async function forecast(
    asked: GateQuestion,
    { channel, messageClass, offers, now }: PlainQuestion,
  ): Promise<unknown[]> {
    const sql = gateSql({
      ...{
        candidates: 'SELECT unnest($1::bigint[]) AS contact_id',
        channel,
        messageClass,
        categories: '$2::text[]',
      },
      ...{ dispatchId: '0', senderId: '$3', topicId: '$4', now: '$5', forecast: true },
    });
    const rows = await api.database.db.query<{ denial: string | null }>(
      `SELECT denial FROM (${sql}) forecast ORDER BY contact_id`,
      [asked.contactIds, offers, asked.senderId, asked.topicId, now],
    );
    return rows.map(({ denial }) => denial);
  }

  it('answers a thousand contacts in one statement', () => {
    const sql = gateSql({
      ...{
        candidates: 'SELECT 1',
        channel: 'email',
        messageClass: 'marketing',
        categories: '$4',
        dispatchId: '0',
      },
      ...{ senderId: '$1', topicId: '$2', now: '$3' },
    });
    expect(sql).not.toContain(';');
    expect(sql.match(/JOIN contact/g)).toHaveLength(1);
  });

  it('lets nobody through while there is no rule', async () => {
    const question: PlainQuestion = {
      ...{
        channel: 'email',
        messageClass: 'marketing',
        offers: [],
        now: api.clock.now(),
        laws: {},
        zonesOf: {},
      },
      ...{ senderCountry: 'GB', senderZone: 'UTC', similar: [] },
    };
    const agreed: PlainPerson = {
      ...{ hasAddress: true, country: 'GB', phoneCountry: null, timeZone: null, suppressions: [] },
      ...{ frequency: null, pausedFor: null, lastMessageDaysAgo: null },
      state: {
        status: 'granted',
        basis: 'express',
        sinceDaysAgo: 1,
        expiresIn: null,
        country: null,
        bought: null,
      },
    };
    const asked = await storeGateWorld(api, [agreed], question);
    const [row] = await api.app.get(Gate, { strict: false }).decide(asked);
    expect(row?.denial).toBe('BASIS_NOT_ACCEPTED');
  });
});
