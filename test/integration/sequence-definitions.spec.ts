import { addShop, type Shop, testSystem, type TestSystem } from '../factories/system.js';

/** What is refused, each with its place and its reason; and what is shown of what was taken. */
describe('a definition', () => {
  let system: TestSystem;
  let shop: Shop;
  let sms: string;
  let names = 0;

  beforeAll(async () => {
    system = await testSystem('postgres', { startWorker: false });
    shop = await addShop(system);
    const { body } = await system.request('POST', '/v1/templates', {
      ...{
        name: 'Short',
        channel: 'sms',
        content: { en: { text: 'Hello' }, ar: { text: 'مرحبا' } },
        defaultLocale: 'en',
      },
    });
    sms = (body as { id: string }).id;
  });
  afterAll(() => system.close());

  const send = (more: Record<string, unknown> = {}) => ({
    ...{ id: 'send', type: 'send', topicId: shop.topicId, channel: 'email', templateId: shop.templateId },
    ...more,
  });
  const write = (steps: unknown[], more: Record<string, unknown> = {}) =>
    system.request('POST', '/v1/sequences', {
      name: `Definition ${++names}`,
      definition: { trigger: { on: 'api' }, reentry: 'never', steps, ...more },
    });
  const faultsOf = async (steps: unknown[], more: Record<string, unknown> = {}): Promise<string[]> => {
    const answer = await write(steps, more);
    expect([400, 422]).toContain(answer.status);
    return (answer.body as { errors: { path: string; code: string }[] }).errors.map(
      ({ path, code }) => `${path} ${code}`,
    );
  };
  const topic = async (purpose: string): Promise<string> => {
    const { body } = await system.request('POST', '/v1/topics', {
      ...{ senderId: shop.senderId, key: `${purpose}-${++names}`, purpose, name: { en: purpose } },
    });
    return (body as { id: string }).id;
  };

  it('without steps, with unknown words, or with a step of no kind is refused by its shape', async () => {
    expect(await faultsOf([])).toEqual(['definition.steps TOO_SMALL']);
    expect(await faultsOf([{ id: 'x', type: 'sleep' }])).toHaveLength(1);
    expect(await faultsOf([send({ colour: 'red' })])).toEqual(['definition.steps.0 UNRECOGNIZED_KEYS']);
    expect(await faultsOf([{ id: 'w', type: 'wait', for: 'PT0M' }])).toEqual([
      'definition.steps.0.for CUSTOM',
    ]);
    expect(await faultsOf([send({ topicId: 'cam_1' })])).toEqual([
      'definition.steps.0.topicId INVALID_FORMAT',
    ]);
  });

  it('whose send has no topic is refused', async () => {
    const { topicId: _, ...without } = send();
    expect(await faultsOf([without])).toEqual(['definition.steps.0.topicId INVALID_TYPE']);
  });

  it('that names what is not there is refused at the place', async () => {
    expect(await faultsOf([send({ topicId: 'top_999', templateId: 'tpl_999' })])).toEqual([
      ...['steps.0.topicId TOPIC_NOT_FOUND', 'steps.0.templateId TEMPLATE_NOT_FOUND'],
    ]);
    expect(await faultsOf([send({ templateId: undefined })])).toEqual(['steps.0.templateId MISSING']);
    expect(await faultsOf([send({ templateId: sms })])).toEqual([
      'steps.0.templateId TEMPLATE_OF_OTHER_CHANNEL',
    ]);
    expect(await faultsOf([send({ smsTemplateId: sms })])).toEqual(['steps.0.smsTemplateId NOT_FOR_CHANNEL']);
    expect(await faultsOf([{ id: 'u', type: 'update', attribute: 'unknown', value: 1 }])).toEqual([
      'steps.0.attribute ATTRIBUTE_UNKNOWN',
    ]);
    const rule = { combinator: 'and', rules: [{ field: 'contact.shoe', operator: '=', value: 'x' }] };
    expect(await faultsOf([{ id: 'g', type: 'goal', when: rule }])).toEqual([
      'steps.0.when.rules.0.field FIELD_UNKNOWN',
    ]);
    expect(await faultsOf([send()], { exit: { goal: rule } })).toEqual([
      'exit.goal.rules.0.field FIELD_UNKNOWN',
    ]);
    expect(await faultsOf([send()], { trigger: { on: 'api', where: rule } })).toEqual([
      'trigger.where.rules.0.field FIELD_UNKNOWN',
    ]);
    expect(await faultsOf([send()], { trigger: { on: 'segment.joined', segmentId: 'seg_999' } })).toEqual([
      'trigger.segmentId SEGMENT_NOT_FOUND',
    ]);
    expect(await faultsOf([send()], { trigger: { on: 'date', attribute: 'nope', yearly: true } })).toEqual([
      'trigger.attribute ATTRIBUTE_UNSUITABLE',
    ]);
    expect(await faultsOf([send()], { trigger: { on: 'order.placed', shopId: 'shp_999' } })).toEqual([
      'trigger.shopId SHOP_NOT_FOUND',
    ]);
  });

  it('that runs in a circle, or leads nowhere, is refused by its graph', async () => {
    expect(await faultsOf([send({ next: 'send' })])).toEqual(['steps.0.id CYCLE_WITHOUT_WAIT']);
    expect(await faultsOf([send({ next: null }), send({ id: 'lost' })])).toEqual([
      'steps.1.id STEP_UNREACHABLE',
    ]);
  });

  it('that asks for an order where there is none is refused', async () => {
    expect(
      await faultsOf([send({ productCategories: 'order' }), { id: 'w', type: 'wait-for-replenishment' }], {
        ...{ reentry: 'per_order', exit: { orderEnded: true, leftSegment: true } },
      }),
    ).toEqual([
      ...['reentry NEEDS_ORDER', 'exit.orderEnded NEEDS_ORDER', 'exit.leftSegment NEEDS_SEGMENT'],
      ...['steps.0.productCategories NEEDS_ORDER', 'steps.1.type NEEDS_ORDER'],
    ]);
  });

  it('that promotes in a service message, or tags its links, is refused', async () => {
    const topicId = await topic('service');
    const faults = await faultsOf([send({ topicId, utm: { source: 'a', medium: 'b', campaign: 'c' } })]);
    expect(faults).toContain('steps.0.utm UTM_FOR_MARKETING');
    expect(faults.some(fault => fault.startsWith('steps.0.templateId.en.'))).toBe(true);
    const [tracking] = await system.database.db.query<{ id: number }>(
      `INSERT INTO topic (sender_id, key, purpose, name, created_at, updated_at)
       VALUES ($1, 'opens', 'open_tracking', '{"en":"Opens"}', now(), now()) RETURNING id`,
      [shop.senderId.slice(4)],
    );
    expect(await faultsOf([send({ topicId: `top_${tracking?.id}` })])).toEqual([
      'steps.0.topicId TOPIC_FOR_TRACKING',
    ]);
  });

  it('whose texts hold what no database keeps is refused, and nothing is half there', async () => {
    const before = await system.request('GET', '/v1/sequences');
    const answer = await write([{ id: 'u', type: 'update', attribute: 'a\u0000b', value: 'x\u0000y' }]);
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.status).toBeLessThan(500);
    expect((await system.request('GET', '/v1/sequences')).body).toEqual(before.body);
  });

  it('is listed by its state, in pages', async () => {
    const ids: string[] = [];
    for (let n = 0; n < 3; n++) ids.push(((await write([send()])).body as { id: string }).id);
    await system.request('POST', `/v1/sequences/${ids[1]}/start`, {});
    const listed = async (query: string): Promise<{ ids: string[]; next: string | null }> => {
      const { body } = await system.request('GET', `/v1/sequences?${query}`);
      const { items, nextCursor } = body as { items: { id: string }[]; nextCursor: string | null };
      return { ids: items.map(({ id }) => id), next: nextCursor };
    };
    expect(await listed('state=running')).toEqual({ ids: [ids[1]], next: null });
    const all = await listed('limit=200');
    const drafts: string[] = [];
    for (let cursor = ''; ;) {
      const page = await listed(`state=draft&limit=2${cursor}`);
      expect(page.ids.length).toBeLessThanOrEqual(2);
      drafts.push(...page.ids);
      if (page.next === null) break;
      cursor = `&cursor=${page.next}`;
    }
    expect(drafts).toEqual(all.ids.filter(id => id !== ids[1]));
    expect((await system.request('GET', '/v1/sequences?state=asleep')).status).toBe(400);
  });

  it('is drawn for people, and its schema is published', async () => {
    const answer = await write([
      { ...send({ id: 'a' }), name: 'Hello "you" <b>' },
      { id: 'w', type: 'wait-until', weekdays: ['fri'], at: '09:00' },
      {
        id: 'c',
        type: 'split',
        arms: [
          { name: 'x', weight: 1, next: null },
          { name: 'y', weight: 1, next: 'a' },
        ],
      },
    ]);
    expect(answer.status).toBe(201);
    const { id } = answer.body as { id: string };
    const { text, headers } = await system.request('GET', `/v1/sequences/${id}/diagram`);
    expect(headers['content-type']).toBe('text/plain; charset=utf-8');
    expect(text).toContain('flowchart TD');
    expect(text).toContain('s2 -- "y" --> s0');
    expect(text).not.toContain('<b>');
    const schema = await system.request('GET', '/v1/sequences/schema');
    expect(schema.body).toMatchObject({ type: 'object', required: ['trigger', 'reentry', 'steps'] });
  });

  it('may be deleted while it is a draft, and its name is taken as long as it is there', async () => {
    const made = await write([send()]);
    const { id, name } = made.body as { id: string; name: string };
    const again = await system.request('POST', '/v1/sequences', {
      name,
      definition: { trigger: { on: 'api' }, reentry: 'never', steps: [send()] },
    });
    expect(again).toMatchObject({ status: 409, body: { code: 'SEQUENCE_NAME_TAKEN' } });
    expect((await system.request('DELETE', `/v1/sequences/${id}`)).status).toBe(204);
    expect((await system.request('GET', `/v1/sequences/${id}`)).status).toBe(404);
    const started = await write([send()]);
    const { id: other } = started.body as { id: string };
    expect((await system.request('POST', `/v1/sequences/${other}/start`)).status).toBe(200);
    expect(await system.request('DELETE', `/v1/sequences/${other}`)).toMatchObject({
      ...{ status: 409, body: { code: 'SEQUENCE_STATE' } },
    });
    // What it sends is kept, as what was sent is.
    const { body } = await system.request('DELETE', `/v1/templates/${shop.templateId}`);
    expect(body).toMatchObject({ code: 'TEMPLATE_IN_USE' });
  });

  it('cannot be started while the sender lacks what the law asks for', async () => {
    const { body } = await system.request('POST', '/v1/senders', {
      key: `bare-${++names}`,
      fromName: 'Bare',
    });
    const { id: senderId } = body as { id: string };
    const bare = await system.request('POST', '/v1/topics', {
      senderId,
      key: 'offers',
      name: { en: 'Offers' },
    });
    const made = await write([send({ topicId: (bare.body as { id: string }).id })]);
    const answer = await system.request('POST', `/v1/sequences/${(made.body as { id: string }).id}/start`);
    expect(answer).toMatchObject({ status: 422, body: { code: 'SEQUENCE_NOT_READY' } });
    expect((answer.body as { errors: { path: string }[] }).errors.map(({ path }) => path)).toContain(
      'sender.fromEmail',
    );
  });
});
