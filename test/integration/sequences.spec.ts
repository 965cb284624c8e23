import { SendersService } from '#consent';
import { type Contact } from '#contacts';
import { addConsent } from '../factories/contact.js';
import { section } from '../factories/template.js';
import { addPeople, addShop, type Shop, testSystem, type TestSystem } from '../factories/system.js';
import { events, follow, measuredOf } from '../factories/measured.js';
import { bring, pass, pathOf, rest, startSequence, waysOf } from '../factories/sequences.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

describe('a sequence', () => {
  let system: TestSystem;
  let shop: Shop;
  let names = 0;

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
  const start = (steps: unknown[], more: Record<string, unknown> = {}) =>
    startSequence(system, `Sequence ${++names}`, { trigger: { on: 'api' }, ...more, steps });
  const person = async (): Promise<number> => (await addPeople(system, shop, 1))[0] as number;
  const addressOf = async (contactId: number): Promise<string> =>
    (await system.request('GET', `/v1/contacts/con_${contactId}`)).body.email;
  const mailsTo = async (contactId: number): Promise<number> => {
    const [row] = await system.database.db.query<{ count: number }>(
      `SELECT count(*)::int AS count FROM message WHERE contact_id = $1 AND state = 'accepted'`,
      [contactId],
    );
    return row?.count ?? 0;
  };

  it('takes people along its steps, and a wait counts from when the message was accepted', async () => {
    const id = await start([send('first'), { id: 'pause', type: 'wait', for: 'P1D' }, send('second')]);
    const contactId = await person();
    await bring(system, id, [contactId]);
    expect(await mailsTo(contactId)).toBe(1);
    expect(await waysOf(system, id, contactId)).toMatchObject([
      { state: 'active', step: 'pause', phase: 'waiting', lookAt: '2026-11-24T09:00:00.000Z' },
    ]);
    await pass(system, DAY - MINUTE);
    expect(await mailsTo(contactId)).toBe(1);
    await pass(system, 2 * MINUTE);
    expect(await mailsTo(contactId)).toBe(2);
    const [way] = await waysOf(system, id, contactId);
    expect(way).toMatchObject({ state: 'finished', reason: 'COMPLETED' });
    expect(await pathOf(system, way?.id ?? '')).toEqual([
      ...[
        'entered',
        'first sending',
        'first sent',
        'pause waits',
        'pause waited',
        'second sending',
        'second sent',
      ],
      'second finished COMPLETED',
    ]);
  });

  it('lets nobody in twice who was there, unless it says after how long', async () => {
    const never = await start([send('hello')]);
    const monthly = await start([send('hello')], { reentry: { afterDays: 30 } });
    const contactId = await person();
    for (const id of [never, monthly]) {
      await bring(system, id, [contactId]);
      await bring(system, id, [contactId]);
      expect(await waysOf(system, id, contactId)).toHaveLength(1);
    }
    await pass(system, 31 * DAY);
    for (const id of [never, monthly]) await bring(system, id, [contactId]);
    expect(await waysOf(system, never, contactId)).toHaveLength(1);
    expect(await waysOf(system, monthly, contactId)).toHaveLength(2);
    expect(await mailsTo(contactId)).toBe(3);
  });

  it('sends one step as often as a circle comes by', async () => {
    const id = await start([
      send('remind'),
      { id: 'wait', type: 'wait', for: 'PT1H' },
      {
        id: 'again',
        type: 'listen',
        for: { event: 'done' },
        atMost: 'PT1H',
        next: null,
        otherwise: 'remind',
      },
    ]);
    const contactId = await person();
    await bring(system, id, [contactId]);
    await pass(system, 7.5 * HOUR, 30 * MINUTE);
    expect(await mailsTo(contactId)).toBe(4);
    await system.database.db.query(
      `INSERT INTO person_event (contact_id, name, occurred_at, received_at) VALUES ($1, 'done', $2, $2)`,
      [contactId, system.clock.now()],
    );
    await pass(system, 3 * HOUR, 30 * MINUTE);
    expect(await mailsTo(contactId)).toBe(4);
    expect(await waysOf(system, id, contactId)).toMatchObject([{ state: 'finished', reason: 'COMPLETED' }]);
  });

  it('ends the way of whoever takes their consent back at once, and what waits is not sent', async () => {
    const id = await start([{ id: 'wait', type: 'wait', for: 'P1D' }, send('late')]);
    const contactId = await person();
    await bring(system, id, [contactId]);
    const withdrawn = await system.request('POST', '/v1/consents/withdrawals', {
      ...{
        contactId: `con_${contactId}`,
        scope: { kind: 'everything' },
        method: 'verbal',
        source: 'support',
      },
    });
    expect(withdrawn.status).toBe(201);
    expect(await waysOf(system, id, contactId)).toMatchObject([{ state: 'left', reason: 'WITHDRAWN' }]);
    await pass(system, 2 * DAY);
    expect(await mailsTo(contactId)).toBe(0);
  });

  it('takes back a message that waits when the way ends', async () => {
    const id = await start([send('one')]);
    const contactId = await person();
    await cap({ messages: 1, days: 1 });
    const other = await start([send('one')]);
    await bring(system, other, [contactId]);
    await bring(system, id, [contactId]);
    const [way] = await waysOf(system, id, contactId);
    expect(way).toMatchObject({ state: 'active', step: 'one', phase: 'sending' });
    expect((await system.request('DELETE', `/v1/enrolments/${way?.id}`)).status).toBe(200);
    await pass(system, 2 * DAY);
    expect(await mailsTo(contactId)).toBe(1);
    const [message] = await system.database.db.query(
      `SELECT m.state, m.reason FROM message m JOIN dispatch d ON d.id = m.dispatch_id WHERE m.contact_id = $1 ORDER BY d.id DESC LIMIT 1`,
      [contactId],
    );
    expect(message).toEqual({ state: 'skipped', reason: 'LEFT_SEQUENCE' });
    await cap(null);
  });

  it('puts a step off with its message, and what comes after it', async () => {
    const other = await start([send('one')]);
    const id = await start([send('first'), { id: 'wait', type: 'wait', for: 'PT1H' }, send('second')]);
    const contactId = await person();
    await cap({ messages: 1, days: 2 });
    await bring(system, other, [contactId]);
    await pass(system, HOUR);
    await bring(system, id, [contactId]);
    await pass(system, 46 * HOUR, 6 * HOUR);
    expect(await mailsTo(contactId)).toBe(1);
    expect(await waysOf(system, id, contactId)).toMatchObject([{ step: 'first', phase: 'sending' }]);
    await pass(system, 2 * HOUR, 10 * MINUTE);
    expect(await mailsTo(contactId)).toBe(2);
    await pass(system, 24 * HOUR, 6 * HOUR);
    expect(await waysOf(system, id, contactId)).toMatchObject([{ step: 'second', phase: 'sending' }]);
    await cap(null);
    await pass(system, 30 * HOUR, 6 * HOUR);
    expect(await mailsTo(contactId)).toBe(3);
  });

  it('leaves out what came too late, while it waits too, and goes on in time', async () => {
    const other = await start([send('one')]);
    const id = await start([
      send('hurry', { notLaterThan: 'PT6H' }),
      { id: 'wait', type: 'wait', for: 'P3D' },
      send('calm'),
    ]);
    const contactId = await person();
    await cap({ messages: 1, days: 2 });
    await bring(system, other, [contactId]);
    await bring(system, id, [contactId]);
    await pass(system, 7 * HOUR, HOUR);
    const [way] = await waysOf(system, id, contactId);
    // The wait counts from when the message was to be sent, not from when it was given up.
    expect(way?.step).toBe('wait');
    expect(Date.parse(way?.lookAt ?? '') - Date.parse('2026-11-26T09:00:00Z')).toBeLessThan(MINUTE);
    expect(await pathOf(system, way?.id ?? '')).toContain('hurry too_late');
    await pass(system, 3 * DAY, 6 * HOUR);
    expect(await mailsTo(contactId)).toBe(2);
    await cap(null);
    const skipped = await system.database.db.query<{ reason: string }>(
      `SELECT reason FROM message WHERE contact_id = $1 AND state = 'skipped'`,
      [contactId],
    );
    expect(skipped).toEqual([{ reason: 'TOO_LATE' }]);
  });

  it('goes on in order after two days without workers, without a flood', async () => {
    const id = await start([
      send('day0'),
      ...[1, 2, 3, 4].flatMap(day => [
        { id: `wait${day}`, type: 'wait', for: 'P1D' },
        send(`day${day}`, day === 2 ? { notLaterThan: 'PT6H' } : {}),
      ]),
    ]);
    const contactId = await person();
    await bring(system, id, [contactId]);
    await pass(system, DAY + HOUR, 6 * HOUR);
    expect(await mailsTo(contactId)).toBe(2);
    system.clock.advance(2 * DAY);
    await rest(system);
    // Day 2 was due a day and an hour ago and is left out; day 3, counted from then, has just come.
    expect(await mailsTo(contactId)).toBe(3);
    const [way] = await waysOf(system, id, contactId);
    expect((await pathOf(system, way?.id ?? '')).filter(move => /day\d (sent|too_late)/.test(move))).toEqual([
      ...['day0 sent', 'day1 sent', 'day2 too_late', 'day3 sent'],
    ]);
    expect(way?.step).toBe('wait4');
    await pass(system, 23 * HOUR, 6 * HOUR);
    expect(await mailsTo(contactId)).toBe(3);
    await pass(system, 2 * HOUR);
    expect(await mailsTo(contactId)).toBe(4);
  });

  it('keeps people on the version they entered, and lets the next into the new one', async () => {
    const id = await start([send('old'), { id: 'wait', type: 'wait', for: 'P1D' }, send('old-end')]);
    const [before, after] = await addPeople(system, shop, 2);
    await bring(system, id, [before as number]);
    const edited = await system.request('PATCH', `/v1/sequences/${id}`, {
      definition: { trigger: { on: 'api' }, reentry: 'never', steps: [send('new')] },
    });
    expect(edited).toMatchObject({ status: 200, body: { version: 2 } });
    await bring(system, id, [after as number]);
    await pass(system, 2 * DAY, DAY);
    const [one] = await waysOf(system, id, before as number);
    const [two] = await waysOf(system, id, after as number);
    expect((await pathOf(system, one?.id ?? '')).filter(move => move.endsWith('sent'))).toEqual([
      'old sent',
      'old-end sent',
    ]);
    expect((await pathOf(system, two?.id ?? '')).filter(move => move.endsWith('sent'))).toEqual(['new sent']);
    const { body } = await system.request('GET', `/v1/sequences/${id}/versions`);
    expect((body as { items: { version: number }[] }).items.map(({ version }) => version)).toEqual([2, 1]);
  });

  it('moves nobody and sends nothing while it is paused, and goes on where it was', async () => {
    const id = await start([{ id: 'wait', type: 'wait', for: 'PT1H' }, send('one')]);
    const [inside, outside] = await addPeople(system, shop, 2);
    await bring(system, id, [inside as number]);
    expect((await system.request('POST', `/v1/sequences/${id}/pause`)).body).toMatchObject({
      state: 'paused',
    });
    await bring(system, id, [outside as number]);
    await pass(system, 3 * HOUR, HOUR);
    expect(await mailsTo(inside as number)).toBe(0);
    expect(await waysOf(system, id, outside as number)).toEqual([]);
    expect((await system.request('POST', `/v1/sequences/${id}/start`)).body).toMatchObject({
      state: 'running',
    });
    await pass(system, 2 * HOUR, HOUR);
    expect([await mailsTo(inside as number), await mailsTo(outside as number)]).toEqual([1, 1]);
  });

  it('lets nobody in once it is closed, and everybody out once it is stopped', async () => {
    const id = await start([{ id: 'wait', type: 'wait', for: 'P1D' }, send('one')]);
    const [first, second, third] = (await addPeople(system, shop, 3)) as [number, number, number];
    await bring(system, id, [first, second]);
    expect((await system.request('POST', `/v1/sequences/${id}/close`)).status).toBe(200);
    const late = await system.request('POST', `/v1/sequences/${id}/enrolments`, {
      contactIds: [`con_${third}`],
    });
    expect(late).toMatchObject({ status: 409, body: { code: 'SEQUENCE_STATE' } });
    await pass(system, DAY + HOUR, HOUR * 12);
    expect(await mailsTo(first)).toBe(1);
    const other = await start([{ id: 'wait', type: 'wait', for: 'P1D' }, send('one')]);
    await bring(system, other, [first, second]);
    expect((await system.request('POST', `/v1/sequences/${other}/stop`)).body).toMatchObject({
      state: 'stopped',
    });
    await rest(system);
    expect(await waysOf(system, other, second)).toMatchObject([{ state: 'left', reason: 'STOPPED' }]);
    const again = await system.request('POST', `/v1/sequences/${other}/start`);
    expect(again).toMatchObject({ status: 409, body: { code: 'SEQUENCE_STATE' } });
    const { body } = await system.request('GET', `/v1/sequences/${other}/places`);
    expect(body).toMatchObject({
      onTheirWay: 0,
      left: 2,
      ends: [{ version: 1, reason: 'STOPPED', people: 2 }],
    });
  });

  describe('chooses ways', () => {
    it('by rules, by chance, by a goal, and changes and tells on the way', async () => {
      await system.request('POST', '/v1/attributes', { key: 'tier', type: 'text' });
      const id = await start([
        {
          ...{ id: 'which', type: 'branch', otherwise: 'chance' },
          branches: [
            {
              when: { combinator: 'and', rules: [{ field: 'contact.locale', operator: '=', value: 'ar' }] },
              next: 'mark',
            },
          ],
        },
        { id: 'mark', type: 'update', attribute: 'tier', value: 'gold' },
        {
          ...{ id: 'goal', type: 'goal', next: 'chance' },
          when: { combinator: 'and', rules: [{ field: 'attributes.tier', operator: '=', value: 'gold' }] },
        },
        {
          ...{ id: 'chance', type: 'split' },
          arms: [
            { name: 'a', weight: 1, next: 'tell' },
            { name: 'b', weight: 1, next: null },
          ],
        },
        { id: 'tell', type: 'webhook', next: null },
      ]);
      const arabic = await addPeople(system, shop, 3, { locale: 'ar' });
      const english = await addPeople(system, shop, 60);
      await bring(system, id, [...arabic, ...english]);
      expect(await waysOf(system, id, arabic[0] as number)).toMatchObject([
        { state: 'finished', reason: 'GOAL' },
      ]);
      const tiers = await system.database.db.query<{ tier: string }>(
        `SELECT attributes ->> 'tier' AS tier FROM contact WHERE id = ANY ($1::bigint[])`,
        [arabic],
      );
      expect(tiers.map(({ tier }) => tier)).toEqual(['gold', 'gold', 'gold']);
      const arms = await system.database.db.query<{ arm: string; people: number }>(
        `SELECT m.reason AS arm, count(*)::int AS people FROM enrolment_move m JOIN enrolment e ON e.id = m.enrolment_id
          WHERE e.sequence_id = $1 AND m.outcome = 'split' GROUP BY 1 ORDER BY 1`,
        [id.slice(4)],
      );
      expect(arms.map(({ arm }) => arm)).toEqual(['a', 'b']);
      expect(arms.reduce((sum, { people }) => sum + people, 0)).toBe(60);
      const [told] = await system.database.db.query<{ count: number }>(
        `SELECT count(*)::int AS count FROM outgoing_event WHERE kind = 'sequence.step'`,
      );
      expect(told?.count).toBe(arms[0]?.people);
    });

    it('by what people do in time, and whoever reached the goal meanwhile gets nothing more', async () => {
      await system.request('POST', '/v1/attributes', { key: 'vip', type: 'boolean' });
      const id = await start(
        [
          {
            id: 'listen',
            type: 'listen',
            for: { event: 'video.watched' },
            atMost: 'P2D',
            next: 'thanks',
            otherwise: 'nudge',
          },
          send('thanks', { next: null }),
          send('nudge'),
        ],
        {
          exit: {
            goal: { combinator: 'and', rules: [{ field: 'attributes.vip', operator: '=', value: true }] },
          },
        },
      );
      const [watches, sleeps, arrives] = (await addPeople(system, shop, 3)) as [number, number, number];
      await bring(system, id, [watches, sleeps, arrives]);
      await pass(system, HOUR);
      await system.database.db.query(
        `INSERT INTO person_event (contact_id, name, occurred_at, received_at) VALUES ($1, 'video.watched', $2, $2)`,
        [watches, system.clock.now()],
      );
      await system.request('PATCH', `/v1/contacts/con_${arrives}`, { attributes: { vip: true } });
      await rest(system);
      const sentTo = async (contactId: number): Promise<string[]> => {
        const [way] = await waysOf(system, id, contactId);
        return (await pathOf(system, way?.id ?? '')).filter(move => move.endsWith(' sent'));
      };
      expect(await sentTo(watches)).toEqual(['thanks sent']);
      await pass(system, 2 * DAY, DAY);
      expect(await sentTo(sleeps)).toEqual(['nudge sent']);
      expect(await waysOf(system, id, arrives)).toMatchObject([{ state: 'finished', reason: 'GOAL' }]);
      expect(await mailsTo(arrives)).toBe(0);
    });

    it('by whether a person clicked: at once, in the last moment, too late, or a machine did', async () => {
      const template = await system.request('POST', '/v1/templates', {
        name: 'Clicked',
        content: { en: { subject: 'Pears', mjml: section('<a href="https://shop.example/pears">x</a>') } },
      });
      const id = await start([
        send('offer', { templateId: template.body.id }),
        { id: 'listen', type: 'listen', for: 'click', atMost: 'P1D', next: 'thanks', otherwise: 'nudge' },
        send('thanks', { next: null }),
        send('nudge'),
      ]);
      const people = (await addPeople(system, shop, 4)) as [number, number, number, number];
      const [soon, late, tooLate, machine] = people;
      const topics = await system.app
        .get(SendersService, { strict: false })
        .trackingTopics(Number(shop.senderId.slice(4)));
      for (const contactId of people)
        await addConsent(system.app, { id: contactId } as Contact, topics.link_tracking);
      await bring(system, id, people);
      const [{ dispatchId } = { dispatchId: 0 }] = await system.database.db.query<{ dispatchId: number }>(
        'SELECT dispatch_id AS "dispatchId" FROM message WHERE contact_id = $1',
        [soon],
      );
      const links = new Map<number, string>();
      for await (const mail of system.inbox.mails())
        for (const contactId of people)
          if (mail.envelopeTo.includes(await addressOf(contactId)))
            links.set(contactId, measuredOf(mail).links[0] as string);
      let clicks = 0;
      const click = async (contactId: number, headers: Record<string, string> = {}): Promise<void> => {
        expect(await follow(system, links.get(contactId) as string, { headers })).toMatchObject({
          location: 'https://shop.example/pears',
        });
        await events(system, dispatchId, ++clicks);
      };
      const after = async (contactId: number): Promise<string[]> => {
        const [way] = await waysOf(system, id, contactId);
        return (await pathOf(system, way?.id ?? '')).filter(move => /did|thanks sent|nudge sent/.test(move));
      };

      await pass(system, HOUR);
      await click(soon);
      await click(machine, { 'user-agent': 'curl/8.5.0' });
      await pass(system, 2 * MINUTE);
      expect(await after(soon)).toEqual(['listen did', 'thanks sent']);
      await pass(system, 23 * HOUR - 2 * MINUTE - 30_000);
      await click(late);
      system.clock.advance(MINUTE);
      await click(tooLate);
      await pass(system, 5 * MINUTE, MINUTE);
      expect(await after(late)).toEqual(['listen did', 'thanks sent']);
      expect(await after(tooLate)).toEqual(['listen did_not', 'nudge sent']);
      expect(await after(machine)).toEqual(['listen did_not', 'nudge sent']);
    });

    it("waits until a weekday and hour of each one's own clock", async () => {
      const id = await start([
        { id: 'until', type: 'wait-until', weekdays: ['tue', 'thu'], at: '10:30' },
        send('then'),
      ]);
      const people = (await addPeople(system, shop, 3)) as [number, number, number];
      const zones = ['Asia/Riyadh', 'America/New_York', 'Pacific/Auckland'];
      for (const [at, contactId] of people.entries())
        await system.request('PATCH', `/v1/contacts/con_${contactId}`, { timeZone: zones[at] });
      await bring(system, id, people);
      // Monday 09:00 in UTC is Monday noon, four in the morning, and ten in the evening.
      const lookAt = [];
      for (const contactId of people) lookAt.push((await waysOf(system, id, contactId))[0]?.lookAt);
      expect(lookAt).toEqual([
        '2026-11-24T07:30:00.000Z',
        '2026-11-24T15:30:00.000Z',
        '2026-11-23T21:30:00.000Z',
      ]);
    });
  });

  const cap = async (given: { messages: number; days: number } | null): Promise<void> => {
    const answer = await system.request('PUT', `/v1/senders/${shop.senderId}/frequency-cap`, { cap: given });
    expect(answer.status).toBe(200);
  };
});
