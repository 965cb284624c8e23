import fc from 'fast-check';
import { formatId } from '#common';
import { ConsentsService, Gate, type Sender, type Topic } from '#consent';
import { CONSENT_RECORDER, type ConsentRecorder, type Contact, ContactsService } from '#contacts';
import { type TestApi, testApi } from '../factories/api.js';
import { addContact, linkToken } from '../factories/contact.js';
import { addSender, addTopic } from '../factories/sender.js';

/** What happened, and the minute it is said to have happened; it is recorded in whatever order it arrives. */
type Happening =
  | { kind: 'grant' | 'import' | 'note'; topic: 0 | 1; minute: number }
  | { kind: 'withdraw'; scope: 'topic 0' | 'topic 1' | 'channel' | 'everything'; minute: number }
  | { kind: 'new address' };

const minute = fc.integer({ min: 1, max: 6 });
const topic = fc.constantFrom(0 as const, 1 as const);
const happenings = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constantFrom('grant' as const, 'import' as const, 'note' as const), topic, minute }),
    fc.record({
      kind: fc.constant('withdraw' as const),
      scope: fc.constantFrom('topic 0', 'topic 1', 'channel', 'everything' as const),
      minute,
    }),
    fc.record({ kind: fc.constant('new address' as const) }),
  ) as fc.Arbitrary<Happening>,
  { minLength: 1, maxLength: 6 },
);

const covers = (happening: Happening, at: number): boolean =>
  happening.kind === 'withdraw' &&
  (!happening.scope.startsWith('topic') || happening.scope === `topic ${at}`);

/** The rule in plain words: the last consent counts if nothing was taken back since, and the address is the same. */
function mayWrite(recorded: Happening[], at: 0 | 1): { strict: boolean; lenient: boolean } {
  const withdrawals = recorded.filter(one => covers(one, at)).map(one => ('minute' in one ? one.minute : 0));
  const last = Math.max(0, ...withdrawals);
  // An address changes when it changes: at "now", which is later than every minute in the story.
  const since = recorded.slice(recorded.findLastIndex(one => one.kind === 'new address') + 1);
  const moved = since.length < recorded.length;
  // What was agreed before that was for the old address; an import names the address it is about.
  const grants = since.filter(
    one => ((one.kind === 'grant' && !moved) || one.kind === 'import') && one.topic === at,
  ) as { kind: string; minute: number }[];
  const strict = grants.some(one => one.minute > last && (one.kind === 'grant' || last === 0));
  return { strict, lenient: strict || recorded.some(one => one.kind === 'import') };
}

