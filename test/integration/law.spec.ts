import { type TestApi, testApi } from '../factories/api.js';
import { addConsent, addContact } from '../factories/contact.js';
import { addSender, addTopic } from '../factories/sender.js';
import { CampaignsService } from '#campaigns';
import { formatId } from '#common';
import { Gate, LawInForce, LawPacksService, type Sender, SendersService, type Topic } from '#consent';

const reason = 'Counsel of 3 November 2026: until nine is fine.';

describe('law packs', () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await testApi();
  });
  afterAll(() => api.close());

  const put = (path: string, body: unknown) => api.request('PUT', `/v1/law-packs/${path}`, body);

  it('are listed with the version in force and what is to come', async () => {
    const { status, body } = await api.request('GET', '/v1/law-packs');
    expect(status).toBe(200);
    const packs = Object.fromEntries(body.items.map((pack: any) => [pack.code, pack]));
    expect(Object.keys(packs)).toEqual(['GB', 'EU', 'FR', 'US', 'CA', 'SA', 'AE', 'EG', 'strict']);
    expect(packs['US']).toMatchObject({
      version: 2,
      effectiveFrom: '2025-04-11',
      label: 'US@2',
      overrides: 0,
    });
    expect(packs['US'].upcoming).toEqual([{ version: 3, effectiveFrom: '2027-01-31' }]);
    expect(packs['GB'].upcoming).toEqual([]);
    api.clock.set('2027-02-01T00:00:00Z');
    const later = await api.request('GET', '/v1/law-packs/US');
    expect(later.body).toMatchObject({ version: 3, upcoming: [] });
    api.clock.set('2026-11-21T09:00:00Z');
  });

  it('are read cell by cell, with source, confidence and every version', async () => {
    const { status, body } = await api.request('GET', '/v1/law-packs/GB');
    expect(status).toBe(200);
    expect(body.cells).toHaveLength(26);
    for (const cell of body.cells) {
      expect(cell).toMatchObject({ override: null, confidence: expect.stringMatching(/^[HML]$/) });
      expect(cell.source.length).toBeGreaterThan(5);
      expect(cell.expects.length).toBeGreaterThan(5);
    }
    expect(body.versions.map((version: any) => [version.effectiveFrom, version.cells.length])).toEqual([
      ['2003-12-11', 26],
      ['2026-02-05', 3],
      ['2026-04-29', 2],
    ]);
  });

  it('are overridden in one cell, told with the reason, and as they were once it is removed', async () => {
    const value = { mon: [['09:00', '21:00']] };
    const made = await put('EG/overrides/hours.sms', { value, reason });
    expect(made.status).toBe(200);
    expect(made.body).toMatchObject({ pack: 'EG', cell: 'hours.sms', value, reason, removedAt: null });
    const cellOf = async (): Promise<any> => {
      const { body } = await api.request('GET', '/v1/law-packs/EG');
      return { label: body.label, ...body.cells.find((cell: any) => cell.name === 'hours.sms') };
    };
    const number = made.body.id.slice(4);
    expect(await cellOf()).toMatchObject({ label: `EG@2*${number}`, value, override: { id: made.body.id } });

    // A second one takes the place of the first.
    const again = await put('EG/overrides/hours.sms', { value: null, reason });
    expect(await cellOf()).toMatchObject({ value: null, override: { id: again.body.id } });

    const remove = () => api.request('DELETE', '/v1/law-packs/EG/overrides/hours.sms');
    expect((await remove()).status).toBe(204);
    expect(await cellOf()).toMatchObject({
      label: 'EG@2',
      override: null,
      value: { mon: [['09:00', '21:00']] },
    });
    expect(await remove()).toMatchObject({ status: 404, body: { code: 'LAW_OVERRIDE_NOT_FOUND' } });

    const history = await api.request('GET', '/v1/law-overrides?pack=EG');
    expect(history.body.items.map((one: any) => [one.id, one.removedAt !== null])).toEqual([
      [made.body.id, true],
      [again.body.id, true],
    ]);
    expect((await api.request('GET', '/v1/law-overrides?pack=GB')).body.items).toEqual([]);
    const audited = await api.database.db.query<{ action: string; actor: string }>(
      `SELECT action, actor FROM audit_event WHERE subject = ANY ($1) ORDER BY at, id`,
      [[made.body.id, again.body.id]],
    );
    expect(audited.map(({ action }) => action)).toEqual([
      'law.overridden',
      'law.overridden',
      'law.override_removed',
    ]);
    expect(audited[0]?.actor).toMatch(/^key_\d+|key:/);
  });

  it.each([
    ['XX/overrides/hours.sms', null, 404, 'LAW_PACK_NOT_FOUND'],
    ['gb/overrides/hours.sms', null, 404, 'LAW_PACK_NOT_FOUND'],
    ['__proto__/overrides/hours.sms', null, 404, 'LAW_PACK_NOT_FOUND'],
    ['GB/overrides/hours', null, 404, 'LAW_CELL_NOT_FOUND'],
    ['GB/overrides/__proto__', null, 404, 'LAW_CELL_NOT_FOUND'],
    ['GB/overrides/constructor', null, 404, 'LAW_CELL_NOT_FOUND'],
    ['GB/overrides/hours.sms', 'any', 422, 'LAW_CELL_VALUE_INVALID'],
    ['GB/overrides/hours.sms', { mon: [['18:00', '09:00']] }, 422, 'LAW_CELL_VALUE_INVALID'],
    ['GB/overrides/daysOff.sms', ['2027-02-29'], 422, 'LAW_CELL_VALUE_INVALID'],
    ['GB/overrides/bases.sms.marketing', ['constructor'], 422, 'LAW_CELL_VALUE_INVALID'],
  ])('refuse an override of %s to %j', async (path, value, status, code) => {
    expect(await put(path, { value, reason })).toMatchObject({ status, body: { code } });
  });

  it('want a reason and a value for an override, and say what the value may be', async () => {
    expect((await put('GB/overrides/hours.sms', { value: null })).status).toBe(400);
    expect((await put('GB/overrides/hours.sms', { value: null, reason: '    ' })).status).toBe(400);
    expect((await put('GB/overrides/hours.sms', { reason })).status).toBe(400);
    const { body } = await put('GB/overrides/honour.days', { value: 'soon', reason });
    expect(body.detail).toContain('a whole number of days from 0 to 60');
    const rows = await api.database.db.query(`SELECT 1 FROM law_override WHERE pack = 'GB'`);
    expect(rows).toEqual([]);
  });

  it('have one override of a cell in force however many are made at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, days) => put('CA/overrides/honour.days', { value: days + 1, reason })),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(200));
    const { body } = await api.request('GET', '/v1/law-overrides?pack=CA');
    const standing = body.items.filter((one: any) => one.removedAt === null);
    expect(standing).toHaveLength(1);
    const pack = await api.request('GET', '/v1/law-packs/CA');
    expect(pack.body.cells.find((cell: any) => cell.name === 'honour.days').value).toBe(standing[0].value);
    await api.request('DELETE', '/v1/law-packs/CA/overrides/honour.days');
  });

  it('survive an override that this version does not understand: it is left out, and the start goes on', async () => {
    const { db } = api.database;
    await db.query(
      `INSERT INTO law_override (pack, cell, value, reason, actor, created_at)
       VALUES ('GB', 'hours.smoke', '1', 'other version', 'tests', now()), ('ZZ', 'hours.sms', '1', 'other', 'tests', now()),
              ('GB', 'hours.sms', '"always"', 'other version', 'tests', now())`,
    );
    await api.app.get(LawPacksService, { strict: false }).onModuleInit();
    const rules = await db.query<{ pack: string; hours: string }>(
      `SELECT pack, hours::text FROM law_rule WHERE country = 'GB' AND channel = 'sms' AND message_class = 'marketing'`,
    );
    expect(new Set(rules.map(({ pack }) => pack))).toEqual(new Set(['GB@1', 'GB@2', 'GB@3']));
    await db.query('DELETE FROM law_override');
  });

  it('give every known country a rule of its own: one without a pack has the strict default', async () => {
    const rows = await api.database.db.query<{ country: string; pack: string }>(
      `SELECT country, pack FROM law_rule WHERE channel = 'sms' AND message_class = 'marketing'
          AND effective_from <= $1 AND effective_to > $1 AND country IN ('JP', 'XK', 'AC', 'RE', 'PR', 'IS', '')
        ORDER BY country COLLATE "C"`,
      [api.clock.now()],
    );
    expect(rows.map(({ country, pack }) => `${country} ${pack}`)).toEqual([
      ...[' strict@1', 'AC strict@1', 'IS EU@2', 'JP strict@1', 'PR US@2', 'RE FR@3', 'XK strict@1'],
    ]);
  });

  it('are asked together for what messages, links and periods must be', async () => {
    const laws = api.app.get(LawInForce, { strict: false });
    expect((await laws.duties(['US'])).tracking).toEqual({ opens: 'allowed', links: 'allowed' });
    expect((await laws.duties(['US', 'JP'])).tracking).toEqual({ opens: 'consent', links: 'consent' });
    expect(await laws.duties([])).toEqual(await laws.duties(['JP']));
    expect((await laws.duties([null, 'EG'])).responseDays).toBe(6);
    await put('US/overrides/tracking.opens', { value: 'consent', reason });
    expect((await laws.duties(['US'])).tracking).toEqual({ opens: 'consent', links: 'allowed' });
    await api.request('DELETE', '/v1/law-packs/US/overrides/tracking.opens');
    expect((await laws.duties(['US'])).tracking).toEqual({ opens: 'allowed', links: 'allowed' });
  });
});

