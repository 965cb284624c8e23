import fc from 'fast-check';
import { AddressHasher } from '#common';
import { Gate, gateSql } from '#consent';
import { type TestApi, testApi } from '../factories/api.js';
import { addSender, addTopic } from '../factories/sender.js';

/** One person as the database may hold them: an address or none, a state or none, suppressions of every scope. */
interface Case {
  hasAddress: boolean;
  state: {
    status: 'granted' | 'withdrawn' | 'unknown';
    basis: string | null;
    expiresIn: number | null;
  } | null;
  suppressions: {
    scope: 'all' | 'sender' | 'topic' | 'other sender' | 'other topic' | 'other channel';
    reason: string;
  }[];
}

const cases = fc.record<Case>({
  hasAddress: fc.boolean(),
  state: fc.option(
    fc.record({
      status: fc.constantFrom('granted' as const, 'withdrawn' as const, 'unknown' as const),
      basis: fc.constantFrom('express', 'double_opt_in', 'soft_opt_in', 'implied', null),
      expiresIn: fc.option(fc.constantFrom(-86_400_000, -1, 0, 1, 86_400_000)),
    }),
  ),
  suppressions: fc.uniqueArray(
    fc.record({
      scope: fc.constantFrom(
        ...(['all', 'sender', 'topic', 'other sender', 'other topic', 'other channel'] as const),
      ),
      reason: fc.constantFrom('unsubscribed', 'hard_bounce', 'complaint', 'manual', 'erased'),
    }),
    { selector: suppression => suppression.scope, maxLength: 4 },
  ),
});

/** The rules in plain words, written without a look at the SQL: slow, obvious, independent. */
function expected({ hasAddress, state, suppressions }: Case): string | null {
  if (!hasAddress) return 'NO_ADDRESS';
  const order = ['all', 'sender', 'topic'];
  const meant = suppressions
    .filter(suppression => order.includes(suppression.scope))
    .sort((a, b) => order.indexOf(a.scope) - order.indexOf(b.scope));
  if (meant[0]) return meant[0].reason === 'unsubscribed' ? 'WITHDRAWN' : 'SUPPRESSED';
  if (!state) return 'NO_CONSENT';
  if (state.status === 'withdrawn') return 'WITHDRAWN';
  if (state.status === 'unknown') return 'CONSENT_UNPROVEN';
  if (state.basis !== 'express' && state.basis !== 'double_opt_in') return 'BASIS_NOT_ACCEPTED';
  if (state.expiresIn !== null && state.expiresIn <= 0) return 'CONSENT_EXPIRED';
  return null;
}

describe('the gate', () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await testApi();
  });
  afterAll(() => api.close());

  it('decides as the plain rules do, for thousands of generated people', async () => {
    const { db } = api.database;
    const sender = await addSender(api.app);
    const other = await addSender(api.app);
    const topic = await addTopic(api.app, sender);
    const otherTopic = await addTopic(api.app, sender);
    const hasher = api.app.get(AddressHasher, { strict: false });
    const now = api.clock.now();
    const [event] = await db.query<{ id: number }>(
      `INSERT INTO consent_event (contact_id, action, method, source, actor, occurred_at, recorded_at)
       VALUES (0, 'withdrawn', 'test', 'test', 'test', $1, $1) RETURNING id`,
      [now],
    );
    const people = fc.sample(cases, { numRuns: 3000, seed: 20261121 });
    const scopes = {
      all: [0, 0, 'email'],
      sender: [sender.id, 0, 'email'],
      topic: [sender.id, topic.id, 'email'],
      'other sender': [other.id, 0, 'email'],
      'other topic': [sender.id, otherTopic.id, 'email'],
      'other channel': [0, 0, 'sms'],
    } as const;

    const contacts = people.map((person, at) => ({
      ...person,
      email: person.hasAddress ? `gate-${at}@example.com` : null,
      hash: person.hasAddress ? hasher.hash('email', `gate-${at}@example.com`).toString('hex') : null,
    }));
    const rows = await db.query<{ id: number }>(
      `INSERT INTO contact (external_id, email, email_hash, created_at, updated_at)
       SELECT 'gate-' || n, email, decode(hash, 'hex'), $2, $2
         FROM ROWS FROM (jsonb_to_recordset($1::jsonb) AS (email text, hash text)) WITH ORDINALITY AS c (email, hash, n)
        ORDER BY n RETURNING id`,
      [JSON.stringify(contacts), now],
    );
    await db.query(
      `INSERT INTO consent_state (contact_id, channel, topic_id, status, basis, event_id, since, expires_at)
       SELECT id, 'email', $2, status, basis, $3, $4, expires
         FROM jsonb_to_recordset($1::jsonb) AS s (id bigint, status text, basis text, expires timestamptz)`,
      [
        JSON.stringify(
          contacts.flatMap(({ state }, at) =>
            state
              ? [
                  {
                    ...state,
                    id: rows[at]!.id,
                    expires: state.expiresIn === null ? null : new Date(now.getTime() + state.expiresIn),
                  },
                ]
              : [],
          ),
        ),
        topic.id,
        event!.id,
        now,
      ],
    );
    await db.query(
      `INSERT INTO suppression (address_hash, channel, sender_id, topic_id, reason, source, created_at)
       SELECT decode(hash, 'hex'), channel, sender, topic, reason, 'test', $2
         FROM jsonb_to_recordset($1::jsonb) AS s (hash text, channel text, sender bigint, topic bigint, reason text)`,
      [
        JSON.stringify(
          contacts.flatMap(({ hash, suppressions }) =>
            hash === null
              ? []
              : suppressions.map(({ scope, reason }) => {
                  const [senderId, topicId, channel] = scopes[scope];
                  return { hash, reason, channel, sender: senderId, topic: topicId };
                }),
          ),
        ),
        now,
      ],
    );

    const gate = api.app.get(Gate, { strict: false });
    const decided = await gate.decide({
      contactIds: rows.map(row => row.id),
      channel: 'email',
      senderId: sender.id,
      topicId: topic.id,
    });
    expect(decided).toHaveLength(people.length);
    const wrong = decided
      .map((row, at) => ({ got: row.denial, want: expected(people[at]!), person: people[at] }))
      .filter(({ got, want }) => got !== want);
    expect(wrong.slice(0, 3)).toEqual([]);
    // The sample is worth something only if every answer occurs in it.
    expect(new Set(people.map(expected)).size).toBe(8);
  });

  it('answers a thousand contacts in one statement', () => {
    const sql = gateSql({
      candidates: 'SELECT 1',
      channel: 'email',
      messageClass: 'marketing',
      categories: '$4',
      dispatchId: '0',
      senderId: '$1',
      topicId: '$2',
      now: '$3',
    });
    expect(sql).not.toContain(';');
    expect(sql.match(/JOIN contact/g)).toHaveLength(1);
  });
});