describe('the ledger, whatever order things arrive in', () => {
  let api: TestApi;
  let sender: Sender;
  let topics: [Topic, Topic];
  let consents: ConsentsService;
  let recorder: ConsentRecorder;

  beforeAll(async () => {
    api = await testApi();
    sender = await addSender(api.app);
    topics = [await addTopic(api.app, sender), await addTopic(api.app, sender)];
    consents = api.app.get(ConsentsService, { strict: false });
    recorder = api.app.get<ConsentRecorder>(CONSENT_RECORDER, { strict: false });
  });
  afterAll(() => api.close());

  const at = (minutes: number): Date => new Date(Date.parse('2026-11-20T00:00:00Z') + minutes * 60_000);
  const evidence = { textShown: 'Yes, write to me.', method: 'checkbox', source: 'tests' };
  const denialOf = async (contactId: number, of: Topic): Promise<string | null> =>
    (
      await api.app
        .get(Gate, { strict: false })
        .decide({ contactIds: [contactId], channel: 'email', senderId: of.senderId, topicId: of.id })
    )[0]?.denial ?? null;
  const grant = (contactId: number, of: Topic, occurredAt: Date | null) =>
    consents.grant({
      ...{ contactId, channel: 'email', topicId: of.id, basis: 'express', evidence, actor: 'tests' },
      ...{ occurredAt, expiresAt: null },
    });
  const imported = (
    contact: Contact,
    of: Topic,
    occurredAt: Date | null,
    proof: string | undefined = 'A form',
  ) =>
    recorder.recordImported(
      [
        {
          ...{
            contactId: contact.id,
            channel: 'email',
            topicId: of.id,
            basis: 'express',
            occurredAt,
            expiresAt: null,
          },
          ...{ addressHash: contact.emailHash as Buffer, line: 2, evidence: { text: proof } },
        },
      ],
      { importId: 1, actor: 'tests', fileName: null },
    );
  const withdraw = (
    contact: Contact,
    scope: Parameters<ConsentsService['withdraw']>[0]['scope'],
    occurredAt?: Date,
  ) =>
    consents.withdraw({
      ...{ contactId: contact.id, scope, occurredAt, actor: 'tests' },
      evidence: { method: 'api', source: 'tests' },
    });

  it('lets through only whom the plain rule lets through', async () => {
    await fc.assert(
      fc.asyncProperty(happenings, async story => {
        const contact = await addContact(api.app);
        let moves = 0;
        for (const one of story) {
          if (one.kind === 'new address') {
            await api.app
              .get(ContactsService, { strict: false })
              .update(contact.id, { email: `moved-${++moves}-${contact.id}@example.com` }, 'tests');
          } else if (one.kind === 'withdraw') {
            const scopes = {
              'topic 0': { kind: 'topic', topicId: topics[0].id, channel: null },
              'topic 1': { kind: 'topic', topicId: topics[1].id, channel: 'email' },
              channel: { kind: 'channel', channel: 'email', senderId: sender.id },
              everything: { kind: 'everything', senderId: null },
            } as const;
            await withdraw(contact, scopes[one.scope], at(one.minute));
          } else if (one.kind === 'grant') {
            await grant(contact.id, topics[one.topic], at(one.minute));
          } else {
            await imported(contact, topics[one.topic], at(one.minute), one.kind === 'note' ? '' : undefined);
          }
        }
        for (const which of [0, 1] as const) {
          const allowed = (await denialOf(contact.id, topics[which])) === null;
          const { strict, lenient } = mayWrite(story, which);
          // Never more than the rule; and exactly the rule wherever no import made it stricter than it need be.
          if (allowed) expect({ story, which, allowed }).toEqual({ story, which, allowed: strict });
          if (!lenient) expect(allowed).toBe(strict);
        }
      }),
      { numRuns: 250, seed: 20261121 },
    );
  });

  it('holds a withdrawal of everything against an import into a topic that was made later', async () => {
    const contact = await addContact(api.app);
    await withdraw(contact, { kind: 'everything', senderId: null });
    api.clock.advance(1000);
    const later = await addTopic(api.app, sender);
    await imported(contact, later, null);
    expect(await denialOf(contact.id, later)).toBe('WITHDRAWN');
    // Their own word, given later, counts.
    api.clock.advance(1000);
    expect(await grant(contact.id, later, null)).toMatchObject({ effective: true });
    expect(await denialOf(contact.id, later)).toBeNull();
  });

  it('holds it against the address too, when the contact was deleted and is imported anew', async () => {
    const contact = await addContact(api.app);
    await withdraw(contact, { kind: 'everything', senderId: sender.id });
    await api.request('DELETE', `/v1/contacts/${formatId('contact', contact.id)}`);
    api.clock.advance(1000);
    const later = await addTopic(api.app, sender);
    const again = await addContact(api.app, { email: contact.email });
    await imported(again, later, null);
    await imported(again, topics[0], null);
    expect(await denialOf(again.id, later)).toBe('WITHDRAWN');
    expect(await denialOf(again.id, topics[0])).toBe('WITHDRAWN');
    api.clock.advance(1000);
    await grant(again.id, later, null);
    expect(await denialOf(again.id, later)).toBeNull();
    expect(await denialOf(again.id, topics[0])).toBe('WITHDRAWN');
  });

  it('counts a second press of an old link from its own hour: a consent dated between the two lifts nothing', async () => {
    const contact = await addContact(api.app);
    const link = linkToken(api.app, contact, topics[0]);
    const press = () =>
      api.request('POST', `/u/${link}`, 'List-Unsubscribe=One-Click', {
        'content-type': 'application/x-www-form-urlencoded',
        authorization: '',
      });
    await api.request('DELETE', `/v1/contacts/${formatId('contact', contact.id)}`);
    expect((await press()).status).toBe(200);
    api.clock.advance(3_600_000);
    const between = api.clock.now();
    api.clock.advance(3_600_000);
    expect((await press()).status).toBe(200);
    const again = await addContact(api.app, { email: contact.email });
    await grant(again.id, topics[0], between);
    expect(await denialOf(again.id, topics[0])).toBe('WITHDRAWN');
  });

  it('loses no withdrawal to a deletion or a change of address at the same moment', async () => {
    const contacts = api.app.get(ContactsService, { strict: false });
    for (let round = 0; round < 25; round++) {
      const contact = await addContact(api.app);
      await grant(contact.id, topics[0], null);
      api.clock.advance(1000);
      const goes =
        round % 2 === 0
          ? contacts.delete(contact.id, 'tests')
          : contacts.update(contact.id, { email: `gone-${contact.id}@example.com` }, 'tests');
      await Promise.all([
        goes,
        consents.withdraw({
          ...{ contactId: contact.id, scope: { kind: 'everything', senderId: null }, actor: 'tests' },
          addressHash: { channel: 'email', hash: contact.emailHash as Buffer },
          evidence: { method: 'one_click', source: 'tests' },
        }),
      ]);
      api.clock.advance(1000);
      const again = await addContact(api.app, { email: contact.email });
      await imported(again, topics[0], null);
      expect(await denialOf(again.id, topics[0])).toBe('WITHDRAWN');
    }
  });
});
