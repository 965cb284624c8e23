import { addPeople, addShop, type Shop, testSystem, type TestSystem } from '../factories/system.js';
import { addSequence, bring, pass, pathOf, startSequence, waysOf } from '../factories/sequences.js';

const DAY = 86_400_000;

describe('a simulated way', () => {
  let system: TestSystem;
  let shop: Shop;

  beforeAll(async () => {
    system = await testSystem('postgres');
    shop = await addShop(system);
  });
  afterAll(() => system.close());
  beforeEach(() => system.clock.set('2026-11-23T09:00:00Z'));

  const send = (id: string, more: Record<string, unknown> = {}) => ({
    ...{ id, type: 'send', topicId: shop.topicId, channel: 'email', templateId: shop.templateId },
    ...more,
  });
  const steps = (): unknown[] => [
    send('first'),
    { id: 'wait', type: 'wait', for: 'P3D' },
    {
      ...{ id: 'which', type: 'branch', otherwise: 'listen' },
      branches: [
        {
          when: { combinator: 'and', rules: [{ field: 'contact.locale', operator: '=', value: 'ar' }] },
          next: 'arabic',
        },
      ],
    },
    send('arabic', { next: null }),
    { id: 'listen', type: 'listen', for: 'click', atMost: 'P2D', next: 'thanks', otherwise: null },
    send('thanks'),
  ];
  const simulate = async (id: string, contactId: number, more: Record<string, unknown> = {}) => {
    const answer = await system.request('POST', `/v1/sequences/${id}/simulate`, {
      contactId: `con_${contactId}`,
      ...more,
    });
    expect(answer.status).toBe(200);
    return answer.body as {
      moves: {
        at: string;
        step: string | null;
        outcome: string;
        reason: string | null;
        channel: string | null;
      }[];
      end: { reason: string } | null;
    };
  };

  it('is the one that is taken then, entry by entry, and leaves nothing behind', async () => {
    const id = await startSequence(system, 'Simulated', { trigger: { on: 'api' }, steps: steps() });
    const [arabic] = (await addPeople(system, shop, 1, { locale: 'ar' })) as [number];
    const [english] = (await addPeople(system, shop, 1)) as [number];
    for (const contactId of [arabic, english]) {
      const { moves, end } = await simulate(id, contactId);
      expect(await waysOf(system, id, contactId)).toEqual([]);
      await bring(system, id, [contactId]);
      await pass(system, 10 * DAY, DAY / 2);
      const [way] = await waysOf(system, id, contactId);
      const taken = (await pathOf(system, way?.id ?? '')).filter(
        move => !/entered|sending|waits|listens/.test(move),
      );
      expect(
        moves.map(({ step, outcome, reason }) =>
          [step, outcome, reason].filter(part => part !== null).join(' '),
        ),
      ).toEqual(taken);
      expect(end).toEqual({ reason: 'COMPLETED' });
      system.clock.set('2026-11-23T09:00:00Z');
    }
  });

  it('tells when, by which channel, and what the gate would say', async () => {
    const id = await addSequence(system, 'Asked before', { trigger: { on: 'api' }, steps: steps() });
    const [agreed] = (await addPeople(system, shop, 1)) as [number];
    const [silent] = (await addPeople(system, shop, 1, { consent: false })) as [number];
    const { moves } = await simulate(id, agreed, { did: ['listen'], at: '2026-12-01T10:00:00Z' });
    expect(moves.filter(({ outcome }) => outcome === 'sent')).toMatchObject([
      { step: 'first', at: '2026-12-01T10:00:00.000Z', channel: 'email' },
      { step: 'thanks', at: '2026-12-04T10:00:00.000Z', channel: 'email' },
    ]);
    expect((await simulate(id, silent)).moves[0]).toMatchObject({
      step: 'first',
      outcome: 'not_sent',
      reason: 'NO_CONSENT',
    });
    const early = await simulate(id, agreed, { days: 1 });
    expect(early).toMatchObject({ end: null, step: 'wait' });
  });

  it('of many says who would be where', async () => {
    const id = await addSequence(system, 'Dry run', { trigger: { on: 'api' }, steps: steps() });
    const { body } = await system.request('POST', '/v1/segments', {
      name: 'Nobody yet',
      rule: {
        combinator: 'and',
        rules: [{ field: 'contact.emailDomain', operator: '=', value: 'dry.example' }],
      },
    });
    await addPeople(system, shop, 30, { locale: 'ar', domain: 'dry.example' });
    await addPeople(system, shop, 50, { domain: 'dry.example' });
    await addPeople(system, shop, 20, { domain: 'dry.example', consent: false });
    const segmentId = (body as { id: string }).id;
    const answer = await system.request('POST', `/v1/sequences/${id}/dry-run`, { segmentId, days: 4 });
    expect(answer).toMatchObject({
      status: 200,
      body: {
        ...{ people: 100, turnedAway: 0, places: [{ step: 'listen', people: 70 }] },
        ends: [{ reason: 'COMPLETED', people: 30 }],
        messages: [
          { step: 'first', channel: 'email', denial: null, people: 80 },
          { step: 'first', channel: null, denial: 'NO_CONSENT', people: 20 },
          { step: 'arabic', channel: 'email', denial: null, people: 30 },
        ],
      },
    });
    const [kept] = await system.database.db.query<{ count: number }>(
      'SELECT count(*)::int AS count FROM sequence_arrival',
    );
    expect(kept?.count).toBe(0);
  });

  it('is refused for whom and what is not there', async () => {
    const id = await addSequence(system, 'Refused', { trigger: { on: 'api' }, steps: steps() });
    const ask = (contactId: string, more: Record<string, unknown> = {}) =>
      system.request('POST', `/v1/sequences/${id}/simulate`, { contactId, ...more });
    expect(await ask('con_999999')).toMatchObject({ status: 404, body: { code: 'CONTACT_NOT_FOUND' } });
    expect(await ask('con_1', { days: 100_000 })).toMatchObject({ status: 400 });
    expect(await ask('con_1', { at: '+275760-09-13T00:00:00Z' })).toMatchObject({ status: 400 });
  });
});
