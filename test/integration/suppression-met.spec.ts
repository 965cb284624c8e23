import { SuppressionsService } from '#consent';
import { type Database } from '#database';
import { testApi, type TestApi } from '../factories/api.js';

/** What people are told the gate met is what the gate meets: one question, asked by both. */
describe('the suppression that the gate met', () => {
  let api: TestApi;
  let db: Database;
  const hash = Buffer.alloc(32, 7);
  const then = new Date('2026-11-21T09:00:00Z');

  beforeAll(async () => {
    api = await testApi();
    ({ db } = api.database);
  });
  afterAll(() => api.close());
  beforeEach(() => db.query('DELETE FROM suppression'));

  const add = (senderId: number, topicId: number, reason = 'manual', at = '2026-11-20T09:00:00Z') =>
    db.query(
      `INSERT INTO suppression (address_hash, channel, sender_id, topic_id, reason, source, created_at)
       VALUES ($1, 'email', $2, $3, $4, 'tests', $5)`,
      [hash, senderId, topicId, reason, at],
    );
  const met = async (messageClass: 'marketing' | 'transactional' = 'marketing') => {
    const about = { channel: 'email', messageClass, senderId: 2, topicId: 3 } as const;
    const found = await api.app.get(SuppressionsService, { strict: false }).thatGateMet(hash, about, then);
    const [gate] = await db.query<{ denial: string | null }>(
      `SELECT gate_suppression($1, 'email', $2, 2, 3) AS denial`,
      [hash, messageClass],
    );
    return { found, denial: gate?.denial };
  };

  it.each([
    ['of everything', 0, 0],
    ['of the sender', 2, 0],
    ['of the topic', 2, 3],
  ])('is one %s', async (_, senderId, topicId) => {
    await add(senderId, topicId);
    expect(await met()).toMatchObject({
      found: { senderId: senderId || null, topicId: topicId || null },
      denial: 'SUPPRESSED',
    });
  });

  it('is none about something else, nor one that the class of message passes', async () => {
    await add(9, 0);
    await add(2, 9);
    expect(await met()).toEqual({ found: null, denial: null });
    await add(2, 0, 'unsubscribed');
    expect(await met('transactional')).toEqual({ found: null, denial: null });
    expect(await met()).toMatchObject({ found: { reason: 'unsubscribed' }, denial: 'WITHDRAWN' });
  });

  it('is, of several, the one that the gate looks at first, and none that came later', async () => {
    await add(2, 3, 'unsubscribed');
    await add(2, 0, 'complaint');
    expect(await met()).toMatchObject({ found: { reason: 'complaint' }, denial: 'SUPPRESSED' });
    await add(0, 0, 'erased', '2026-11-21T09:01:00Z');
    expect(await met()).toMatchObject({ found: { reason: 'complaint' }, denial: 'SUPPRESSED' });
    await db.query(`UPDATE suppression SET created_at = '2026-11-22' WHERE reason <> 'erased'`);
    expect((await met()).found).toBeNull();
  });
});
