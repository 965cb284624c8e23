import fc from 'fast-check';
import { compileRule, FieldCatalogue, operators } from '#segments';
import { testDatabase, type TestDatabase } from '../factories/database.js';
import { type Person, prepareForPeople, storePeople } from '../factories/people.js';
import { type KnownSpan, RuleOracle } from '../factories/rule-oracle.js';

const now = new Date('2026-11-21T09:00:00Z');
const attributes = [
  { key: 'plan', type: 'text' },
  { key: 'score', type: 'number' },
  { key: 'birthday', type: 'date' },
  { key: 'vip', type: 'boolean' },
  { key: 'tags', type: 'list' },
] as const;
const topics = [1, 2].map(id => ({ id, name: { en: 'Offers' }, sender: 'Nakheel' }));
const catalogue = new FieldCatalogue(attributes, topics);

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
  await prepareForPeople(database.db);
});
afterAll(() => database.close());

/** Asked of everybody; and of all of them by their numbers, which must be the same. */
async function idsOf(rule: unknown): Promise<number[]> {
  const ids = await asked(rule, false);
  expect({ rule, few: await asked(rule, true) }).toEqual({ rule, few: ids });
  return ids;
}

async function asked(rule: unknown, few: boolean): Promise<number[]> {
  // Inside a larger statement with a parameter of its own, as sending uses it.
  const { sql, parameters } = compileRule(rule, catalogue, { now, few, firstParameter: 2 });
  const rows = await database.db.query<{ id: number }>(
    `SELECT c.id FROM contact c WHERE $1::boolean AND ${sql} ORDER BY c.id`,
    [true, ...parameters],
  );
  return rows.map(({ id }) => id);
}

const one = (field: string, operator: string, value: unknown = null) => ({
  combinator: 'and',
  rules: [{ field, operator, value }],
});