describe('what a sender must say of itself', () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await testApi();
  });
  afterAll(() => api.close());

  it('is what the packs in force put into footers, at once after an override', async () => {
    const sender = await addSender(api.app, { registrationPlace: null });
    const missing = async (): Promise<string[]> =>
      (await api.request('GET', `/v1/senders/${formatId('sender', sender.id)}`)).body.missing;
    expect(await missing()).toEqual(['registrationPlace']);
    const without = ['legalName', 'registeredAddress', 'contactEmail', 'registrationNumber', 'privacyUrl'];
    for (const pack of ['GB', 'EU', 'FR', 'EG', 'strict']) {
      expect(await missing()).toEqual(['registrationPlace']);
      await api.request('PUT', `/v1/law-packs/${pack}/overrides/footer.email`, { value: without, reason });
    }
    expect(await missing()).toEqual([]);
    await api.request('DELETE', '/v1/law-packs/EG/overrides/footer.email');
    expect(await missing()).toEqual(['registrationPlace']);
  });

  it('is learnt within a minute from an override that another process made', async () => {
    const other = await testApi({}, [], api.database);
    const laws = other.app.get(LawInForce, { strict: false });
    const before = await laws.senderRequirements();
    expect(before).toContain('registrationPlace');
    await api.request('PUT', '/v1/law-packs/EG/overrides/footer.email', { value: [], reason });
    expect(await laws.senderRequirements()).toEqual(before);
    other.clock.advance(60_000);
    expect(await laws.senderRequirements()).not.toContain('registrationPlace');
    await other.close();
  });

  it('keeps a campaign from being launched', async () => {
    await api.request('DELETE', '/v1/law-packs/EG/overrides/footer.email');
    const sender = await addSender(api.app, { registrationPlace: null });
    const topic = await addTopic(api.app, sender);
    const campaigns = api.app.get(CampaignsService, { strict: false });
    const campaign = await campaigns.create(
      { name: 'Offer', topicId: topic.id, segmentId: null, templateId: null, productCategories: [] },
      'tests',
    );
    const { status, body } = await api.request(
      'POST',
      `/v1/campaigns/${formatId('campaign', campaign.id)}/launch`,
    );
    expect({ status, code: body.code }).toEqual({ status: 422, code: 'CAMPAIGN_NOT_READY' });
    expect(body.errors.map((error: any) => error.path)).toContain('sender.registrationPlace');
  });
});

