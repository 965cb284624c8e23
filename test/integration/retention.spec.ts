import fc from 'fast-check';
import { type Channel } from '#common';
import {
  type Basis,
  ConsentsService,
  Gate,
  LedgerIntegrityService,
  LedgerRetention,
  type Sender,
  type Topic,
  type WithdrawalScope,
} from '#consent';
import { CONSENT_RECORDER, type ConsentRecorder, type Contact, ContactsService } from '#contacts';
import { ApplyRetentionHandler, SubjectRightsService } from '#subjects';
import { type TestApi, testApi } from '../factories/api.js';
import { addContact } from '../factories/contact.js';
import { importFile } from '../factories/import.js';
import { addSender, addTopic } from '../factories/sender.js';

const DAY_MS = 24 * 60 * 60 * 1000;
const evidence = { textShown: 'Yes', method: 'checkbox', source: 'https://shop.example' };

describe('the retention', () => {
  let api: TestApi;
  let consents: ConsentsService;
  let retention: LedgerRetention;
  let integrity: LedgerIntegrityService;
  let sender: Sender;
  let topics: Topic[];

  beforeEach(async () => {
    api = await testApi();
    consents = api.app.get(ConsentsService, { strict: false });
    retention = api.app.get(LedgerRetention, { strict: false });
    integrity = api.app.get(LedgerIntegrityService, { strict: false });
    sender = await addSender(api.app, { country: 'GB' });
    topics = [
      await addTopic(api.app, sender),
      await addTopic(api.app, sender),
      await addTopic(api.app, sender),
    ];
  });
  afterEach(() => api.close());

  const years = (count: number): void => void api.clock.advance(count * 366 * DAY_MS);
  const grant = async (
    contact: Contact,
    { topic = topics[0]!, basis = 'express' as Basis, expiresAt = null as Date | null, country = 'GB' } = {},
  ): Promise<number> => {
    api.clock.advance(1000);
    const { event } = await consents.grant({
      ...{ contactId: contact.id, channel: 'email', topicId: topic.id, basis, actor: 'tests' },
      ...{ evidence: { ...evidence, country }, occurredAt: null, expiresAt },
    });
    return event.id;
  };
  const withdraw = async (contact: Contact, scope?: WithdrawalScope): Promise<number> => {
    api.clock.advance(1000);
    const event = await consents.withdraw({
      contactId: contact.id,
      scope: scope ?? { kind: 'topic', topicId: topics[0]!.id, channel: 'email' },
      ...{ evidence, actor: 'tests' },
    });
    return event.id;
  };
  const eventsOf = async (contact: Contact): Promise<number[]> => {
    const { items } = await consents.events(contact.id, { limit: 200 });
    return items.map(({ id }) => id);
  };
  const state = () =>
    api.database.db.query('SELECT * FROM consent_state ORDER BY contact_id, channel, topic_id');
  const expectRebuildable = async (): Promise<void> => {
    const lived = await state();
    await integrity.rebuildState();
    expect(await state()).toEqual(lived);
    await integrity.seal();
    expect(await integrity.verify()).toMatchObject({ intact: true });
  };

  it('keeps what a state rests on for ever, and what was overtaken as long as the law says', async () => {
    const contact = await addContact(api.app, { country: 'GB' });
    const first = await grant(contact);
    const second = await grant(contact);
    years(5);
    expect(await retention.run()).toEqual({ proofs: 0, events: 0 });
    years(2);
    expect(await retention.run()).toEqual({ proofs: 0, events: 1 });
    expect(await eventsOf(contact)).toEqual([second]);
    expect(await consents.states(contact.id)).toMatchObject([{ status: 'granted', eventId: second }]);
    years(50);
    expect(await retention.run()).toEqual({ proofs: 0, events: 0 });
    await expectRebuildable();
    expect(first).toBeLessThan(second);
  });

  it('ends after the step under way when the worker is to stop, and is taken up again', async () => {
    const contact = await addContact(api.app, { country: 'GB' });
    await grant(contact);
    await grant(contact);
    years(7);
    expect(await retention.run(AbortSignal.abort())).toEqual({ proofs: 0, events: 0 });
    expect(await eventsOf(contact)).toHaveLength(2);
    expect(await retention.run()).toEqual({ proofs: 0, events: 1 });
  });

  it('is the longest of the laws that may apply: of the person’s places and of the sender’s', async () => {
    await api.database.db.query(`UPDATE sender SET country = 'AE'`);
    const emirati = await addContact(api.app, { country: 'AE' });
    const moved = await addContact(api.app, { country: 'AE' });
    const unknown = await addContact(api.app);
    for (const [contact, country] of [
      [emirati, 'AE'],
      [moved, 'GB'],
      [unknown, undefined],
    ] as const) {
      for (let times = 0; times < 2; times++) {
        api.clock.advance(1000);
        await consents.grant({
          ...{
            contactId: contact.id,
            channel: 'email',
            topicId: topics[0]!.id,
            basis: 'express',
            actor: 'tests',
          },
          ...{ evidence: { ...evidence, country }, occurredAt: null, expiresAt: null },
        });
      }
    }
    years(3);
    expect(await retention.run()).toMatchObject({ events: 1 });
    expect(await eventsOf(emirati)).toHaveLength(1);
    years(4);
    expect(await retention.run()).toMatchObject({ events: 2 });
    await expectRebuildable();
  });

  it('keeps a withdrawal as long as its person is there, and lets go of what it took back', async () => {
    const contact = await addContact(api.app);
    await grant(contact);
    const withdrawal = await withdraw(contact);
    years(7);
    expect(await retention.run()).toMatchObject({ events: 1 });
    expect(await eventsOf(contact)).toEqual([withdrawal]);
    years(20);
    expect(await retention.run()).toMatchObject({ events: 0 });
    await expectRebuildable();
  });

  it('forgets a consent that ended by itself with its state, once its time is up', async () => {
    const contact = await addContact(api.app);
    await grant(contact, { expiresAt: new Date(api.clock.now().getTime() + DAY_MS) });
    years(1);
    await consents.noteExpired();
    expect(await consents.states(contact.id)).toMatchObject([{ status: 'expired' }]);
    years(5);
    expect(await retention.run()).toMatchObject({ events: 0 });
    years(2);
    expect(await retention.run()).toMatchObject({ events: 2 });
    expect(await consents.states(contact.id)).toEqual([]);
    expect(await eventsOf(contact)).toEqual([]);
    await expectRebuildable();
  });

  it('never forgets a withdrawal of everything, which holds for topics to come', async () => {
    const contact = await addContact(api.app);
    await grant(contact);
    const everything = await withdraw(contact, { kind: 'everything', senderId: sender.id });
    years(7);
    await retention.run();
    expect(await eventsOf(contact)).toEqual([everything]);
    const later = await addTopic(api.app, sender);
    const recorder = api.app.get<ConsentRecorder>(CONSENT_RECORDER, { strict: false });
    const item = {
      ...{ contactId: contact.id, channel: 'email' as Channel, topicId: later.id, line: 2 },
      ...{ addressHash: contact.emailHash!, basis: 'express' as const, evidence: { text: 'Yes' } },
      ...{ occurredAt: null, expiresAt: null },
    };
    const source = { importId: 1, actor: 'tests', fileName: null };
    expect(await recorder.recordImported([item], source)).toMatchObject({ granted: 0, keptWithdrawn: 1 });
    await expectRebuildable();
  });

  it('of a contact that is gone begins with the last message that was sent on it', async () => {
    const contact = await addContact(api.app);
    await grant(contact);
    years(4);
    await api.database.db.query(
      `INSERT INTO message (dispatch_id, contact_id, state, attempt, chunk_id, lease_generation, allowed_at)
       VALUES (1, $1, 'accepted', 1, 1, 1, $2)`,
      [contact.id, api.clock.now()],
    );
    await api.app.get(ContactsService, { strict: false }).delete(contact.id, 'tests');
    years(5);
    expect(await retention.run()).toMatchObject({ events: 0 });
    years(2);
    expect(await retention.run()).toMatchObject({ events: 1 });
    expect(await state()).toEqual([]);
    await expectRebuildable();
  });

  it('forgets proofs of the erased when the law lets them go, and not a day sooner', async () => {
    const contact = await addContact(api.app, { country: 'GB' });
    await grant(contact);
    await api.app.get(SubjectRightsService, { strict: false }).erase(contact.id, 'tests', 'api');
    const until = await api.database.db.queryOne<{ at: Date }>(
      'SELECT retain_until AS at FROM consent_proof',
    );
    const month = (time: Date): number => time.getUTCFullYear() * 12 + time.getUTCMonth();
    expect(month(until!.at) - month(api.clock.now())).toBe(72);
    api.clock.advance(until!.at.getTime() - api.clock.now().getTime() - 1);
    expect(await retention.run()).toMatchObject({ proofs: 0 });
    api.clock.advance(1);
    expect(await retention.run()).toMatchObject({ proofs: 1 });
  });

  it('forgets the rows that imports refused a month after their end', async () => {
    const done = await importFile(api, 'email\nnot an email\n', { matchBy: 'email' });
    expect(done).toMatchObject({ state: 'finished', rejected: 1 });
    const handler = api.app.get(ApplyRetentionHandler, { strict: false });
    const rows = async () => (await api.request('GET', `/v1/imports/${done.id}/rejections`)).body.items;
    api.clock.advance(29 * DAY_MS);
    await handler.handle();
    expect(await rows()).toHaveLength(1);
    api.clock.advance(2 * DAY_MS);
    await handler.handle();
    expect(await rows()).toEqual([]);
    expect((await api.request('GET', `/v1/imports/${done.id}`)).body).toMatchObject({ rejected: 1 });
  });

  it('forgets the answers kept for an Idempotency-Key after a day, though no other such request comes', async () => {
    const headers = { 'idempotency-key': 'one' };
    expect((await api.request('POST', '/v1/contacts', { email: 'a@example.com' }, headers)).status).toBe(201);
    const handler = api.app.get(ApplyRetentionHandler, { strict: false });
    const kept = () => api.database.db.query('SELECT 1 FROM idempotent_request');
    api.clock.advance(DAY_MS - 1000);
    await handler.handle();
    expect(await kept()).toHaveLength(1);
    api.clock.advance(2000);
    await handler.handle();
    expect(await kept()).toEqual([]);
  });

  it('is applied once by two workers that do it at the same time', async () => {
    const people: Contact[] = [];
    for (let n = 0; n < 10; n++) people.push(await addContact(api.app));
    for (const contact of people) for (let times = 0; times < 4; times++) await grant(contact);
    years(8);
    const runs = await Promise.all([retention.run(), retention.run(), retention.run()]);
    expect(runs.reduce((sum, { events }) => sum + events, 0)).toBe(30);
    await expectRebuildable();
  });

  it('leaves alone somebody who is being changed this moment, and comes back', async () => {
    const contact = await addContact(api.app);
    await grant(contact);
    await grant(contact);
    years(8);
    const { db } = api.database;
    await db.transaction(async () => {
      await db.query('SELECT 1 FROM contact WHERE id = $1 FOR SHARE', [contact.id]);
      // Outside of this transaction: another worker.
      const other = await testApi({}, [], api.database);
      try {
        expect(await other.app.get(LedgerRetention, { strict: false }).run()).toMatchObject({ events: 0 });
      } finally {
        await other.app.close();
        await other.database.close();
      }
    });
    await retention.run();
    expect(await eventsOf(contact)).toHaveLength(1);
  });

  it('changes no answer of the gate and no state that lives, whatever happened in whatever order', async () => {
    const gate = api.app.get(Gate, { strict: false });
    const recorder = api.app.get<ConsentRecorder>(CONSENT_RECORDER, { strict: false });
    const people = [await addContact(api.app, { country: 'GB' }), await addContact(api.app)];
    const answers = async () => {
      const told: [number, number, boolean][] = [];
      for (const topic of topics) {
        const ids = people.map(({ id }) => id);
        const rows = await gate.decide({
          ...{ contactIds: ids, channel: 'email', senderId: sender.id, topicId: topic.id },
        });
        for (const { contactId, denial } of rows) told.push([topic.id, contactId, denial === null]);
      }
      return told;
    };
    const step = fc.record({
      who: fc.nat(1),
      topic: fc.nat(2),
      what: fc.constantFrom(
        ...([
          'grant',
          'grant',
          'expiring',
          'implied',
          'request',
          'refuse',
          'topic',
          'channel',
          'everything',
        ] as const),
        ...(['import', 'unproven', 'void', 'expire'] as const),
      ),
      monthsAgo: fc.integer({ min: -6, max: 30 }),
      passes: fc.constantFrom(0, 0, 1, 30, 400, 900),
    });
    let purged = 0;
    for (const { who, topic: at, what, monthsAgo, passes } of fc.sample(step, {
      numRuns: 220,
      seed: 20261121,
    })) {
      api.clock.advance(passes * DAY_MS + 1000);
      const contactId = people[who]!.id;
      const topicId = topics[at]!.id;
      const now = api.clock.now().getTime();
      const occurredAt = monthsAgo > 0 ? new Date(now - monthsAgo * 30 * DAY_MS) : new Date(now);
      const asked = { contactId, channel: 'email' as Channel, topicId, evidence, actor: 'tests' };
      const scopes: Record<string, WithdrawalScope> = {
        topic: { kind: 'topic', topicId, channel: 'email' },
        channel: { kind: 'channel', channel: 'email', senderId: sender.id },
        everything: { kind: 'everything', senderId: null },
      };
      const scope = scopes[what];
      if (scope) await consents.withdraw({ contactId, scope, evidence, actor: 'tests', occurredAt });
      else if (what === 'request') await consents.request(asked);
      else if (what === 'refuse') await consents.refuse(asked);
      else if (what === 'expire') await consents.noteExpired();
      else if (what === 'void')
        await recorder.addressChanged(
          [{ contactId, channel: 'email', oldHash: people[who]!.emailHash! }],
          'tests',
        );
      else if (what === 'import' || what === 'unproven')
        await recorder.recordImported(
          [
            {
              ...{ contactId, channel: 'email', topicId, addressHash: people[who]!.emailHash!, line: 2 },
              ...{ basis: what === 'import' ? 'express' : null, evidence: { text: 'Yes' } },
              ...{ occurredAt, expiresAt: null },
            },
          ],
          { importId: 1, actor: 'tests', fileName: null },
        );
      else
        await consents.grant({
          ...{ ...asked, occurredAt, basis: what === 'implied' ? 'implied_purchase' : 'express' },
          expiresAt: what === 'expiring' ? new Date(now + 60 * DAY_MS) : null,
        });
      const before = await answers();
      const { events } = await retention.run();
      purged += events;
      expect(await answers()).toEqual(before);
      if (events > 0) {
        const lived = await state();
        await integrity.rebuildState();
        expect(await state()).toEqual(lived);
      }
    }
    expect(purged).toBeGreaterThan(30);
    await expectRebuildable();
    expect((await integrity.verify()).purged.retention).toBe(purged);
  });
});
