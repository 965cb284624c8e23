import {
  AdvanceSequencesHandler,
  ArrivalRepository,
  EnrolmentRepository,
  Entrance,
  Mover,
  SequenceDispatchRepository,
  SequenceRepository,
} from '#sequences';
import { MOST_ATTRIBUTE_BYTES } from '#contacts';
import { addPeople, addShop, type Shop, testSystem, type TestSystem, until } from '../factories/system.js';
import { bring, look, pass, pathOf, rest, startSequence, waysOf } from '../factories/sequences.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** What goes wrong around a sequence: things that happen in between, all at once, too often, or not at all. */
describe('a sequence in trouble', () => {
  let system: TestSystem;
  let shop: Shop;
  let shopId: number;
  let names = 0;

  beforeAll(async () => {
    system = await testSystem('postgres');
    shop = await addShop(system);
    const [row] = await system.database.db.query<{ id: number }>(
      `INSERT INTO shop (name, kind, sender_id, created_at, updated_at) VALUES ('Web', 'generic', $1, now(), now()) RETURNING id`,
      [shop.senderId.slice(4)],
    );
    shopId = row?.id as number;
  });
  afterAll(() => system.close());
  beforeEach(() => system.clock.set('2026-11-23T09:00:00Z'));
  let isWorking = true;
  afterEach(async () => {
    if (!isWorking) return;
    const { body } = await system.request('GET', '/v1/sequences?limit=200');
    for (const { id, state } of (body as { items: { id: string; state: string }[] }).items)
      if (!['draft', 'stopped'].includes(state)) await system.request('POST', `/v1/sequences/${id}/stop`);
    await rest(system);
  });

  const send = (id: string, more: Record<string, unknown> = {}) => ({
    ...{ id, type: 'send', topicId: shop.topicId, channel: 'email', templateId: shop.templateId },
    ...more,
  });
  const wait = { id: 'wait', type: 'wait', for: 'P1D' };
  const start = (trigger: unknown, steps: unknown[], more: Record<string, unknown> = {}) =>
    startSequence(system, `Trouble ${++names}`, { trigger, ...more, steps });
  const ask = (id: string, what: string) => system.request('POST', `/v1/sequences/${id}/${what}`);
  const people = (count: number) => addPeople(system, shop, count);
  const person = async (): Promise<number> => (await people(1))[0] as number;
  let orders = 0;
  const order = async (
    contactId: number,
    { categories = ['shoes'], at = system.clock.now() } = {},
  ): Promise<number> => {
    const [made] = await system.database.db.query<{ id: number }>(
      `INSERT INTO shop_order (shop_id, external_id, contact_id, currency, total, categories, placed_at, told_at, created_at, updated_at)
       VALUES ($1, $2, $3, 'SAR', 100000000, $5, $4, $6, $6, $6) RETURNING id`,
      [shopId, `t${++orders}`, contactId, at, categories, system.clock.now()],
    );
    return made?.id as number;
  };
  const event = (contactId: number, name: string): Promise<unknown> =>
    system.database.db.query(
      `INSERT INTO person_event (contact_id, name, occurred_at, received_at) VALUES ($1, $2, $3, $3)`,
      [contactId, name, system.clock.now()],
    );
  const mailsTo = async (contactId: number): Promise<number> => {
    const [row] = await system.database.db.query<{ count: number }>(
      `SELECT count(*)::int AS count FROM message WHERE contact_id = $1 AND state = 'accepted'`,
      [contactId],
    );
    return row?.count ?? 0;
  };
  const stateOf = async (contactId: number): Promise<{ state: string; attempt: number } | undefined> =>
    (
      await system.database.db.query<{ state: string; attempt: number }>(
        'SELECT state, attempt FROM message WHERE contact_id = $1',
        [contactId],
      )
    )[0];

  it('does not write to who bought while they stood at the entrance', async () => {
    const id = await start({ on: 'event', name: 'cart.left' }, [send('reminder')], {
      exit: { purchase: true },
    });
    const contactId = await person();
    await ask(id, 'pause');
    await event(contactId, 'cart.left');
    system.clock.advance(10 * MINUTE);
    await order(contactId);
    await ask(id, 'start');
    await rest(system);
    expect(await mailsTo(contactId)).toBe(0);
  });

  it('of two orders told in the wrong order lets the last one lead the way', async () => {
    const id = await start({ on: 'order.placed' }, [wait], {
      reentry: 'per_order',
      exit: { purchase: true },
    });
    const contactId = await person();
    await order(contactId, { at: new Date('2026-11-23T08:30:00Z') });
    await rest(system);
    await order(contactId, { at: new Date('2026-11-23T08:00:00Z') });
    await rest(system);
    expect((await waysOf(system, id, contactId)).filter(({ state }) => state === 'active')).toHaveLength(1);
  });

  it('does not try a message of an earlier step once more for who has left', async () => {
    const id = await start({ on: 'api' }, [send('one'), wait]);
    const [removed, stopped] = (await people(2)) as [number, number];
    await bring(system, id, [removed, stopped]);
    const [way] = await waysOf(system, id, removed);
    await system.request('DELETE', `/v1/enrolments/${way?.id}`);
    await ask(id, 'stop');
    await rest(system);
    // As of an SMS that its carrier lost.
    await system.database.db.query(
      `WITH m AS (UPDATE message SET state = 'deferred', reason = 'CARRIER_LOST', retry_at = $2
                   WHERE contact_id = ANY ($1::bigint[]) RETURNING dispatch_id, chunk_id),
            c AS (UPDATE chunk SET state = 'pending', due_at = $2 FROM m WHERE chunk.id = m.chunk_id)
       UPDATE dispatch d SET state = 'running', ended_at = NULL FROM m WHERE d.id = m.dispatch_id AND d.state = 'finished'`,
      [[removed, stopped], system.clock.now()],
    );
    system.clock.advance(1000);
    await rest(system);
    for (const contactId of [removed, stopped])
      expect(await stateOf(contactId)).toEqual({ state: 'skipped', attempt: 1 });
  });

  it('does not try a message once more while it is paused, and does when it goes on', async () => {
    const id = await start({ on: 'api' }, [send('one'), wait]);
    const contactId = await person();
    await bring(system, id, [contactId]);
    await ask(id, 'pause');
    // As of an SMS that its carrier lost.
    const [{ state } = { state: '' }] = await system.database.db.query<{ state: string }>(
      `WITH m AS (UPDATE message SET state = 'deferred', reason = 'CARRIER_LOST', retry_at = $2
                   WHERE contact_id = $1 RETURNING dispatch_id, chunk_id),
            c AS (UPDATE chunk SET state = 'pending', due_at = $2 FROM m WHERE chunk.id = m.chunk_id)
       UPDATE dispatch d SET state = 'running', ended_at = NULL FROM m WHERE d.id = m.dispatch_id RETURNING d.state`,
      [contactId, system.clock.now()],
    );
    expect(state).toBe('paused');
    expect(await stateOf(contactId)).toEqual({ state: 'deferred', attempt: 1 });
    await ask(id, 'start');
    await until(
      () => stateOf(contactId),
      message => message?.state === 'accepted' && message.attempt === 2,
    );
  });

  it('answers an event that is told some minutes ahead of our clock once', async () => {
    const id = await start({ on: 'api' }, [
      { id: 'hear', type: 'listen', for: { event: 'ping' }, atMost: 'P7D', next: 'answer', otherwise: null },
      send('answer', { next: 'hear' }),
    ]);
    const contactId = await person();
    await bring(system, id, [contactId]);
    system.clock.advance(MINUTE);
    // Told a second ago: by a clock that stands still it would be told in the very moment of the answer.
    await system.database.db.query(
      `INSERT INTO person_event (contact_id, name, occurred_at, received_at) VALUES ($1, 'ping', $2, $3)`,
      [
        contactId,
        new Date(system.clock.now().getTime() + 4 * MINUTE),
        new Date(system.clock.now().getTime() - 1000),
      ],
    );
    await system.database.db.query(`UPDATE enrolment SET due_at = $2 WHERE contact_id = $1`, [
      contactId,
      system.clock.now(),
    ]);
    await pass(system, 10 * MINUTE, MINUTE);
    expect(await mailsTo(contactId)).toBe(1);
  });

  it('does not take the order or the event that brought somebody in for what it listens for', async () => {
    const again = (what: unknown) => [
      { id: 'again', type: 'listen', for: what, atMost: 'P7D', next: null, otherwise: 'remind' },
      send('remind'),
    ];
    const bought = await start({ on: 'order.placed' }, again('order'), { reentry: 'per_order' });
    const came = await start({ on: 'event', name: 'came' }, again({ event: 'came' }));
    const [buyer, visitor] = (await people(2)) as [number, number];
    await order(buyer);
    await event(visitor, 'came');
    await pass(system, HOUR);
    expect(await waysOf(system, bought, buyer)).toMatchObject([{ state: 'active', phase: 'listening' }]);
    expect(await waysOf(system, came, visitor)).toMatchObject([{ state: 'active', phase: 'listening' }]);
    system.clock.advance(HOUR);
    await event(visitor, 'came');
    await rest(system);
    expect((await waysOf(system, came, visitor))[0]).toMatchObject({ state: 'finished' });
  });

  it('lets nobody of another segment in because it listens to that one now, nor who stood there when it was closed', async () => {
    const segment = async (value: string): Promise<string> => {
      const rule = { combinator: 'and', rules: [{ field: 'contact.lastName', operator: '=', value }] };
      return (
        (await system.request('POST', '/v1/segments', { name: `${value} ${++names}`, rule })).body as {
          id: string;
        }
      ).id;
    };
    const [one, other] = [await segment('Aaa'), await segment('Bbb')];
    const contactId = await person();
    await system.request('PATCH', `/v1/contacts/con_${contactId}`, { lastName: 'Bbb' });
    const id = await start({ on: 'segment.joined', segmentId: one }, [wait]);
    const lookAgain = (): Promise<void> => {
      system.clock.advance(6 * MINUTE);
      return look(system, id);
    };
    await lookAgain();
    const definition = {
      trigger: { on: 'segment.joined', segmentId: other },
      reentry: 'never',
      steps: [wait],
    };
    expect((await system.request('PATCH', `/v1/sequences/${id}`, { definition })).status).toBe(200);
    await lookAgain();
    expect(await waysOf(system, id, contactId)).toEqual([]);

    const api = await start({ on: 'api' }, [send('one')]);
    await ask(api, 'pause');
    await system.request('POST', `/v1/sequences/${api}/enrolments`, { contactIds: [`con_${contactId}`] });
    await ask(api, 'close');
    system.clock.advance(300 * DAY);
    await ask(api, 'start');
    await rest(system);
    expect(await waysOf(system, api, contactId)).toEqual([]);
  });

  it('keeps who waits outside when its steps are changed and what it listens to is not', async () => {
    // In another order of words than PostgreSQL keeps.
    const trigger = { on: 'event', within: 'P2D', name: 'cart.left', data: { from: 'web' } };
    const id = await start(trigger, [wait]);
    const contactId = await person();
    await ask(id, 'pause');
    await system.database.db.query(
      `INSERT INTO person_event (contact_id, name, data, occurred_at, received_at) VALUES ($1, 'cart.left', '{"from":"web"}', $2, $2)`,
      [contactId, system.clock.now()],
    );
    const definition = { trigger, reentry: 'never', steps: [{ ...wait, for: 'P2D' }] };
    expect((await system.request('PATCH', `/v1/sequences/${id}`, { definition })).status).toBe(200);
    await ask(id, 'start');
    await rest(system);
    expect(await waysOf(system, id, contactId)).toMatchObject([
      { state: 'active', lookAt: '2026-11-25T09:00:00.000Z' },
    ]);
  });

  it('keeps its segment from being deleted until it is over', async () => {
    const rule = { combinator: 'and', rules: [{ field: 'contact.lastName', operator: '=', value: 'Kept' }] };
    const { body: segment } = await system.request('POST', '/v1/segments', { name: `Kept ${++names}`, rule });
    const id = await start({ on: 'segment.joined', segmentId: segment.id }, [wait]);
    const remove = () => system.request('DELETE', `/v1/segments/${segment.id}`);
    expect(await remove()).toMatchObject({ status: 409, body: { code: 'SEGMENT_IN_USE' } });
    await ask(id, 'stop');
    expect((await remove()).status).toBe(204);
  });

  it('says so when there is no room for an attribute it would set', async () => {
    for (const key of ['bulky', 'colour'])
      await system.request('POST', '/v1/attributes', { key, type: 'text' });
    const id = await start({ on: 'api' }, [
      { id: 'set', type: 'update', attribute: 'colour', value: 'blue'.repeat(200) },
    ]);
    const [full, free] = (await people(2)) as [number, number];
    await system.database.db.query('UPDATE contact SET attributes = $2 WHERE id = $1', [
      ...[full, JSON.stringify({ bulky: 'x'.repeat(MOST_ATTRIBUTE_BYTES - 200) })],
    ]);
    await bring(system, id, [full, free]);
    const outcomes = async (contactId: number): Promise<string[]> => {
      const [way] = await waysOf(system, id, contactId);
      return (await pathOf(system, way?.id ?? '')).filter(move => move.startsWith('set '));
    };
    expect((await outcomes(full))[0]).toBe('set not_updated colour');
    expect((await outcomes(free))[0]).toBe('set updated colour');
  });

  it('moves everybody when somebody bought a thousand kinds of things', async () => {
    const many = Array.from(
      { length: 400 },
      (_, n) => `kind ${n} of things that nobody else has ever bought`,
    );
    const id = await start({ on: 'order.placed' }, [send('similar', { productCategories: 'order' })], {
      reentry: 'per_order',
    });
    const [big, small] = (await people(2)) as [number, number];
    await order(big, { categories: many });
    await order(small);
    await rest(system);
    for (const contactId of [big, small])
      expect(await waysOf(system, id, contactId)).toMatchObject([{ state: 'finished' }]);
  });

  it('goes on where the records of what was sent had served their time', async () => {
    const id = await start({ on: 'api' }, [send('one'), wait]);
    const contactId = await person();
    await ask(id, 'pause');
    await system.request('POST', `/v1/sequences/${id}/enrolments`, { contactIds: [`con_${contactId}`] });
    await ask(id, 'start');
    await rest(system);
    await system.database.db.query(
      `UPDATE enrolment SET phase = 'sending', step = 0, due_at = $2,
              dispatch_id = (SELECT dispatch_id FROM message WHERE contact_id = $1) WHERE contact_id = $1`,
      [contactId, system.clock.now()],
    );
    const [range] = await system.database.db.query<{ from: number }>(
      `UPDATE dispatch_range SET dropped_at = now() WHERE from_id = 0 RETURNING from_id AS from`,
    );
    try {
      system.clock.advance(MINUTE);
      await rest(system);
      expect(await waysOf(system, id, contactId)).toMatchObject([{ step: 'wait', phase: 'waiting' }]);
    } finally {
      await system.database.db.query('UPDATE dispatch_range SET dropped_at = NULL WHERE from_id = $1', [
        range?.from,
      ]);
    }
  });

  it('takes who arrived five thousand times as they come, and the next one soon', async () => {
    const id = await start({ on: 'api' }, [wait]);
    const [noisy, quiet] = (await people(2)) as [number, number];
    await system.database.db.query(
      `INSERT INTO sequence_arrival (sequence_id, contact_id, occasion, happened_at)
       SELECT $1, CASE WHEN n = 5001 THEN $3 ELSE $2 END::bigint, 'x ' || n, $4 FROM generate_series(1, 5001) AS n`,
      [id.slice(4), noisy, quiet, system.clock.now()],
    );
    // Six looks of a thousand each, and not one for each arrival. A look that comes while the worker is at it finds nobody.
    const entrance = system.app.get(Entrance, { strict: false });
    let looks = 0;
    await until(
      async () => {
        if ((await entrance.admit(Number(id.slice(4)))) > 0) looks++;
        return waysOf(system, id, quiet);
      },
      ways => ways.length > 0,
      30_000,
      1,
    );
    expect(looks).toBeLessThanOrEqual(6);
    expect(await waysOf(system, id, noisy)).toHaveLength(1);
  });

  it('an error budget that paused a step is seen, stays when it is closed, and is lifted by a word of its own', async () => {
    const id = await start({ on: 'api' }, [send('one'), wait]);
    const contactId = await person();
    await bring(system, id, [contactId]);
    await system.database.db.query(
      `UPDATE dispatch SET state = 'paused', pause = '{"by":"error_budget","message":"Too many bounces.","at":"2026-11-23T09:00:00Z"}'
        WHERE id = (SELECT dispatch_id FROM message WHERE contact_id = $1)`,
      [contactId],
    );
    expect((await system.request('GET', `/v1/sequences/${id}/places`)).body).toMatchObject({
      pauses: [{ step: 'one', by: 'error_budget', message: 'Too many bounces.' }],
    });
    await ask(id, 'close');
    expect((await system.request('GET', `/v1/sequences/${id}/places`)).body).toMatchObject({
      pauses: [{ step: 'one' }],
    });
    expect(await ask(id, 'resume-sending')).toMatchObject({ status: 200, body: { dispatches: 1 } });
    expect((await system.request('GET', `/v1/sequences/${id}/places`)).body).toMatchObject({ pauses: [] });
  });

  describe('by hand, without a worker', () => {
    let still: TestSystem;
    let mover: Mover;
    let entrance: Entrance;
    beforeAll(async () => {
      await system.worker.stop();
      isWorking = false;
      still = system;
      mover = still.app.get(Mover, { strict: false });
      entrance = still.app.get(Entrance, { strict: false });
    });
    // Nobody is there to bring them to rest.
    afterAll(() => system.database.db.query(`UPDATE sequence SET state = 'draft'`));

    /** Waits until the method is about to run, and lets it once `go` is called. */
    function before(target: object, method: string): { reached: Promise<void>; go(): void } {
      const host = target as Record<string, (...args: unknown[]) => Promise<unknown>>;
      const original = host[method] as (...args: unknown[]) => Promise<unknown>;
      let reach = (): void => undefined;
      let go = (): void => undefined;
      const reached = new Promise<void>(resolve => (reach = resolve));
      const open = new Promise<void>(resolve => (go = resolve));
      host[method] = async (...args: unknown[]) => {
        Reflect.deleteProperty(host, method);
        reach();
        await open;
        return original.apply(target, args);
      };
      return { reached, go: () => go() };
    }
    const blocked = async (): Promise<void> => {
      for (;;) {
        const [row] = await still.database.db.query<{ waiting: number }>(
          `SELECT count(*)::int AS waiting FROM pg_locks WHERE NOT granted`,
        );
        if ((row?.waiting ?? 0) > 0) return;
        await new Promise(resolve => setTimeout(resolve, 10));
      }
    };

    it.each(['refund', 'purchase'])('a %s that comes while somebody is let in ends their way', async what => {
      const id = await start({ on: 'order.placed' }, [wait], { exit: { orderEnded: true, purchase: true } });
      const contactId = await person();
      const orderId = await order(contactId);
      still.clock.advance(1000);
      const gate = before(still.app.get(ArrivalRepository, { strict: false }), 'enter');
      const admitting = entrance.admit(Number(id.slice(4)));
      await gate.reached;
      const told =
        what === 'refund'
          ? still.database.db.query(`UPDATE shop_order SET refunded_at = $2, updated_at = $2 WHERE id = $1`, [
              ...[orderId, still.clock.now()],
            ])
          : order(contactId);
      await blocked();
      gate.go();
      await Promise.all([admitting, told]);
      const reason = what === 'refund' ? 'ORDER_ENDED' : 'PURCHASED';
      expect(await waysOf(still, id, contactId)).toMatchObject([{ state: 'left', reason }]);
    });

    it('an event that comes while somebody comes to a listening step is heard', async () => {
      const id = await start({ on: 'api' }, [
        { id: 'hear', type: 'listen', for: { event: 'ping' }, atMost: 'P7D', next: null, otherwise: null },
      ]);
      const contactId = await person();
      await still.request('POST', `/v1/sequences/${id}/enrolments`, { contactIds: [`con_${contactId}`] });
      await entrance.admit(Number(id.slice(4)));
      const gate = before(still.app.get(EnrolmentRepository, { strict: false }), 'save');
      const moving = mover.move(Number(id.slice(4)));
      await gate.reached;
      await event(contactId, 'ping');
      gate.go();
      await moving;
      still.clock.advance(MINUTE);
      await mover.move(Number(id.slice(4)));
      expect(await waysOf(still, id, contactId)).toMatchObject([{ state: 'finished' }]);
    });

    it.each(['pause', 'stop'])('%s does not fail because a dispatch finishes this moment', async how => {
      const id = await start({ on: 'api' }, [send('one')]);
      const contactId = await person();
      await still.request('POST', `/v1/sequences/${id}/enrolments`, { contactIds: [`con_${contactId}`] });
      await entrance.admit(Number(id.slice(4)));
      await mover.move(Number(id.slice(4)));
      const placed = still.app.get(SequenceDispatchRepository, { strict: false });
      const inState = placed.inState.bind(placed);
      placed.inState = async (...given) => {
        const found = await inState(...given);
        await still.database.db.query(
          `UPDATE dispatch SET state = 'finished', ended_at = now() WHERE id = (SELECT dispatch_id FROM enrolment WHERE contact_id = $1)`,
          [contactId],
        );
        return found;
      };
      const answer = await ask(id, how);
      placed.inState = inState;
      expect(answer.status).toBe(200);
    });

    it('a pause comes before the next batch, however many are still due', async () => {
      const id = await start({ on: 'api' }, [
        { id: 'w', type: 'wait', for: 'PT1M' },
        { ...wait, id: 'x' },
      ]);
      const sequence = Number(id.slice(4));
      const repository = still.app.get(EnrolmentRepository, { strict: false });
      const gate = before(repository, 'due');
      const moving = mover.move(sequence);
      await gate.reached;
      const pausing = ask(id, 'pause');
      await blocked();
      // Somebody else who wants to move them meanwhile finds that they may not.
      expect(await mover.move(sequence)).toBe(0);
      gate.go();
      await moving;
      expect((await pausing).status).toBe(200);
    });

    it('whoever cannot be moved is put off, and the others are moved', async () => {
      const id = await start({ on: 'api' }, [wait]);
      const some = await people(5);
      await still.request('POST', `/v1/sequences/${id}/enrolments`, {
        contactIds: some.map(one => `con_${one}`),
      });
      await entrance.admit(Number(id.slice(4)));
      await still.database.db.query(
        `ALTER TABLE enrolment ADD CONSTRAINT poisoned CHECK (contact_id <> ${some[2]} OR phase <> 'waiting') NOT VALID`,
      );
      try {
        await still.app.get(AdvanceSequencesHandler, { strict: false }).sweep();
      } finally {
        await still.database.db.query('ALTER TABLE enrolment DROP CONSTRAINT poisoned');
      }
      const phases = [];
      for (const contactId of some) phases.push((await waysOf(still, id, contactId))[0]?.phase);
      expect(phases).toEqual(['waiting', 'waiting', 'at', 'waiting', 'waiting']);
    });

    it('a look at what there is to do asks an index for its first row, however many wait', async () => {
      const id = Number((await start({ on: 'api' }, [wait])).slice(4));
      await still.database.db.query(
        `INSERT INTO enrolment (sequence_id, version_id, contact_id, occasion, ordinal, phase, due_at, since, on_purchase, on_refund, entered_at)
         SELECT s.id, s.version_id, n, 'x', 0, 'waiting', '2027-12-20'::timestamptz + n * interval '1 second', now(), false, false, now()
           FROM sequence s CROSS JOIN generate_series(1, 20000) AS n WHERE s.id = $1`,
        [id],
      );
      await still.database.db.query('ANALYZE enrolment');
      const sequences = still.app.get(SequenceRepository, { strict: false });
      const reads = async (): Promise<number> => {
        await still.database.db.query('SELECT pg_stat_force_next_flush()');
        const [row] = await still.database.db.query<{ read: number }>(
          `SELECT idx_tup_read::int AS read FROM pg_stat_user_indexes WHERE indexrelname = 'enrolment_due'`,
        );
        return row?.read ?? 0;
      };
      const earlier = await reads();
      for (let n = 0; n < 5; n++) await sequences.withWork(still.clock.now());
      expect((await reads()) - earlier).toBeLessThan(2000);
    });
  });
});