describe('every operator of every type', () => {
  // 1 Layla has everything, 2 Omar has other things, 3 nobody knows anything of, 4 holds what is not of its type.
  const people: Person[] = [
    {
      id: 1,
      email: 'layla@example.com',
      phone: '+966501234567',
      externalId: 'A-1',
      firstName: 'Layla',
      lastName: "O'Brien",
      locale: 'ar-SA',
      country: 'SA',
      timeZone: 'Asia/Riyadh',
      createdAt: '2026-11-21T08:00:00.500Z',
      updatedAt: '2026-11-21T08:00:00Z',
      attributes: {
        plan: 'Gold 100%',
        score: 10,
        birthday: '1990-05-17',
        vip: true,
        tags: ['new', 'vip, really'],
      },
      consents: {
        'email.1': { status: 'granted' },
        'sms.1': { status: 'granted', expiresAt: '2026-11-21T09:00:00Z' },
      },
    },
    {
      id: 2,
      email: 'omar@mail.example.org',
      phone: '+201001234567',
      externalId: 'a-1',
      firstName: 'عمر',
      lastName: 'Ömer',
      locale: 'en',
      country: 'EG',
      timeZone: 'Africa/Cairo',
      createdAt: '2026-10-22T09:00:00Z',
      updatedAt: '2026-10-22T09:00:00Z',
      attributes: { plan: 'gold 1000', score: -2.5, birthday: '2001-11-21', vip: false, tags: [] },
      consents: {
        'email.1': { status: 'withdrawn' },
        'sms.1': { status: 'unknown' },
        'email.2': { status: 'granted', expiresAt: '2026-11-21T09:00:00.001Z' },
      },
    },
    { id: 3, createdAt: '2020-01-01T00:00:00Z', updatedAt: '2020-01-01T00:00:00Z' },
    {
      id: 4,
      createdAt: '2020-01-01T00:00:00Z',
      updatedAt: '2020-01-01T00:00:00Z',
      firstName: '',
      attributes: { plan: null, score: '10', birthday: 19900517, vip: 'true', tags: 'new' },
    },
  ];
  beforeAll(() => storePeople(database.db, people));

  it.each<[string, string, unknown, number[]]>([
    ['contact.email', '=', 'LAYLA@Example.com', [1]],
    ['contact.email', '!=', 'layla@example.com', [2, 3, 4]],
    ['contact.email', 'contains', 'A@', [1]],
    ['contact.email', 'doesNotContain', 'a@', [2, 3, 4]],
    ['contact.email', 'beginsWith', 'Omar', [2]],
    ['contact.email', 'doesNotBeginWith', 'omar', [1, 3, 4]],
    ['contact.email', 'endsWith', '.ORG', [2]],
    ['contact.email', 'doesNotEndWith', '.org', [1, 3, 4]],
    ['contact.email', 'in', 'layla@example.com, omar@mail.example.org', [1, 2]],
    ['contact.email', 'notIn', ['layla@example.com'], [2, 3, 4]],
    ['contact.email', 'null', null, [3, 4]],
    ['contact.email', 'notNull', '', [1, 2]],
    ['contact.emailDomain', '=', '@Example.COM', [1]],
    ['contact.emailDomain', 'endsWith', 'example.org', [2]],
    ['contact.emailDomain', 'in', ['example.com', 'mail.example.org'], [1, 2]],
    ['contact.emailDomain', 'null', null, [3, 4]],
    ['contact.phone', '=', '00966 50 123 (45-67)', [1]],
    ['contact.phone', 'beginsWith', '+20', [2]],
    ['contact.firstName', '=', 'LAYLA', [1]],
    ['contact.firstName', '=', 'عمر', [2]],
    ['contact.firstName', 'in', ['layla', 'عمر'], [1, 2]],
    ['contact.firstName', 'null', null, [3, 4]],
    ['contact.lastName', '=', "o'brien", [1]],
    ['contact.lastName', 'beginsWith', 'ö', [2]],
    ['contact.externalId', '=', 'A-1', [1]],
    ['contact.externalId', 'in', 'a-1', [2]],
    ['contact.locale', 'beginsWith', 'AR', [1]],
    ['contact.country', '=', 'sa', [1]],
    ['contact.country', 'notIn', 'sa,eg', [3, 4]],
    ['contact.timeZone', '=', 'asia/riyadh', [1]],
    ['contact.createdAt', '=', '2026-11-21', [1]],
    ['contact.createdAt', '=', '2026-11-21T08:00:00.500Z', [1]],
    ['contact.createdAt', '!=', 'today', [2, 3, 4]],
    ['contact.createdAt', '<', '2026-10-22', [3, 4]],
    ['contact.createdAt', '<=', '2026-10-22', [2, 3, 4]],
    ['contact.createdAt', '>', '2026-10-22', [1]],
    ['contact.createdAt', '>=', 'now-30d', [1, 2]],
    ['contact.createdAt', '>', { relative: '-30d' }, [1]],
    ['contact.createdAt', 'between', 'now-1d,now-30d', [2]],
    ['contact.createdAt', 'between', ['2026-10-22', 'today'], [1, 2]],
    ['contact.createdAt', 'notBetween', ['2026-10-22', 'today'], [3, 4]],
    ['contact.updatedAt', '=', { date: '2026-10-22', zone: 'Asia/Riyadh' }, [2]],
    ['contact.hasEmail', '=', true, [1, 2]],
    ['contact.hasEmail', '!=', 'true', [3, 4]],
    ['contact.hasPhone', '=', false, [3, 4]],
    ['attributes.plan', '=', 'GOLD 100%', [1]],
    ['attributes.plan', '!=', 'gold 1000', [1, 3, 4]],
    ['attributes.plan', 'contains', '0%', [1]],
    ['attributes.plan', 'beginsWith', 'gold_', []],
    ['attributes.plan', 'endsWith', '0', [2]],
    ['attributes.plan', 'in', 'gold 100%,gold 1000', [1, 2]],
    ['attributes.plan', 'null', null, [3, 4]],
    ['attributes.score', '=', 10, [1]],
    ['attributes.score', '=', '1e1', [1]],
    ['attributes.score', '!=', '10', [2, 3, 4]],
    ['attributes.score', '<', 10, [2]],
    ['attributes.score', '<=', '10', [1, 2]],
    ['attributes.score', '>', -2.5, [1]],
    ['attributes.score', '>=', -2.5, [1, 2]],
    ['attributes.score', '<', 1e21, [1, 2]],
    ['attributes.score', 'between', '11,-2', [1]],
    ['attributes.score', 'notBetween', [-2, 11], [2, 3, 4]],
    ['attributes.score', 'in', [10, '-2.50'], [1, 2]],
    ['attributes.score', 'notIn', '10', [2, 3, 4]],
    ['attributes.score', 'null', null, [3, 4]],
    ['attributes.score', 'notNull', null, [1, 2]],
    ['attributes.birthday', '=', '1990-05-17', [1]],
    ['attributes.birthday', '!=', '1990-05-17', [2, 3, 4]],
    ['attributes.birthday', '<', '2001-11-21', [1]],
    ['attributes.birthday', '<=', '2001-11-21', [1, 2]],
    ['attributes.birthday', '>', '1990-05-17', [2]],
    ['attributes.birthday', '>=', '1990-05-17', [1, 2]],
    ['attributes.birthday', '=', 'today-25y', [2]],
    ['attributes.birthday', 'between', '2001-11-21,1991-01-01', [2]],
    ['attributes.birthday', 'notBetween', ['1991-01-01', '2001-11-21'], [1, 3, 4]],
    ['attributes.birthday', 'null', null, [3, 4]],
    ['attributes.birthday', 'notNull', null, [1, 2]],
    ['attributes.vip', '=', true, [1]],
    ['attributes.vip', '=', 'false', [2]],
    ['attributes.vip', '!=', true, [2, 3, 4]],
    ['attributes.vip', 'null', null, [3, 4]],
    ['attributes.vip', 'notNull', null, [1, 2]],
    ['attributes.tags', 'contains', 'new', [1]],
    ['attributes.tags', 'contains', 'NEW', []],
    ['attributes.tags', 'doesNotContain', 'new', [2, 3, 4]],
    ['attributes.tags', 'in', 'old,vip\\, really', [1]],
    ['attributes.tags', 'notIn', ['new'], [2, 3, 4]],
    ['attributes.tags', 'null', null, [2, 3, 4]],
    ['attributes.tags', 'notNull', null, [1]],
    ['consent.email.top_1', '=', 'granted', [1]],
    ['consent.email.top_1', '!=', 'granted', [2, 3, 4]],
    ['consent.email.top_1', '=', 'none', [3, 4]],
    ['consent.email.top_1', '!=', 'none', [1, 2]],
    ['consent.email.top_1', 'in', 'withdrawn,none', [2, 3, 4]],
    ['consent.email.top_1', 'notIn', ['granted', 'none'], [2]],
    ['consent.email.top_1', 'in', 'granted,withdrawn,expired,unknown,none', [1, 2, 3, 4]],
    ['consent.email.top_1', 'notIn', 'granted,withdrawn,expired,unknown,none', []],
    ['consent.sms.top_1', '=', 'expired', [1]],
    ['consent.sms.top_1', '=', 'granted', []],
    ['consent.sms.top_1', '=', 'unknown', [2]],
    ['consent.email.top_2', '=', 'granted', [2]],
  ])('%s %s %j', async (field, operator, value, expected) => {
    expect(await idsOf(one(field, operator, value))).toEqual(expected);
    const rest = people.map(({ id }) => id).filter(id => !expected.includes(id));
    expect(await idsOf({ ...one(field, operator, value), not: true })).toEqual(rest);
  });

  /** The status of one contact, said plainly: a look-up each, which segments cannot afford. */
  const statusSql = `COALESCE((
    SELECT CASE WHEN s.status = 'granted' AND s.expires_at <= $3::timestamptz THEN 'expired' ELSE s.status END
      FROM consent_state s WHERE s.contact_id = c.id AND s.channel = $1::text AND s.topic_id = $2::bigint), 'none')`;

  it('says of consent what the ledger says, status by status', async () => {
    for (const topic of [1, 2]) {
      for (const channel of ['email', 'sms']) {
        for (const status of ['granted', 'withdrawn', 'expired', 'unknown', 'none']) {
          const told = await database.db.query<{ id: number }>(
            `SELECT c.id FROM contact c WHERE ${statusSql} = $4 ORDER BY c.id`,
            [channel, topic, now, status],
          );
          expect(await idsOf(one(`consent.${channel}.top_${topic}`, '=', status))).toEqual(
            told.map(({ id }) => id),
          );
        }
      }
    }
  });

  it.each([
    `'; DROP TABLE contact; --`,
    `' OR '1'='1`,
    `$1`,
    `\\'; SELECT pg_sleep(9); --`,
    `\\u0027 OR 1=1`,
    `%`,
    `_`,
    `"); $."score" > 0`,
    `{"$ne": null}`,
    `ʼ＇ OR 1`,
  ])('takes %j for a text and nothing else', async text => {
    const fields = ['contact.email', 'contact.emailDomain', 'contact.firstName', 'contact.externalId'];
    for (const field of [...fields, 'contact.country', 'attributes.plan']) {
      for (const operator of ['=', 'contains', 'beginsWith', 'endsWith', 'in']) {
        const expected =
          text === '%' && field === 'attributes.plan' && /contains|endsWith/.test(operator) ? [1] : [];
        expect(await idsOf(one(field, operator, operator === 'in' ? [text] : text))).toEqual(expected);
      }
    }
    expect(await idsOf(one('attributes.tags', 'contains', text))).toEqual([]);
    expect(await idsOf(one('attributes.tags', 'in', [text]))).toEqual([]);
  });

  it('carries a list as long as the limit', async () => {
    const many = Array.from({ length: 4999 }, (_, index) => `person-${index}`);
    expect(await idsOf(one('contact.firstName', 'in', [...many, 'Layla']))).toEqual([1]);
    expect(await idsOf(one('attributes.score', 'in', [...many.keys()]))).toEqual([1]);
  });

  it('finds an attribute whose key is hostile', async () => {
    const key = `a"'$1\\b`;
    const strange = new FieldCatalogue([{ key, type: 'number' }]);
    await database.db.execute('UPDATE contact SET attributes = attributes || $1 WHERE id = 3', [
      JSON.stringify({ [key]: 7 }),
    ]);
    for (const [operator, value] of [
      ['=', 7],
      ['>', 6],
      ['between', [7, 8]],
      ['in', [7]],
      ['notNull', null],
    ]) {
      const rule = one(`attributes.${key}`, operator as string, value);
      const { sql, parameters } = compileRule(rule, strange, { now });
      expect(await database.db.query(`SELECT c.id FROM contact c WHERE ${sql}`, parameters)).toEqual([
        { id: 3 },
      ]);
    }
    await storePeople(database.db, people);
  });
});

