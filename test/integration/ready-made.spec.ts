import { locales, type MessageClass } from '#common';
import { SequencesService } from '#sequences';
import { type Answer, type TestApi, testApi } from '../factories/api.js';

/** A part of an SMS that takes several, as a phone puts them together. */
const ROOMY_PARTS = 2;

/** Variables that only a sequence fills. */
const ofSequences = /^"(?:order|event|purchases)[."]/;

interface Step {
  id: string;
  type: string;
  messageClass: MessageClass | null;
  channel: 'email' | 'sms' | 'either' | null;
}

describe('ready-made sequences', () => {
  let api: TestApi;
  let senderId: string;
  const topics: Partial<Record<MessageClass, string>> = {};
  let segmentId: string;
  let shopId: string;
  let names = 0;

  const made = async (path: string, body: unknown): Promise<string> => {
    const answer = await api.request('POST', path, body);
    if (answer.status !== 201) throw new Error(`${path} answered ${answer.status}: ${answer.text}`);
    return answer.body.id as string;
  };
  const topicOf = (purpose: MessageClass, sender: string): Promise<string> =>
    made('/v1/topics', { senderId: sender, key: `t${++names}`, name: { en: purpose, ar: purpose }, purpose });
  const sender = (more: Record<string, unknown> = {}): Promise<string> =>
    made('/v1/senders', {
      key: `shop-${++names}`,
      legalName: 'Nakheel Trading Company LLC',
      tradingName: 'Nakheel Market',
      contactEmail: 'care@nakheel.example',
      phone: '+966 11 234 5678',
      website: 'https://nakheel.example',
      registrationNumber: '1010123456',
      registrationPlace: 'Commercial Register, Riyadh',
      registeredAddress: '12 Olaya Street, Riyadh 12211',
      privacyUrl: 'https://nakheel.example/privacy',
      fromName: 'Nakheel Market',
      fromEmail: 'news@mail.nakheel.example',
      ...more,
    });
  const product = {
    name: { en: 'The "Palm & Co" lamp', ar: 'مصباح «نخلة»' },
    benefit: { en: 'It lights a desk {softly} for a week.', ar: 'يضيء المكتب أسبوعًا بلا شحن.' },
    url: 'https://nakheel.example/lamp?colour=green&size=2',
  };
  const incentive = {
    en: '10% off your first order with the code AHLAN until the end of the month.',
    ar: 'خصم 10% على أول طلب بالرمز AHLAN حتى نهاية الشهر.',
  };
  const install = (key: string, wishes: Record<string, unknown> = {}): Promise<Answer> =>
    api.request('POST', `/v1/sequences/ready-made/${key}/install`, { senderId, ...wishes });

  /** Everything that one of them may ask for, and nothing that it does not. */
  async function wishesFor(key: string): Promise<Record<string, unknown>> {
    const { needs } = (await api.request('GET', `/v1/sequences/ready-made/${key}`)).body;
    return {
      ...(needs.segment === 'no' ? {} : { segmentId }),
      ...(needs.shop === 'no' ? {} : { shopId }),
      ...(needs.attribute ? { attribute: 'birthday' } : {}),
      ...(needs.product ? { product } : {}),
      ...(needs.incentive === 'no' ? {} : { incentive }),
    };
  }

  const count = async (): Promise<number> => {
    const [row] = await api.database.db.query<{ n: number }>(
      'SELECT (SELECT count(*) FROM sequence)::int + (SELECT count(*) FROM template)::int AS n',
    );
    return row?.n ?? -1;
  };

  beforeAll(async () => {
    api = await testApi();
    senderId = await sender();
    for (const purpose of ['marketing', 'service', 'transactional'] as const)
      topics[purpose] = await topicOf(purpose, senderId);
    segmentId = await made('/v1/segments', { name: 'Everybody', rule: { combinator: 'and', rules: [] } });
    await made('/v1/attributes', { key: 'birthday', type: 'date' });
    shopId = await made('/v1/shops', {
      ...{ name: 'Web shop', kind: 'generic', senderId, marketingTopicId: topics.marketing },
      serviceTopicIds: [topics.service, topics.transactional],
    });
  });
  afterAll(() => api.close());

  const keys = [
    ...['abandoned-cart', 'after-sales', 'aida-launch', 'birthday'],
    ...['replenishment', 'welcome', 'win-back'],
  ];

  it('are seven, told in both languages', async () => {
    const { status, body } = await api.request('GET', '/v1/sequences/ready-made');
    expect(status).toBe(200);
    expect(body.items.map(({ key }: { key: string }) => key)).toEqual(keys);
    for (const { name, description } of body.items) {
      expect(Object.keys(name).sort()).toEqual(['ar', 'en']);
      expect(description.ar).toMatch(/\p{Script=Arabic}/u);
      expect(description.en).not.toMatch(/\p{Script=Arabic}/u);
    }
  });

  describe.each(keys)('"%s"', key => {
    let installed: Answer;
    let shown: Answer;
    beforeAll(async () => {
      shown = await api.request('GET', `/v1/sequences/ready-made/${key}`);
      installed = await install(key, await wishesFor(key));
    });

    it('is installed as a draft whose definition is whole', async () => {
      expect(installed.status).toBe(201);
      expect(installed.body).toMatchObject({
        state: 'draft',
        sequenceId: expect.stringMatching(/^seq_\d+$/),
      });
      const [row] = await api.database.db.query<{ definition: any; state: string }>(
        'SELECT v.definition, s.state FROM sequence s JOIN sequence_version v ON v.id = s.version_id WHERE s.id = $1',
        [installed.body.sequenceId.slice(4)],
      );
      expect(row?.state).toBe('draft');
      expect(JSON.stringify(row?.definition)).not.toMatch(/"given"|\[\[/);
      const steps = shown.body.steps as Step[];
      expect(row?.definition.steps.map(({ id }: Step) => id)).toEqual(steps.map(({ id }) => id));
      for (const [at, { messageClass }] of steps.entries())
        expect(row?.definition.steps[at].topicId).toBe(
          messageClass === null ? undefined : topics[messageClass],
        );
    });

    it('warns of nothing that an author could mend', () => {
      const warnings = installed.body.templates.flatMap(({ warnings }: any) => warnings);
      expect(warnings.filter(({ message }: { message: string }) => !ofSequences.test(message))).toEqual([]);
    });

    it('says in each class what that class may say, and reads well in both languages', async () => {
      const classes = new Map<string, MessageClass>();
      for (const step of shown.body.definition.steps)
        for (const template of [step.templateId, step.smsTemplateId])
          if (template !== undefined) classes.set(template, step.topicId);
      expect([...classes.keys()].sort()).toEqual(installed.body.templates.map((one: any) => one.key).sort());
      for (const { id, key: name, channel } of installed.body.templates) {
        for (const locale of locales) {
          const preview = await api.request('POST', `/v1/templates/${id}/preview`, {
            ...{ locale, senderId, messageClass: classes.get(name) },
          });
          expect(preview.status).toBe(200);
          expect(preview.body).toMatchObject({
            locale,
            dir: locale === 'ar' ? 'rtl' : 'ltr',
            promotions: [],
          });
          const text = preview.body.text as string;
          expect(text).toMatch(locale === 'ar' ? /\p{Script=Arabic}/u : /[a-z]{4}/);
          // Latin letters belong to names, addresses and numbers; the words themselves are of one language.
          const words = text.replace(/\S+[@./]\S*|<[^>]*>|Nakheel\s\S+(?: Company LLC)?|VAT|STOP/g, '');
          expect(words).not.toMatch(locale === 'ar' ? /[a-z]{4} [a-z]{2}/ : /\p{Script=Arabic}{2}/u);
          expect(`${text}${preview.body.subject ?? ''}${preview.body.html ?? ''}`).not.toMatch(
            /undefined|null|NaN|\[object|\[\[|\{\{|\{%/,
          );
          if (channel === 'sms') expect(preview.body.parts).toBeLessThanOrEqual(ROOMY_PARTS);
        }
      }
    });

    it('can be started as it was installed', async () => {
      const { body } = await install(key, { ...(await wishesFor(key)), sms: false });
      const sequences = api.app.get(SequencesService, { strict: false });
      const { sequence } = await sequences.start(Number(body.sequenceId.slice(4)), 'tests');
      expect(sequence.state).toBe('running');
      await sequences.stop(sequence.id, 'tests');
    });

    it('is installed again under another name, and its templates with it', async () => {
      const again = await install(key, await wishesFor(key));
      expect(again.status).toBe(201);
      expect(again.body.name).toMatch(/ \(\d\)$/);
      const templateNames = again.body.templates.map(({ name }: { name: string }) => name);
      expect(new Set(templateNames).size).toBe(templateNames.length);
      expect(templateNames.every((name: string) => name.startsWith(`${again.body.name}: `))).toBe(true);
    });
  });

  describe('are refused, with the place of everything that is missing or does not fit, and nothing is made', () => {
    let other: string;
    let bare: string;
    let othersTopic: string;
    let second: string;
    let bareShop: string;
    beforeAll(async () => {
      other = await sender();
      bare = await sender({ website: null });
      othersTopic = await topicOf('marketing', other);
      await topicOf('marketing', other);
      second = await topicOf('service', senderId);
      bareShop = await made('/v1/shops', {
        ...{ name: 'A shop that names one topic', kind: 'generic', senderId, serviceTopicIds: [second] },
      });
      await made('/v1/attributes', { key: 'size', type: 'text' });
    });

    const placesOf = ({ body }: Answer): string[] =>
      body.errors.map(({ path, code }: { path: string; code: string }) => `${path} ${code}`);

    it.each<[string, string, (own: string) => Record<string, unknown>, string[]]>([
      [
        'a sender without topics',
        'after-sales',
        () => ({ senderId: bare }),
        [
          'topics.marketing TOPIC_MISSING',
          'topics.service TOPIC_MISSING',
          'topics.transactional TOPIC_MISSING',
        ],
      ],
      [
        'a sender with two topics that would do',
        'birthday',
        () => ({ senderId: other, attribute: 'birthday' }),
        ['topics.marketing TOPIC_AMBIGUOUS'],
      ],
      [
        'a topic of another sender',
        'welcome',
        () => ({ topics: { marketing: othersTopic } }),
        ['topics.marketing TOPIC_OF_OTHER_SENDER'],
      ],
      [
        'a topic for another class',
        'welcome',
        () => ({ topics: { marketing: second } }),
        ['topics.marketing TOPIC_OF_OTHER_PURPOSE'],
      ],
      [
        'a topic that there is not',
        'welcome',
        () => ({ topics: { marketing: 'top_999999' } }),
        ['topics.marketing TOPIC_NOT_FOUND'],
      ],
      [
        'more than it can use',
        'welcome',
        () => ({ topics: { service: second }, segmentId, shopId, attribute: 'birthday', product }),
        [
          'topics.service NOT_NEEDED',
          'product NOT_NEEDED',
          'segmentId NOT_NEEDED',
          'shopId NOT_NEEDED',
          'attribute NOT_NEEDED',
        ],
      ],
      ['no segment', 'win-back', () => ({}), ['segmentId SEGMENT_MISSING']],
      [
        'a segment that there is not',
        'win-back',
        () => ({ segmentId: 'seg_999999' }),
        ['segmentId SEGMENT_NOT_FOUND'],
      ],
      [
        'a sender without a web site',
        'win-back',
        () => ({ senderId: bare, segmentId }),
        ['topics.marketing TOPIC_MISSING', 'senderId WEBSITE_MISSING'],
      ],
      ['no day', 'birthday', () => ({}), ['attribute ATTRIBUTE_MISSING']],
      [
        'an attribute that holds no day',
        'birthday',
        () => ({ attribute: 'size' }),
        ['attribute ATTRIBUTE_UNSUITABLE'],
      ],
      [
        'a shop that there is not',
        'replenishment',
        () => ({ shopId: 'shp_999999' }),
        ['shopId SHOP_NOT_FOUND'],
      ],
      [
        'a shop of another sender',
        'replenishment',
        () => ({ senderId: other, topics: { marketing: othersTopic }, shopId }),
        ['shopId SHOP_OF_OTHER_SENDER'],
      ],
      ['no product', 'aida-launch', () => ({ segmentId }), ['product PRODUCT_MISSING']],
      [
        'an incentive that no message would say',
        'birthday',
        () => ({ attribute: 'birthday', incentive }),
        ['incentive NOT_NEEDED'],
      ],
      [
        'a shop whose orders are no ground for the topics',
        'after-sales',
        () => ({ topics: { service: topics.service }, shopId: bareShop }),
        [
          'topics.marketing SHOP_LACKS_TOPIC',
          'topics.service SHOP_LACKS_TOPIC',
          'topics.transactional SHOP_LACKS_TOPIC',
        ],
      ],
      [
        'a shop that names one of several',
        'after-sales',
        () => ({ topics: { service: second }, shopId: bareShop }),
        ['topics.marketing SHOP_LACKS_TOPIC', 'topics.transactional SHOP_LACKS_TOPIC'],
      ],
    ])('%s', async (_, key, wishes, places) => {
      const before = await count();
      const answer = await install(key, wishes(senderId));
      expect(answer.status).toBe(422);
      expect(answer.body.code).toBe('READY_MADE_NEEDS');
      expect(placesOf(answer)).toEqual(places);
      expect(await count()).toBe(before);
    });

    it('a sender with two topics is asked which, and then served', async () => {
      const wishes = { ...(await wishesFor('after-sales')), topics: { service: topics.service } };
      expect(placesOf(await install('after-sales'))).toEqual(['topics.service TOPIC_AMBIGUOUS']);
      expect((await install('after-sales', wishes)).status).toBe(201);
    });

    it('a name that is taken', async () => {
      await install('birthday', { attribute: 'birthday', name: 'Our birthdays' });
      const before = await count();
      const answer = await install('birthday', { attribute: 'birthday', name: 'Our birthdays' });
      expect([answer.status, answer.body.code]).toEqual([409, 'SEQUENCE_NAME_TAKEN']);
      expect(await count()).toBe(before);
    });

    it('a sender and a sequence that there are not', async () => {
      expect((await install('birthday', { senderId: 'snd_999999', attribute: 'birthday' })).status).toBe(404);
      const answer = await install('nothing-like-it');
      expect([answer.status, answer.body.code]).toEqual([404, 'READY_MADE_SEQUENCE_NOT_FOUND']);
      expect((await api.request('GET', '/v1/sequences/ready-made/__proto__')).status).toBe(404);
    });
  });

  const definitionOf = async ({ body }: Answer): Promise<any> => {
    const [row] = await api.database.db.query<{ definition: unknown }>(
      'SELECT v.definition FROM sequence s JOIN sequence_version v ON v.id = s.version_id WHERE s.id = $1',
      [body.sequenceId.slice(4)],
    );
    return row?.definition;
  };

  it('go without SMS where it is not wanted', async () => {
    const answer = await install('birthday', { attribute: 'birthday', sms: false });
    expect(answer.body.templates.map(({ channel }: { channel: string }) => channel)).toEqual(['email']);
    const { steps } = await definitionOf(answer);
    expect(steps).toEqual([expect.objectContaining({ channel: 'email' })]);
    expect(steps[0]).not.toHaveProperty('smsTemplateId');
  });

  it('let people in by API where a segment may be left out', async () => {
    expect((await definitionOf(await install('aida-launch', { product }))).trigger).toEqual({ on: 'api' });
    expect((await definitionOf(await install('aida-launch', { product, segmentId }))).trigger).toEqual({
      ...{ on: 'segment.joined', segmentId, members: 'present' },
    });
  });

  it('speak of the product in the words that were given, whatever signs are in them', async () => {
    const hostile = {
      name: { en: `Tom & "Jerry's" <b>{{ 7 | times: 6 }}</b>`, ar: 'كوب {% if %} «أ»' },
      benefit: { en: '</mj-text></mj-section>{% layout %}', ar: '<!-- ]] [[product.url]]' },
      url: `https://nakheel.example/a'b?q="<{{1}}>&x=%7B#ü`,
    };
    const answer = await install('aida-launch', { product: hostile });
    expect(answer.status).toBe(201);
    for (const { id, channel } of answer.body.templates) {
      const { body } = await api.request('POST', `/v1/templates/${id}/preview`, { locale: 'en', senderId });
      const said = (channel === 'email' ? body.html : body.text) as string;
      expect(said).toContain(`${channel === 'email' ? 'href="' : ''}https://nakheel.example/a`);
      expect(said).not.toContain('42');
      if (channel === 'email') expect(said).not.toContain('<b>((');
    }
    const [attention] = answer.body.templates;
    const preview = await api.request('POST', `/v1/templates/${attention.id}/preview`, {
      locale: 'en',
      senderId,
    });
    expect(preview.body.subject).toBe(`New: Tom & "Jerry's" <b>(( 7 | times: 6 ))</b>`);
    expect(preview.body.text).toContain(`Tom & "Jerry's" <b>(( 7 | times: 6 ))</b>`);
    expect(preview.body.text).toContain('</mj-text></mj-section>(% layout %)');
  });

  it('promise an incentive where one is named, in mail and SMS, and nothing where none is', async () => {
    const saidBy = async ({ body }: Answer): Promise<string[]> => {
      const said: string[] = [];
      for (const { id } of body.templates)
        for (const locale of locales)
          said.push(
            (await api.request('POST', `/v1/templates/${id}/preview`, { locale, senderId })).body.text,
          );
      return said;
    };
    const counted = (texts: string[], words: RegExp): number => texts.filter(text => words.test(text)).length;
    const promised = /If you were promised something|وُعدت بشيء/;
    const without = await saidBy(await install('welcome', { topics: { marketing: topics.marketing } }));
    expect([counted(without, /AHLAN|\[\[/), counted(without, promised)]).toEqual([0, 2]);
    const wishes = { topics: { marketing: topics.marketing }, incentive };
    const given = await saidBy(await install('welcome', wishes));
    expect([counted(given, /AHLAN/), counted(given, promised)]).toEqual([4, 0]);
    const hostile = { en: '[[end]]{{ 7 | times: 6 }}</mj-text>', ar: '[[else]][[incentive]]{% layout %}' };
    const [hello = ''] = await saidBy(await install('welcome', { ...wishes, incentive: hostile }));
    expect(hello).toContain('[[else]][[incentive]](% layout %)');
  });

  it('answer a repeated press with the first installation', async () => {
    const press = (): Promise<Answer> =>
      api.request(
        'POST',
        '/v1/sequences/ready-made/birthday/install',
        { senderId, attribute: 'birthday' },
        {
          'idempotency-key': 'install-once',
        },
      );
    const first = await press();
    const before = await count();
    expect((await press()).body).toEqual(first.body);
    expect(await count()).toBe(before);
  });

  it('are told in the sender’s language, and noted in the audit trail', async () => {
    const arabic = await sender({ defaultLocale: 'ar' });
    await topicOf('marketing', arabic);
    const answer = await install('win-back', { senderId: arabic, segmentId });
    expect(answer.body).toMatchObject({ name: 'استعادة العملاء', defaultLocale: 'ar' });
    const subjects = [answer.body.sequenceId, ...answer.body.templates.map(({ id }: { id: string }) => id)];
    const rows = await api.database.db.query<{ subject: string }>(
      'SELECT subject FROM audit_event WHERE subject = ANY ($1)',
      [subjects],
    );
    expect(rows.map(({ subject }) => subject).sort()).toEqual([...subjects].sort());
  });
});