describe('decisions', () => {
  let api: TestApi;
  let sender: Sender;
  let topic: Topic;
  beforeAll(async () => {
    api = await testApi();
    sender = await addSender(api.app, { country: 'GB', timeZone: 'Europe/London' });
    topic = await addTopic(api.app, sender);
  });
  afterAll(() => api.close());

  const ask = (contactIds: string[], more: object = {}) =>
    api.request('POST', '/v1/decisions', {
      ...{ contactIds, channel: 'email', topicId: formatId('topic', topic.id) },
      ...more,
    });

  it('tell for each contact yes, no or later, and what they went by', async () => {
    const agreed = await addContact(api.app, { country: 'GB', phone: '+447911123456' });
    const silent = await addContact(api.app, {});
    for (const channel of ['email', 'sms'] as const) await addConsent(api.app, agreed, topic, channel);
    const [yes, no] = [agreed, silent].map(({ id }) => formatId('contact', id)) as [string, string];

    const { status, body } = await ask([yes, 'con_999999', no, yes]);
    expect(status).toBe(200);
    expect(body).toMatchObject({ messageClass: 'marketing', senderId: formatId('sender', sender.id) });
    expect(body.items.map((item: any) => [item.contactId, item.decision, item.reason?.code])).toEqual([
      [yes, 'allow', undefined],
      ['con_999999', 'deny', 'CONTACT_NOT_FOUND'],
      [no, 'deny', 'NO_CONSENT'],
      [yes, 'allow', undefined],
    ]);
    expect(body.items[0]).toMatchObject({
      ...{ basis: 'express', law: ['GB@3'], until: null, consentEventId: expect.stringMatching(/^cev_\d+$/) },
      jurisdictions: [{ country: 'GB', because: ['address', 'phone', 'consent', 'sender'] }],
    });
    expect(body.items[2]).toMatchObject({
      ...{ law: ['GB@3', 'strict@1'], consentEventId: null },
      jurisdictions: [
        { country: null, because: ['unknown'] },
        { country: 'GB', because: ['sender'] },
      ],
    });
    expect(body.items[2].reason.text.ar).toMatch(/\p{Script=Arabic}/u);

    // At nine in the evening of London an SMS has to wait for eight in the morning.
    const late = await ask([yes], { channel: 'sms', at: '2026-11-21T21:00:00Z' });
    expect(late.body.items[0]).toMatchObject({
      ...{ decision: 'defer', until: '2026-11-22T08:00:00.000Z', reason: { code: 'QUIET_HOURS' } },
    });
  });

  it('follow an override from the moment it is made, and name it', async () => {
    const contact = await addContact(api.app, { country: 'GB' });
    await addConsent(api.app, contact, topic);
    const id = formatId('contact', contact.id);
    const made = await api.request('PUT', '/v1/law-packs/GB/overrides/bases.email.marketing', {
      ...{ value: ['double_opt_in'], reason },
    });
    const label = `GB@3*${made.body.id.slice(4)}`;
    expect((await ask([id])).body.items[0]).toMatchObject({
      ...{ decision: 'deny', reason: { code: 'BASIS_NOT_ACCEPTED' }, law: [label] },
    });
    const gate = api.app.get(Gate, { strict: false });
    const question = {
      contactIds: [contact.id],
      channel: 'email',
      senderId: sender.id,
      topicId: topic.id,
    } as const;
    expect(await gate.decide({ ...question, contactIds: [contact.id] })).toMatchObject([{ law: label }]);
    await api.request('DELETE', '/v1/law-packs/GB/overrides/bases.email.marketing');
    expect((await ask([id])).body.items[0]).toMatchObject({ decision: 'allow', law: ['GB@3'] });
  });

  it('take the class of message from the topic, and refuse one that bears no messages', async () => {
    const senders = api.app.get(SendersService, { strict: false });
    const make = (purpose: 'service' | 'open_tracking') =>
      senders.createTopic(sender.id, purpose.replace('_', '-'), { en: purpose }, {}, 'tests', purpose);
    const service = await make('service');
    expect((await ask(['con_1'], { topicId: formatId('topic', service.id) })).body.messageClass).toBe(
      'service',
    );
    const tracking = await make('open_tracking');
    expect(await ask(['con_1'], { topicId: formatId('topic', tracking.id) })).toMatchObject({
      ...{ status: 422, body: { code: 'TOPIC_BEARS_NO_MESSAGES' } },
    });
    expect(await ask(['con_1'], { topicId: 'top_999999' })).toMatchObject({ status: 404 });
  });

  it('are given for a thousand at most, and refuse what is no question', async () => {
    const many = (count: number) => Array.from({ length: count }, (_, at) => `con_${at + 1}`);
    expect((await ask(many(1000))).body.items).toHaveLength(1000);
    for (const [ids, more] of [
      [many(1001), {}],
      [[], {}],
      [['con_0'], {}],
      [['con_1'], { channel: 'fax' }],
      [['con_1'], { at: 'now' }],
      [['con_1'], { at: '9999-12-31T00:00:00Z' }],
      [['con_1'], { productCategories: ['\u0000'] }],
      [['con_1'], { messageClass: 'transactional' }],
    ] as const)
      expect((await ask([...ids], more)).status).toBe(400);
  });
});