describe('every operator of what people did', () => {
  // 1 bought twice and is lively, 2 bought in two currencies and had some of it back, 3 did nothing, 4 did what does not count.
  const people: Person[] = [
    {
      id: 1,
      orders: [
        { placedAt: '2026-11-16T10:00:00Z', currency: 'SAR', total: 250.5, categories: ['shoes', 'socks'] },
        { placedAt: '2026-10-21T12:00:00Z', currency: 'SAR', total: 349.5, categories: ['shoes'] },
      ],
      events: [
        { name: 'cart.abandoned', at: '2026-11-20T09:00:00Z' },
        { name: 'cart.abandoned', at: '2026-11-14T09:00:00Z' },
        { name: 'cart.abandoned', at: '2026-11-14T08:59:59.999Z' },
      ],
      clicks: [{ at: '2026-11-20T12:00:00Z' }, { at: '2026-10-01T12:00:00Z' }],
      replies: [{ at: '2026-11-19T12:00:00Z' }],
    },
    {
      id: 2,
      orders: [
        { placedAt: '2025-01-05T10:00:00Z', currency: 'SAR', total: 100, refunded: 40 },
        { placedAt: '2025-06-05T10:00:00Z', currency: 'USD', total: 10.01, categories: ['phones'] },
        { placedAt: '2025-06-06T10:00:00Z', currency: 'USD', total: 20 },
        { placedAt: '2026-11-20T10:00:00Z', currency: 'USD', total: 9000, end: 'cancelled' },
      ],
      events: [{ name: 'cart.abandoned', at: '2025-01-01T00:00:00Z' }],
      clicks: [{ at: '2026-10-01T12:00:00Z' }, { at: '2026-11-20T12:00:00Z', machine: 'SCANNER' }],
      replies: [{ at: '2026-10-01T12:00:00Z' }, { at: '2026-11-20T12:00:00Z', state: 'dismissed' }],
    },
    { id: 3 },
    {
      id: 4,
      orders: [
        { placedAt: '2026-11-20T10:00:00Z', currency: 'SAR', total: 10, end: 'refunded' },
        { placedAt: null, currency: 'SAR', total: 10 },
      ],
      events: [{ name: 'cart', at: '2026-11-20T09:00:00Z' }],
      // Too fresh to be sure that it was a person; an open; a machine.
      clicks: [
        { at: '2026-11-21T08:58:31Z' },
        { at: '2026-11-20T12:00:00Z', kind: 'open' },
        { at: '2026-11-20T12:00:00Z', machine: 'BURST' },
      ],
      replies: [{ at: '2026-11-20T12:00:00Z', kind: 'auto_replied' }],
    },
  ];
  beforeAll(() => storePeople(database.db, people));
  const oracle = new RuleOracle(now, []);

  it.each<[string, string, unknown, number[]]>([
    ['purchases.count', '=', 0, [3, 4]],
    ['purchases.count', '!=', 0, [1, 2]],
    ['purchases.count', '<', 3, [1, 3, 4]],
    ['purchases.count', '<=', '2', [1, 3, 4]],
    ['purchases.count', '>', 1, [1, 2]],
    ['purchases.count', '>=', 0, [1, 2, 3, 4]],
    ['purchases.count', '>', -1, [1, 2, 3, 4]],
    ['purchases.count', 'between', '0,2', [1, 3, 4]],
    ['purchases.count', 'notBetween', [1, 2], [2, 3, 4]],
    ['purchases.count', 'in', [0, 3], [2, 3, 4]],
    ['purchases.count', 'notIn', '2', [2, 3, 4]],
    ['purchases.firstAt', '=', '2026-10-21', [1]],
    ['purchases.firstAt', '<', '2026-01-01', [2]],
    ['purchases.firstAt', 'null', null, [3, 4]],
    ['purchases.lastAt', '>=', 'now-30d', [1]],
    ['purchases.lastAt', '!=', '2026-11-16', [2, 3, 4]],
    ['purchases.lastAt', 'between', ['2025-06-06', 'today'], [1, 2]],
    ['purchases.lastAt', 'notNull', null, [1, 2]],
    ['purchases.daysSinceLast', '=', 4, [1]],
    ['purchases.daysSinceLast', '>', 365, [2]],
    ['purchases.daysSinceLast', 'null', null, [3, 4]],
    ['purchases.categories', 'contains', 'shoes', [1]],
    ['purchases.categories', 'contains', 'Shoes', []],
    ['purchases.categories', 'doesNotContain', 'shoes', [2, 3, 4]],
    ['purchases.categories', 'in', 'phones,socks', [1, 2]],
    ['purchases.categories', 'notIn', ['phones'], [1, 3, 4]],
    ['purchases.categories', 'notNull', null, [1, 2]],
    ['purchases.total.SAR', '=', 600, [1]],
    ['purchases.total.SAR', '<=', '60', [2]],
    ['purchases.total.USD', '>', 30, [2]],
    ['purchases.total.USD', '=', '30.01', [2]],
    ['purchases.total.EUR', 'null', null, [1, 2, 3, 4]],
    ['purchases.total.SAR', 'in', [60, 600], [1, 2]],
    ['purchases.average.SAR', '=', 300, [1]],
    ['purchases.average.USD', '=', 15.005, [2]],
    ['purchases.average.SAR', 'between', [0, 299], [2]],
    ['purchases.average.SAR', 'notNull', null, [1, 2]],
    ['purchases.recency', '=', 5, [1]],
    ['purchases.recency', '=', 1, [2]],
    ['purchases.recency', 'null', null, [3, 4]],
    ['purchases.frequency', '>=', 2, [1, 2]],
    ['purchases.frequency', '=', 3, [2]],
    ['purchases.value', '=', 4, [1]],
    ['purchases.value', '<', 2, [2]],
    ['purchases.value', 'notIn', [4], [2, 3, 4]],
    ['events.cart.abandoned', 'atLeast', { times: 1 }, [1, 2]],
    ['events.cart.abandoned', 'atLeast', { days: 30 }, [1]],
    ['events.cart.abandoned', 'atLeast', null, [1, 2]],
    ['events.cart.abandoned', 'atLeast', '3', [1]],
    ['events.cart.abandoned', 'atLeast', { times: 2, days: 7 }, [1]],
    ['events.cart.abandoned', 'atLeast', { times: '3', days: '7' }, []],
    ['events.cart.abandoned', 'atMost', { times: 2, days: 7 }, [1, 2, 3, 4]],
    ['events.cart.abandoned', 'atMost', { times: 2 }, [2, 3, 4]],
    ['events.cart.abandoned', 'atMost', 0, [3, 4]],
    ['events.cart.abandoned', 'never', null, [3, 4]],
    ['events.cart.abandoned', 'never', { days: 30 }, [2, 3, 4]],
    ['events.nobody.did', 'never', '', [1, 2, 3, 4]],
    ['engagement.lastClickedAt', '>=', 'now-7d', [1]],
    ['engagement.lastClickedAt', '<', 'now-7d', [2]],
    ['engagement.lastClickedAt', '=', '2026-10-01', [2]],
    ['engagement.lastClickedAt', '!=', '2026-10-01', [1, 3, 4]],
    ['engagement.lastClickedAt', 'between', 'now-90d,now', [1, 2]],
    ['engagement.lastClickedAt', 'null', null, [3, 4]],
    ['engagement.lastRepliedAt', '>', 'now-7d', [1]],
    ['engagement.lastRepliedAt', '<=', '2026-10-01', [2]],
    ['engagement.lastRepliedAt', 'notNull', null, [1, 2]],
  ])('%s %s %j', async (field, operator, value, expected) => {
    expect(await idsOf(one(field, operator, value))).toEqual(expected);
    const rest = people.map(({ id }) => id).filter(id => !expected.includes(id));
    expect(await idsOf({ ...one(field, operator, value), not: true })).toEqual(rest);
    // The oracle, which the property below trusts, says the same where it knows the date.
    if (field.startsWith('events') || typeof value === 'number')
      expect(
        people.filter(person => oracle.matches(one(field, operator, value), person)).map(({ id }) => id),
      ).toEqual(expected);
  });

  it('has no score without a scale, and none by a scale with a hole in it', async () => {
    await database.db
      .transaction(async () => {
        await database.db.query(`UPDATE purchase_scale SET bounds = '{1,NULL,3,4}'`);
        for (const score of ['recency', 'frequency', 'value'])
          expect(await idsOf(one(`purchases.${score}`, 'notNull'))).toEqual([]);
        await database.db.query('DELETE FROM purchase_scale');
        for (const score of ['recency', 'frequency', 'value'])
          expect(await idsOf(one(`purchases.${score}`, 'null'))).toEqual([1, 2, 3, 4]);
        throw new Undo();
      })
      .catch((error: unknown) => {
        if (!(error instanceof Undo)) throw error;
      });
  });

  it('never fails on what is stored, whatever it is', async () => {
    await database.db
      .transaction(async () => {
        await database.db.query(`UPDATE purchase_facts SET totals = '{"SAR": "much", "USD": null}'`);
        for (const field of ['purchases.total.SAR', 'purchases.total.USD', 'purchases.value'])
          expect(await idsOf(one(field, '>=', 0))).toEqual([]);
        throw new Undo();
      })
      .catch((error: unknown) => {
        if (!(error instanceof Undo)) throw error;
      });
  });
});

