import fc from 'fast-check';
import { formatId } from '#common';
import {
  ConsentsService,
  LedgerIntegrityService,
  LedgerRetention,
  type Sender,
  type Topic,
  type WithdrawalScope,
} from '#consent';
import { CONSENT_RECORDER, type ConsentRecorder, type Contact } from '#contacts';
import { type TestApi, testApi } from '../factories/api.js';
import { addConsent, addContact } from '../factories/contact.js';
import { addSender, addTopic } from '../factories/sender.js';

describe('the consent ledger', () => {
  let api: TestApi;
  let integrity: LedgerIntegrityService;
  let retention: LedgerRetention;
  let sender: Sender;
  let topics: Topic[];

  beforeEach(async () => {
    api = await testApi();
    integrity = api.app.get(LedgerIntegrityService, { strict: false });
    retention = api.app.get(LedgerRetention, { strict: false });
    sender = await addSender(api.app);
    topics = [await addTopic(api.app, sender), await addTopic(api.app, sender)];
  });
  afterEach(() => api.close());

  const verify = async () => (await api.request('GET', '/v1/ledger/verification')).body;
  const someEvents = async (count: number): Promise<Contact> => {
    const contact = await addContact(api.app);
    for (let n = 0; n < count; n++) {
      api.clock.advance(1000);
      await addConsent(api.app, contact, topics[0]!);
    }
    await integrity.seal();
    return contact;
  };
  /** Purges the contact's first events, as for people who never confirmed. */
  const forget = async (contact: Contact, count: number): Promise<number> => {
    const events = await api.app.get(ConsentsService, { strict: false }).events(contact.id, { limit: 100 });
    return retention.purge(
      events.items.slice(0, count).map(({ id }) => id),
      'unconfirmed',
    );
  };
  /** As somebody with the keys of the database would: past the guards. */
  const unguarded = (sql: string) =>
    api.database.db.transaction(async () => {
      await api.database.db.query('SET LOCAL session_replication_role = replica');
      await api.database.db.query(sql);
    });

  it('that nobody touched is intact, and its head moves with every event', async () => {
    expect(await verify()).toMatchObject({ intact: true, events: 0, head: null });
    await someEvents(3);
    const first = await verify();
    expect(first).toMatchObject({ intact: true, events: 3, sealed: 3, unsealed: 0 });
    await someEvents(1);
    const second = await verify();
    expect(second).toMatchObject({ intact: true, sealed: 4 });
    expect(second.head).not.toBe(first.head);
  });

  it('with an event not yet linked is intact, and says so', async () => {
    const contact = await someEvents(1);
    await addConsent(api.app, contact, topics[1]!);
    expect(await verify()).toMatchObject({ intact: true, events: 2, sealed: 1, unsealed: 1 });
  });

  it.each([
    [
      'a changed wording',
      `UPDATE consent_event SET text_shown = 'Other words' WHERE id = 2`,
      { number: 2, problem: 'CHANGED' },
    ],
    [
      'a changed time',
      `UPDATE consent_event SET occurred_at = occurred_at - interval '1 ms' WHERE id = 2`,
      { number: 2, problem: 'CHANGED' },
    ],
    [
      'a changed actor',
      `UPDATE consent_event SET actor = 'nobody' WHERE id = 3`,
      { number: 3, problem: 'CHANGED' },
    ],
    ['a removed event', 'DELETE FROM consent_event WHERE id = 2', { number: 2, problem: 'MISSING' }],
    ['a removed link', 'DELETE FROM consent_seal WHERE number = 2', { number: 3, problem: 'GAP' }],
    [
      'a changed link',
      `UPDATE consent_seal SET hash = sha256('x') WHERE number = 2`,
      { number: 2, problem: 'CHANGED' },
    ],
  ])('shows %s', async (_, sql, breach) => {
    await someEvents(4);
    await unguarded(sql);
    const found = await verify();
    expect(found.intact).toBe(false);
    expect(found.breaches[0]).toMatchObject(breach);
  });

  it('shows an event that was slipped in around its guards', async () => {
    await someEvents(2);
    await unguarded(
      `INSERT INTO consent_event (contact_id, channel, topic_id, sender_id, action, basis, method, source, actor,
                                  occurred_at, recorded_at)
       SELECT contact_id, channel, topic_id, sender_id, action, basis, method, source, actor, occurred_at, recorded_at
         FROM consent_event LIMIT 1`,
    );
    expect(await verify()).toMatchObject({ intact: false, strangers: [formatId('consentEvent', 3)] });
  });

  it('refuses to change its links, as it refuses to change its events', async () => {
    await someEvents(1);
    for (const sql of [
      `UPDATE consent_seal SET hash = ''`,
      'DELETE FROM consent_seal',
      'TRUNCATE consent_seal',
    ]) {
      await expect(api.database.db.query(sql)).rejects.toThrow(/append-only/);
    }
  });

  it.each([
    ['UPDATE', `UPDATE consent_event SET actor = 'nobody'`],
    ['DELETE', 'DELETE FROM consent_event WHERE id = 2'],
    ['TRUNCATE', 'TRUNCATE consent_event CASCADE'],
    ['UPDATE of a purge', `UPDATE consent_purge SET reason = 'retention'`],
    ['DELETE of a purge', 'DELETE FROM consent_purge'],
    ['TRUNCATE of purges', 'TRUNCATE consent_purge'],
  ])('refuses %s', async (_, sql) => {
    const contact = await someEvents(2);
    await forget(contact, 1);
    const before = await verify();
    await expect(api.database.db.query(sql)).rejects.toThrow(/append-only/);
    expect(await verify()).toEqual(before);
  });

  it('lets an event go by a purge alone, whole and at once', async () => {
    await someEvents(2);
    const { db } = api.database;
    const purge = (digest: string) =>
      db.query(
        `INSERT INTO consent_purge SELECT id, ${digest}, 'erased', now() FROM consent_event e WHERE id = 1`,
      );
    const remove = () => db.query('DELETE FROM consent_event WHERE id = 1');
    // With another digest, or that of another event; and a purge kept ready for later.
    for (const digest of [
      `sha256('x')`,
      '(SELECT consent_event_digest(o) FROM consent_event o WHERE id = 2)',
    ]) {
      const wrong = db.transaction(async () => {
        await purge(digest);
        await remove();
      });
      await expect(wrong).rejects.toThrow(/append-only/);
    }
    await expect(purge('consent_event_digest(e)')).rejects.toThrow(/still stands/);
    expect(await verify()).toMatchObject({ intact: true, events: 2, purged: { erased: 0 } });
    await db.transaction(async () => {
      await purge('consent_event_digest(e)');
      await remove();
    });
    expect(await verify()).toMatchObject({ intact: true, events: 1, sealed: 2, purged: { erased: 1 } });
  });

  it('links an event that is purged before its turn, and proves it then', async () => {
    const contact = await addContact(api.app);
    await addConsent(api.app, contact, topics[0]!);
    await addConsent(api.app, contact, topics[0]!);
    expect(await forget(contact, 1)).toBe(1);
    expect(await verify()).toMatchObject({
      ...{ intact: true, events: 1, sealed: 1, unsealed: 1 },
      purged: { erased: 0, retention: 0, unconfirmed: 1 },
    });
    await someEvents(1);
    expect(await verify()).toMatchObject({ intact: true, sealed: 3, unsealed: 0 });
    // The same events again: there is nothing left to go.
    expect(await retention.purge([1], 'unconfirmed')).toBe(0);
  });

  it('lets nothing go that somebody’s consent rests on', async () => {
    await someEvents(1);
    await expect(retention.purge([1], 'retention')).rejects.toThrow(/foreign key/);
    expect(await verify()).toMatchObject({ intact: true, events: 1, purged: { retention: 0 } });
  });

  it.each([
    [
      'a purge that tells of another event',
      `UPDATE consent_purge SET digest = sha256('x')`,
      { number: 1, problem: 'PURGE_FALSE' },
    ],
    ['a purge that is gone', 'DELETE FROM consent_purge', { number: 1, problem: 'MISSING' }],
    [
      'an event that was purged and is back',
      `INSERT INTO consent_event OVERRIDING SYSTEM VALUE
       SELECT (jsonb_populate_record(e, '{"id": 1}')).* FROM consent_event e WHERE id = 2`,
      { number: 1, problem: 'RETURNED' },
    ],
    [
      'a change beside a purge',
      `UPDATE consent_event SET text_shown = 'x' WHERE id = 2`,
      { number: 2, problem: 'CHANGED' },
    ],
  ])('shows %s', async (_, sql, breach) => {
    const contact = await someEvents(3);
    await forget(contact, 1);
    expect(await verify()).toMatchObject({ intact: true });
    await unguarded(sql);
    const found = await verify();
    expect(found.intact).toBe(false);
    expect(found.breaches).toEqual([{ eventId: formatId('consentEvent', breach.number), ...breach }]);
  });

  it('shows a purge of something that never was in the chain', async () => {
    await someEvents(1);
    await unguarded(`INSERT INTO consent_purge VALUES (77, sha256('x'), 'erased', now())`);
    expect(await verify()).toMatchObject({ intact: false, strangers: [formatId('consentEvent', 77)] });
  });

  it('is linked once when two workers do it at the same time', async () => {
    const contact = await addContact(api.app);
    for (let n = 0; n < 20; n++) await addConsent(api.app, contact, topics[n % 2]!);
    const sealed = await Promise.all([integrity.seal(), integrity.seal(), integrity.seal()]);
    expect(sealed.reduce((total, n) => total + n, 0)).toBe(20);
    expect(await verify()).toMatchObject({ intact: true, sealed: 20, unsealed: 0 });
  });

  it('is all that is needed to make the state anew, whatever happened in whatever order', async () => {
    const people: Contact[] = [];
    for (let n = 0; n < 3; n++) people.push(await addContact(api.app));
    const consents = api.app.get(ConsentsService, { strict: false });
    const recorder = api.app.get<ConsentRecorder>(CONSENT_RECORDER, { strict: false });
    const start = api.clock.now().getTime();
    const step = fc.record({
      person: fc.nat(2),
      topic: fc.nat(2),
      what: fc.constantFrom(
        'grant',
        'topic',
        'channel',
        'everything',
        'import',
        'unproven',
        'void',
        'new topic',
      ),
      minutesAgo: fc.nat(30),
    });
    for (const { person, topic: at, what, minutesAgo } of fc.sample(step, { numRuns: 150, seed: 7 })) {
      api.clock.advance(60_000);
      const contact = people[person]!;
      const topic = topics[at % topics.length]!;
      const occurredAt = new Date(Math.max(start, api.clock.now().getTime() - minutesAgo * 60_000));
      const evidence = { textShown: 'Yes', method: 'checkbox', source: 'tests' };
      const scopes: Record<string, WithdrawalScope> = {
        topic: { kind: 'topic', topicId: topic.id, channel: 'email' },
        channel: { kind: 'channel', channel: 'email', senderId: sender.id },
        everything: { kind: 'everything', senderId: null },
      };
      const addressHash = contact.emailHash as Buffer;
      const scope = scopes[what];
      if (scope) {
        await consents.withdraw({ contactId: contact.id, scope, evidence, actor: 'tests', occurredAt });
      } else if (what === 'grant') {
        const expiresAt = at === 1 ? new Date(start + 86_400_000) : null;
        await consents.grant({
          ...{ contactId: contact.id, channel: 'email', topicId: topic.id, basis: 'express' },
          ...{ evidence, actor: 'tests', occurredAt, expiresAt },
        });
      } else if (what === 'new topic') {
        if (topics.length < 5) topics.push(await addTopic(api.app, sender));
      } else if (what === 'void') {
        await recorder.addressChanged(
          [{ contactId: contact.id, channel: 'email', oldHash: addressHash }],
          'tests',
        );
      } else {
        const item = {
          contactId: contact.id,
          channel: 'email' as const,
          topicId: topic.id,
          addressHash,
          line: 2,
        };
        await recorder.recordImported(
          [
            {
              ...item,
              basis: what === 'import' ? 'express' : null,
              evidence: { text: 'Yes' },
              occurredAt,
              expiresAt: null,
            },
          ],
          { importId: 1, actor: 'tests', fileName: null },
        );
      }
    }
    const state = () =>
      api.database.db.query('SELECT * FROM consent_state ORDER BY contact_id, channel, topic_id');
    const lived = await state();
    expect(lived.length).toBeGreaterThan(8);
    expect(new Set((lived as { status: string }[]).map(row => row.status)).size).toBeGreaterThan(1);
    await api.database.db.query(`UPDATE consent_state SET status = 'granted', basis = 'express'`);
    await integrity.rebuildState();
    expect(await state()).toEqual(lived);
  });
});