describe('similar categories', () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await testApi();
  });
  afterAll(() => api.close());

  it('are kept in groups, both ways round, and replaced as a whole', async () => {
    const sender = await addSender(api.app);
    const path = `/v1/senders/${formatId('sender', sender.id)}/similar-categories`;
    expect((await api.request('GET', path)).body).toEqual({ groups: [] });
    const groups = [
      ['cases', 'phones'],
      ['boots', 'shoes', 'socks'],
    ];
    const answer = await api.request('PUT', path, { groups });
    expect(answer.status).toBe(200);
    const sorted = (found: string[][]): string[][] => found.map(group => [...group].sort()).sort();
    expect(sorted(answer.body.groups)).toEqual(sorted(groups));
    const { db } = api.database;
    const pairs = await db.query<{ n: number }>('SELECT count(*) AS n FROM similar_category');
    expect(pairs[0]?.n).toBe(2 + 6);
    const oneWay = await db.query(
      `SELECT 1 FROM similar_category a WHERE NOT EXISTS (
         SELECT FROM similar_category b WHERE (b.category, b.similar_to) = (a.similar_to, a.category))`,
    );
    expect(oneWay).toEqual([]);

    const refused = await api.request('PUT', path, { groups: [['a', 'b'], ['b', 'c']] }); // prettier-ignore
    expect(refused).toMatchObject({ status: 422, body: { code: 'CATEGORY_IN_TWO_GROUPS' } });
    expect((await api.request('PUT', path, { groups: [['a']] })).status).toBe(400);
    expect((await api.request('PUT', path, { groups: [['a', 'a']] })).status).toBe(422);
    expect(sorted((await api.request('GET', path)).body.groups)).toEqual(sorted(groups));

    await api.request('PUT', path, { groups: [] });
    expect((await api.request('GET', path)).body).toEqual({ groups: [] });
    const audited = await db.query(
      `SELECT 1 FROM audit_event WHERE action = 'sender.similar_categories_changed'`,
    );
    expect(audited).toHaveLength(2);
    expect((await api.request('PUT', '/v1/senders/snd_999999/similar-categories', { groups })).status).toBe(
      404,
    );
    expect((await api.request('GET', '/v1/senders/snd_999999/similar-categories')).status).toBe(404);
  });

  it('are one of the lists when two are sent at once, never a mixture', async () => {
    const sender = await addSender(api.app);
    const path = `/v1/senders/${formatId('sender', sender.id)}/similar-categories`;
    const lists = Array.from({ length: 6 }, (_, at) => [[`a${at}`, 'x', 'y']]);
    const answers = await Promise.all(lists.map(groups => api.request('PUT', path, { groups })));
    expect(answers.map(({ status }) => status)).toEqual(Array(6).fill(200));
    const { body } = await api.request('GET', path);
    expect(body.groups).toHaveLength(1);
    expect(lists.map(([group]) => [...group!].sort())).toContainEqual([...body.groups[0]].sort());
  });
});