/** Ends a transaction that was for looking only. */
class Undo extends Error {}

describe('any rule over any people', () => {
  const names = [
    'Layla',
    'LAYLA',
    'lay',
    'عمر',
    'Éva',
    'éva',
    "O'Brien",
    '100%',
    '_',
    'a\\b',
    '$1',
    '--',
    'x',
  ];
  const spans: KnownSpan[] = [
    {
      value: 'today',
      from: '2026-11-21T00:00:00Z',
      until: '2026-11-22T00:00:00Z',
      firstDay: '2026-11-21',
      lastDay: '2026-11-21',
    },
    {
      value: 'now-30d',
      from: '2026-10-22T09:00:00Z',
      until: '2026-10-22T09:00:00.001Z',
      firstDay: '2026-10-22',
      lastDay: '2026-10-22',
    },
    {
      value: 'today-1m',
      from: '2026-10-21T00:00:00Z',
      until: '2026-10-22T00:00:00Z',
      firstDay: '2026-10-21',
      lastDay: '2026-10-21',
    },
    {
      value: '2026-02-28',
      from: '2026-02-28T00:00:00Z',
      until: '2026-03-01T00:00:00Z',
      firstDay: '2026-02-28',
      lastDay: '2026-02-28',
    },
    {
      value: '2026-10-24T23:30:00Z',
      from: '2026-10-24T23:30:00Z',
      until: '2026-10-24T23:30:00.001Z',
      firstDay: '2026-10-24',
      lastDay: '2026-10-24',
    },
    {
      value: { relative: 'today', zone: 'Asia/Riyadh' },
      from: '2026-11-20T21:00:00Z',
      until: '2026-11-21T21:00:00Z',
      firstDay: '2026-11-21',
      lastDay: '2026-11-21',
    },
    {
      value: { date: '2026-10-25', zone: 'Europe/Berlin' },
      from: '2026-10-24T22:00:00Z',
      until: '2026-10-25T23:00:00Z',
      firstDay: '2026-10-25',
      lastDay: '2026-10-25',
    },
    {
      value: { relative: '-6h', zone: 'America/New_York' },
      from: '2026-11-21T03:00:00Z',
      until: '2026-11-21T03:00:00.001Z',
      firstDay: '2026-11-20',
      lastDay: '2026-11-20',
    },
  ];
  const oracle = new RuleOracle(now, spans);
  const edges = spans.flatMap(({ from, until }) =>
    [from, until].flatMap(edge => [0, -1].map(shift => new Date(Date.parse(edge) + shift).toISOString())),
  );
  const days = spans.flatMap(({ firstDay }) =>
    [-1, 0, 1].map(shift => new Date(Date.parse(firstDay) + shift * 86_400_000).toISOString().slice(0, 10)),
  );
  const statuses = ['granted', 'withdrawn', 'expired', 'unknown', 'none'];
  const numbers = [-2.5, 0, 1, 10, 0.1, 1e21];

  const name = fc.constantFrom(...names);
  const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null });
  const consent = fc.record({
    status: fc.constantFrom('granted', 'withdrawn', 'unknown'),
    expiresAt: maybe(
      fc.constantFrom('2026-11-21T09:00:00Z', '2026-11-21T09:00:00.001Z', '2025-01-01T00:00:00Z'),
    ),
  });
  const person = fc.record({
    firstName: maybe(fc.oneof(name, fc.constant(''))),
    lastName: maybe(name),
    domain: maybe(fc.constantFrom('example.com', 'mail.example.com', 'x.org')),
    hasPhone: fc.boolean(),
    country: maybe(fc.constantFrom('SA', 'EG')),
    locale: maybe(fc.constantFrom('ar-SA', 'en')),
    timeZone: maybe(fc.constantFrom('Asia/Riyadh', 'UTC')),
    createdAt: fc.constantFrom(...edges),
    updatedAt: fc.constantFrom(...edges),
    attributes: fc.record(
      {
        plan: fc.oneof(name, fc.constantFrom(null, '', 7, true)),
        score: fc.oneof(
          fc.constantFrom<unknown>(...numbers),
          fc.constantFrom('10', null, true, [10], { a: 10 }),
        ),
        birthday: fc.oneof(
          fc.constantFrom<unknown>(...days),
          fc.constantFrom('soon', null, 20260228, '', ['2026-02-28']),
        ),
        vip: fc.constantFrom<unknown>(true, false, true, false, 'true', 1, null),
        tags: fc.oneof(
          fc.uniqueArray(name, { maxLength: 3 }),
          fc.constantFrom<unknown>('x', null, { x: 1 }, [1]),
        ),
      },
      { requiredKeys: [] },
    ),
    consents: fc.dictionary(fc.constantFrom('email.1', 'email.2', 'sms.1'), consent, { maxKeys: 3 }),
  });
  const money = fc.constantFrom(0, 10, 33.1, 99.99, 100, 200, 1000);
  const behaviour = fc.record({
    orders: fc.array(
      fc.record({
        placedAt: fc.constantFrom(...edges, null),
        price: maybe(fc.record({ currency: fc.constantFrom('SAR', 'USD'), total: money })),
        refunded: fc.oneof(fc.constant(0), money),
        categories: fc.uniqueArray(name, { maxLength: 2 }),
        end: fc.constantFrom(null, null, null, 'cancelled' as const, 'refunded' as const),
      }),
      { maxLength: 3 },
    ),
    events: fc.array(
      fc.record({ name: fc.constantFrom('cart.abandoned', 'cart', 'x'), at: fc.constantFrom(...edges) }),
      {
        maxLength: 4,
      },
    ),
    clicks: fc.array(
      fc.record({
        at: fc.constantFrom(...edges),
        kind: fc.constantFrom('click' as const, 'click' as const, 'open' as const),
        machine: fc.constantFrom(null, null, 'SCANNER'),
      }),
      { maxLength: 3 },
    ),
    replies: fc.array(
      fc.record({
        at: fc.constantFrom(...edges),
        kind: fc.constantFrom('replied', 'auto_replied'),
        state: fc.constantFrom('applied', 'held', 'dismissed'),
      }),
      { maxLength: 2 },
    ),
  });
  const withPrices = ({ orders, ...rest }: any) => ({
    ...rest,
    orders: orders.map(({ price, ...order }: any) => ({ ...order, currency: null, total: null, ...price })),
  });
  const toPerson = ([{ domain, hasPhone, ...rest }, deeds]: any, index: number): Person => ({
    ...rest,
    ...withPrices(deeds),
    id: index + 1,
    email: domain === null ? null : `p${index}@${domain}`,
    phone: hasPhone ? `+96650000${1000 + index}` : null,
    externalId: index % 3 === 0 ? null : `Ext-${index}`,
  });

  const list = <T>(item: fc.Arbitrary<T>) => fc.array(item, { minLength: 1, maxLength: 3 });
  /** As an array, or joined as a builder does when nothing in it holds a comma. */
  const joined = (items: fc.Arbitrary<unknown[]>) =>
    fc.tuple(items, fc.boolean()).map(([values, asText]) => (asText ? values.join(',') : values));
  const span = fc.constantFrom(...spans.map(({ value }) => value));
  const textSpan = fc.constantFrom(
    ...spans.map(({ value }) => value).filter(value => typeof value === 'string'),
  );

  const leafOf = (
    field: string,
    kind: string,
    value: fc.Arbitrary<unknown>,
    items = value,
  ): fc.Arbitrary<unknown> => {
    const suitable = operators.filter(operator => operatorsByKind[kind]!.includes(operator));
    return fc.constantFrom(...suitable).chain(operator => {
      const values =
        operator === 'in' || operator === 'notIn'
          ? joined(list(items))
          : operator === 'between' || operator === 'notBetween'
            ? kind === 'date'
              ? fc.oneof(fc.tuple(span, span), joined(fc.tuple(textSpan, textSpan)))
              : joined(fc.tuple(items, items))
            : operator === 'null' || operator === 'notNull'
              ? fc.constant('')
              : value;
      return values.map(given => ({ field, operator, value: given }));
    });
  };
  const ordered = ['=', '!=', '<', '<=', '>', '>=', 'between', 'notBetween'];
  const texts = [
    '=',
    '!=',
    'contains',
    'doesNotContain',
    'beginsWith',
    'doesNotBeginWith',
    'endsWith',
    'doesNotEndWith',
  ];
  const operatorsByKind: Record<string, string[]> = {
    text: [...texts, 'in', 'notIn', 'null', 'notNull'],
    number: [...ordered, 'in', 'notIn', 'null', 'notNull'],
    count: [...ordered, 'in', 'notIn'],
    date: ordered,
    boolean: ['=', '!=', 'null', 'notNull'],
    presence: ['=', '!='],
    list: ['contains', 'doesNotContain', 'in', 'notIn', 'null', 'notNull'],
    consent: ['=', '!=', 'in', 'notIn'],
  };
  const number = fc.constantFrom(...numbers).chain(value => fc.constantFrom<unknown>(value, String(value)));
  const leaf = fc.oneof(
    leafOf('contact.firstName', 'text', name),
    leafOf('contact.lastName', 'text', name),
    leafOf('contact.email', 'text', fc.constantFrom('p1', 'P2@example.com', 'example')),
    leafOf('contact.emailDomain', 'text', fc.constantFrom('example.com', 'EXAMPLE', 'org')),
    leafOf('contact.phone', 'text', fc.constantFrom('+966500001001', '1003', '+966')),
    leafOf('contact.externalId', 'text', fc.constantFrom('Ext-1', 'ext-1', 'Ext')),
    leafOf('contact.country', 'text', fc.constantFrom('sa', 'EG')),
    leafOf('contact.locale', 'text', fc.constantFrom('AR', 'en')),
    leafOf('contact.timeZone', 'text', fc.constantFrom('utc', 'asia')),
    leafOf('contact.createdAt', 'date', span),
    leafOf('contact.updatedAt', 'date', span),
    leafOf('contact.hasEmail', 'presence', fc.constantFrom<unknown>(true, 'false')),
    leafOf('contact.hasPhone', 'presence', fc.constantFrom<unknown>('true', false)),
    leafOf('attributes.plan', 'text', fc.oneof(name, fc.constantFrom('7', 'TRUE'))),
    leafOf('attributes.score', 'number', number),
    leafOf('attributes.birthday', 'date', span),
    fc
      .constantFrom('null', 'notNull')
      .map(operator => ({ field: 'attributes.birthday', operator, value: null })),
    leafOf('attributes.vip', 'boolean', fc.boolean()),
    leafOf('attributes.tags', 'list', name),
    leafOf('consent.email.top_1', 'consent', fc.constantFrom(...statuses)),
    leafOf('consent.email.top_2', 'consent', fc.constantFrom(...statuses)),
    leafOf('consent.sms.top_1', 'consent', fc.constantFrom(...statuses)),
    leafOf('purchases.count', 'count', fc.constantFrom<unknown>(-1, 0, 1, 2, '2')),
    leafOf('purchases.firstAt', 'date', span),
    leafOf('purchases.lastAt', 'date', span),
    leafOf('purchases.daysSinceLast', 'number', fc.constantFrom<unknown>(0, 1, 29, '30', 31)),
    leafOf('purchases.categories', 'list', name),
    leafOf('purchases.recency', 'number', fc.constantFrom<unknown>(1, 2, 4, '5')),
    leafOf('purchases.frequency', 'number', fc.constantFrom<unknown>(1, 2, 3)),
    leafOf('purchases.value', 'number', fc.constantFrom<unknown>(1, 2, 3, 5)),
    leafOf('purchases.total.SAR', 'number', fc.constantFrom<unknown>(0, 10, '99.99', 100)),
    leafOf('purchases.total.USD', 'number', fc.constantFrom<unknown>(0, '33.1', 1000)),
    leafOf('purchases.average.SAR', 'number', fc.constantFrom<unknown>(5, 10, 100)),
    leafOf('engagement.lastClickedAt', 'date', span),
    leafOf('engagement.lastRepliedAt', 'date', span),
    fc
      .tuple(
        fc.constantFrom('purchases.lastAt', 'engagement.lastClickedAt', 'engagement.lastRepliedAt'),
        fc.constantFrom('null', 'notNull'),
      )
      .map(([field, operator]) => ({ field, operator, value: null })),
    fc.record({
      field: fc.constantFrom('events.cart.abandoned', 'events.cart'),
      operator: fc.constantFrom('atLeast', 'atMost'),
      value: fc.oneof(
        fc.constantFrom<unknown>(1, '2'),
        fc.record({ times: fc.constantFrom<unknown>(1, 2, '3'), days: fc.constantFrom(1, 30, 400) }),
      ),
    }),
    fc.constantFrom({}, { days: 30 }, { days: '1' }).map(({ days }: { days?: unknown }) => ({
      ...{ field: 'events.cart.abandoned', operator: 'never' },
      value: days === undefined ? null : { days },
    })),
  );
  const { rule } = fc.letrec(tie => ({
    member: fc
      .oneof({ depthSize: 'small', withCrossShrink: true }, leaf, tie('rule'))
      .chain(member =>
        fc
          .constantFrom<object>({}, {}, {}, {}, { muted: true })
          .map(marks => ({ ...(member as object), ...marks })),
      ),
    rule: fc
      .record({
        combinator: fc.constantFrom('and', 'or', null),
        not: fc.boolean(),
        rules: fc.array(tie('member'), { maxLength: 4 }),
        words: fc.array(fc.constantFrom('and', 'or'), { minLength: 4, maxLength: 4 }),
      })
      .map(({ combinator, not, rules, words }) =>
        combinator
          ? { combinator, not, rules }
          : {
              not,
              rules: rules.flatMap((member, index) => (index === 0 ? [member] : [words[index], member])),
            },
      ),
  }));

  it('means the people that a plain reading of it means', async () => {
    let decided = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(person, behaviour), { minLength: 1, maxLength: 25 }),
        fc.array(rule, { minLength: 25, maxLength: 25 }),
        async (given, rules) => {
          const people = given.map(toPerson);
          await storePeople(database.db, people);
          for (const one of rules) {
            const expected = people
              .filter(someone => oracle.matches(one as any, someone))
              .map(({ id }) => id);
            expect({ rule: one, ids: await idsOf(one) }).toEqual({ rule: one, ids: expected });
            if (expected.length > 0 && expected.length < people.length) decided += 1;
          }
        },
      ),
      { numRuns: 40 },
    );
    // The test would be worth little if most rules meant everybody or nobody.
    expect(decided).toBeGreaterThan(200);
  }, 120_000);

  it('puts nothing of itself into the SQL', () => {
    const ours =
      /'(?:|0|:|array|boolean|number|granted|withdrawn|unknown|expired|requested|refused|@|\[\]|____-__-__|number|click|replied|dismissed|recency|frequency|value)'/g;
    fc.assert(
      fc.property(rule, one => {
        const { sql, parameters } = compileRule(one, catalogue, { now });
        const rest = sql.replace(ours, '').replaceAll(`COLLATE "C"`, '');
        expect(rest).not.toMatch(/['"\\;%]|--|\/\*/);
        const used = new Set([...sql.matchAll(/\$(\d+)/g)].map(match => Number(match[1])));
        expect([...used].sort((a, b) => a - b)).toEqual(parameters.map((_, index) => index + 1));
      }),
      { numRuns: 500 },
    );
  });
});
