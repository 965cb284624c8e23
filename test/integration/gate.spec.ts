import fc from 'fast-check';
import { Gate, type GateQuestion, gateSql } from '#consent';
import { type TestApi, testApi } from '../factories/api.js';
import { plainGate, type PlainPerson, type PlainQuestion } from '../factories/gate-oracle.js';
import { people, questionOf, questions } from '../factories/gate-samples.js';
import { storeGateWorld } from '../factories/gate-world.js';

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
    async (_channel, _class, _cap, { at }) => {
      const question = questionOf(at);
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
