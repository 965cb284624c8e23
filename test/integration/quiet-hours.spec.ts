import { formatId, type MessageClass } from '#common';
import { lawPacks, type Sender, SendersService, type Topic } from '#consent';
import { type Contact, ContactsService } from '#contacts';
import { type TestApi, testApi } from '../factories/api.js';
import { addConsent } from '../factories/contact.js';
import { addSender, addTopic } from '../factories/sender.js';

/** A number under each pack, and of nothing more is known. */
const phones: Record<string, string> = {
  ...{ GB: '+447911123456', EU: '+4915112345678', FR: '+33612345678', US: '+12125550123' },
  ...{ CA: '+14165550123', SA: '+966501234567', AE: '+971501234567', EG: '+201001234567' },
  strict: '+818012345678',
};

/** Worked out by hand from the packs' hours: when it is asked, and from when on it is allowed; null: at once. */
const table: [pack: string, what: string, at: string, until: string | null][] = [
  ['GB', 'at noon', '2026-11-24T12:00:00Z', null],
  ['GB', 'as eight begins', '2026-11-24T08:00:00Z', null],
  ['GB', 'a moment before eight', '2026-11-24T07:59:59.999Z', '2026-11-24T08:00:00Z'],
  ['GB', 'in the last second before 20:00', '2026-11-24T19:59:59.999Z', null],
  ['GB', 'at 20:00', '2026-11-24T20:00:00Z', '2026-11-25T08:00:00Z'],
  ['GB', 'at three at night', '2026-11-25T03:00:00Z', '2026-11-25T08:00:00Z'],
  ['GB', 'on a Sunday', '2026-11-22T12:00:00Z', null],
  ['GB', 'before 20:00 in summer', '2026-07-01T18:59:59Z', null],
  ['GB', 'at 20:00 in summer', '2026-07-01T19:00:00Z', '2026-07-02T07:00:00Z'],

  ['EU', 'at one in Berlin', '2026-11-24T12:00:00Z', null],
  ['EU', 'in the last second before 20:00', '2026-11-24T18:59:59Z', null],
  ['EU', 'at 20:00', '2026-11-24T19:00:00Z', '2026-11-25T07:00:00Z'],
  ['EU', 'at three at night', '2026-11-25T02:00:00Z', '2026-11-25T07:00:00Z'],
  ['EU', 'on a Sunday', '2026-11-22T12:00:00Z', null],

  ['FR', 'at one in Paris', '2026-11-24T12:00:00Z', null],
  ['FR', 'in the last second before 20:00', '2026-11-24T18:59:59Z', null],
  ['FR', 'at 20:00', '2026-11-24T19:00:00Z', '2026-11-25T07:00:00Z'],
  ['FR', 'on Saturday evening, past Sunday', '2026-11-21T19:00:00Z', '2026-11-23T07:00:00Z'],
  ['FR', 'on a Sunday', '2026-11-22T12:00:00Z', '2026-11-23T07:00:00Z'],
  ['FR', 'on Armistice Day', '2026-11-11T10:00:00Z', '2026-11-12T07:00:00Z'],
  ['FR', 'before Easter, past Sunday and Monday', '2026-04-04T18:00:00Z', '2026-04-07T06:00:00Z'],

  ['US', 'at ten in New York', '2026-11-24T15:00:00Z', null],
  ['US', 'in the last second before 20:00', '2026-11-25T00:59:59Z', null],
  ['US', 'at 20:00', '2026-11-25T01:00:00Z', '2026-11-25T14:00:00Z'],
  ['US', 'at three at night', '2026-11-25T08:00:00Z', '2026-11-25T14:00:00Z'],
  ['US', 'on Sunday morning', '2026-11-22T15:00:00Z', '2026-11-22T17:00:00Z'],
  ['US', 'as Sunday noon begins', '2026-11-22T17:00:00Z', null],
  ['US', 'on Sunday evening', '2026-11-23T00:59:59Z', null],
  ['US', 'on Thanksgiving', '2026-11-26T15:00:00Z', '2026-11-27T14:00:00Z'],
  ['US', 'on the eve of Thanksgiving', '2026-11-26T01:00:00Z', '2026-11-27T14:00:00Z'],
  ['US', 'on 3 July, past Independence Day', '2026-07-03T15:00:00Z', '2026-07-05T16:00:00Z'],

  ['CA', 'at ten in Toronto', '2026-11-24T15:00:00Z', null],
  ['CA', 'at three at night', '2026-11-25T08:00:00Z', null],
  ['CA', 'on Christmas night', '2026-12-25T05:00:00Z', null],

  ['SA', 'at three in the afternoon', '2026-11-24T12:00:00Z', null],
  ['SA', 'a moment before nine', '2026-11-24T05:59:59.999Z', '2026-11-24T06:00:00Z'],
  ['SA', 'in the last second before 21:00', '2026-11-24T17:59:59Z', null],
  ['SA', 'at 21:00', '2026-11-24T18:00:00Z', '2026-11-25T06:00:00Z'],
  ['SA', 'at two at night', '2026-11-24T23:00:00Z', '2026-11-25T06:00:00Z'],
  ['SA', 'on Friday noon', '2026-11-27T09:00:00Z', null],

  ['AE', 'as nine begins', '2026-11-24T05:00:00Z', null],
  ['AE', 'in the last second before 18:00', '2026-11-24T13:59:59Z', null],
  ['AE', 'at 18:00', '2026-11-24T14:00:00Z', '2026-11-25T05:00:00Z'],
  ['AE', 'at two at night', '2026-11-24T22:00:00Z', '2026-11-25T05:00:00Z'],

  ['EG', 'at noon in Cairo', '2026-11-24T10:00:00Z', null],
  ['EG', 'in the last second before 21:00', '2026-11-24T18:59:59Z', null],
  ['EG', 'at 21:00', '2026-11-24T19:00:00Z', '2026-11-25T07:00:00Z'],
  ['EG', 'at two at night', '2026-11-25T00:00:00Z', '2026-11-25T07:00:00Z'],
  ['EG', 'on Thursday evening, past the weekend', '2026-11-26T19:00:00Z', '2026-11-29T07:00:00Z'],
  ['EG', 'on a Friday', '2026-11-27T10:00:00Z', '2026-11-29T07:00:00Z'],
  ['EG', 'on a Saturday', '2026-11-28T10:00:00Z', '2026-11-29T07:00:00Z'],
  ['EG', 'on Armed Forces Day', '2026-10-06T09:00:00Z', '2026-10-07T06:00:00Z'],
  ['EG', 'before Sham el-Nessim', '2026-04-12T19:00:00Z', '2026-04-14T07:00:00Z'],

  ['strict', 'at noon in Tokyo', '2026-11-24T03:00:00Z', null],
  ['strict', 'in the last second before 18:00', '2026-11-24T08:59:59Z', null],
  ['strict', 'at 18:00', '2026-11-24T09:00:00Z', '2026-11-25T00:00:00Z'],
  ['strict', 'at three at night', '2026-11-24T18:00:00Z', '2026-11-25T00:00:00Z'],
  ['strict', 'on a Sunday', '2026-11-22T03:00:00Z', null],
];

/** The nights on which clocks are put forward and back, from both sides of the change, and the nights beside them. */
const nights: [place: string, phone: string, at: string, until: string][] = [
  // New York, Sundays from noon: Greenwich time of it is 17:00 in winter and 16:00 in summer.
  ['New York before spring', '+12125550123', '2026-03-01T01:00:00Z', '2026-03-01T17:00:00Z'],
  ['New York in spring, the evening before', '+12125550123', '2026-03-08T01:00:00Z', '2026-03-08T16:00:00Z'],
  ['New York in spring, the last second', '+12125550123', '2026-03-08T06:59:59Z', '2026-03-08T16:00:00Z'],
  ['New York in spring, the first second', '+12125550123', '2026-03-08T07:00:00Z', '2026-03-08T16:00:00Z'],
  ['New York in autumn, the evening before', '+12125550123', '2026-11-01T00:00:00Z', '2026-11-01T17:00:00Z'],
  ['New York at 1:30 in autumn', '+12125550123', '2026-11-01T05:30:00Z', '2026-11-01T17:00:00Z'],
  ['New York at 1:30 once more', '+12125550123', '2026-11-01T06:30:00Z', '2026-11-01T17:00:00Z'],
  ['London before spring', '+447911123456', '2026-03-27T20:00:00Z', '2026-03-28T08:00:00Z'],
  ['London in spring, the evening before', '+447911123456', '2026-03-28T20:00:00Z', '2026-03-29T07:00:00Z'],
  ['London in spring, the last second', '+447911123456', '2026-03-29T00:59:59Z', '2026-03-29T07:00:00Z'],
  ['London in spring, the first second', '+447911123456', '2026-03-29T01:00:00Z', '2026-03-29T07:00:00Z'],
  ['London in autumn, the evening before', '+447911123456', '2026-10-24T19:00:00Z', '2026-10-25T08:00:00Z'],
  ['London at 1:30 in autumn', '+447911123456', '2026-10-25T00:30:00Z', '2026-10-25T08:00:00Z'],
  ['London at 1:30 once more', '+447911123456', '2026-10-25T01:30:00Z', '2026-10-25T08:00:00Z'],
  ['Berlin before spring', '+4915112345678', '2026-03-27T19:00:00Z', '2026-03-28T07:00:00Z'],
  ['Berlin in spring, the evening before', '+4915112345678', '2026-03-28T19:00:00Z', '2026-03-29T06:00:00Z'],
  ['Berlin in spring, the last second', '+4915112345678', '2026-03-29T00:59:59Z', '2026-03-29T06:00:00Z'],
  ['Berlin in autumn, the evening before', '+4915112345678', '2026-10-24T18:00:00Z', '2026-10-25T07:00:00Z'],
  ['Berlin at 2:30 in autumn', '+4915112345678', '2026-10-25T00:30:00Z', '2026-10-25T07:00:00Z'],
  ['Berlin at 2:30 once more', '+4915112345678', '2026-10-25T01:30:00Z', '2026-10-25T07:00:00Z'],
];

type Facts = { phone: string; country?: string; timeZone?: string };

/** Whose number may be in several places, or who is elsewhere: hours must be right in all of them. A Tuesday in November. */
const several: [who: string, facts: Facts, at: string, until: string | null][] = [
  // Nine in Honolulu is 19:00 in Greenwich, where it is 14:00 in New York; there it is 20:00 six hours later.
  ['a toll-free number of the US', { phone: '+18005550123' }, '2026-11-24T18:59:59Z', '2026-11-24T19:00:00Z'],
  ['a toll-free number of the US', { phone: '+18005550123' }, '2026-11-25T00:59:59Z', null],
  ['a toll-free number of the US', { phone: '+18005550123' }, '2026-11-25T01:00:00Z', '2026-11-25T19:00:00Z'],
  ['a number of California', { phone: '+14155550123' }, '2026-11-24T12:00:00Z', '2026-11-24T17:00:00Z'],
  ['a number of California', { phone: '+14155550123' }, '2026-11-25T03:59:59Z', null],
  // From nine in the Aleutians, an hour behind Anchorage, to eight in the evening in Anchorage.
  ['a number of Alaska', { phone: '+19075550123' }, '2026-11-24T18:30:00Z', '2026-11-24T19:00:00Z'],
  ['a number of Alaska', { phone: '+19075550123' }, '2026-11-25T04:59:59Z', null],
  ['a number of Alaska', { phone: '+19075550123' }, '2026-11-25T05:00:00Z', '2026-11-25T19:00:00Z'],
  // Florida west of the Apalachicola is an hour behind the rest.
  ['a number of Pensacola', { phone: '+18505550123' }, '2026-11-24T14:30:00Z', '2026-11-24T15:00:00Z'],
  ['a number of Pensacola', { phone: '+18505550123' }, '2026-11-25T01:00:00Z', '2026-11-25T15:00:00Z'],
  ['a number of Puerto Rico', { phone: '+17875550123' }, '2026-11-24T12:00:00Z', '2026-11-24T13:00:00Z'],
  ['a number of São Paulo', { phone: '+5511912345678' }, '2026-11-24T11:00:00Z', '2026-11-24T12:00:00Z'],
  ['a number of Rio Branco', { phone: '+5568912345678' }, '2026-11-24T12:00:00Z', '2026-11-24T14:00:00Z'],
  // An address in the number's own country says less than its area code.
  [
    'a number of New York and an address in the US',
    { phone: '+12125550123', country: 'US' },
    ...(['2026-11-24T12:00:00Z', '2026-11-24T14:00:00Z'] as const),
  ],
  // Who told their zone is there: Los Angeles with a number of New York, and the other way round.
  [
    'a number of New York in Los Angeles',
    { phone: '+12125550123', timeZone: 'America/Los_Angeles' },
    ...(['2026-11-24T14:00:00Z', '2026-11-24T17:00:00Z'] as const),
  ],
  [
    'a toll-free number in New York',
    { phone: '+18005550123', timeZone: 'America/New_York' },
    ...(['2026-11-24T14:00:00Z', null] as const),
  ],
  // What both laws allow, 9 to 20, by both clocks: Riyadh is three hours ahead of London.
  [
    'a number of Riyadh and an address in London',
    { phone: '+966501234567', country: 'GB' },
    ...(['2026-11-24T08:00:00Z', '2026-11-24T09:00:00Z'] as const),
  ],
  [
    'a number of Riyadh and an address in London',
    { phone: '+966501234567', country: 'GB' },
    ...(['2026-11-24T16:59:59Z', null] as const),
  ],
  [
    'a number of Riyadh and an address in London',
    { phone: '+966501234567', country: 'GB' },
    ...(['2026-11-24T17:00:00Z', '2026-11-25T09:00:00Z'] as const),
  ],
  // Nine in New York is 14:00 in London; 20:00 in London is three in the afternoon there.
  [
    'a number of New York and an address in London',
    { phone: '+12125550123', country: 'GB' },
    ...(['2026-11-24T20:00:00Z', '2026-11-25T14:00:00Z'] as const),
  ],
  // Their own zone wins over both.
  [
    'a number of New York and an address in London, in Riyadh',
    { phone: '+12125550123', country: 'GB', timeZone: 'Asia/Riyadh' },
    ...(['2026-11-24T17:00:00Z', '2026-11-25T06:00:00Z'] as const),
  ],
];

describe('the quiet hours of SMS', () => {
  let api: TestApi;
  let sender: Sender;
  const topics = {} as Record<MessageClass, Topic>;
  const known = new Map<string, Contact>();

  beforeAll(async () => {
    api = await testApi();
    // Of no country: what is measured are the hours of the person alone.
    sender = await addSender(api.app, { country: null, timeZone: 'UTC' });
    topics.marketing = await addTopic(api.app, sender);
    const senders = api.app.get(SendersService, { strict: false });
    for (const purpose of ['service', 'transactional'] as const) {
      topics[purpose] = await senders.createTopic(sender.id, purpose, { en: purpose }, {}, 'tests', purpose);
    }
  });
  afterAll(() => api.close());

  /** A person with these facts and no others, who agreed to everything. Numbers are changed to be each one's own. */
  async function personOf(facts: Facts): Promise<Contact> {
    const key = JSON.stringify(facts);
    let person = known.get(key);
    if (!person) {
      const phone = facts.phone.slice(0, -3) + String(100 + known.size);
      person = await api.app.get(ContactsService, { strict: false }).create({ ...facts, phone });
      for (const topic of Object.values(topics)) await addConsent(api.app, person, topic, 'sms');
      known.set(key, person);
    }
    return person;
  }

  /** What the API answers at that moment of the clock: the moment from which on it is allowed, or null. */
  async function ask(facts: Facts, at: string, messageClass: MessageClass = 'marketing') {
    const person = await personOf(facts);
    api.clock.set(at);
    const { status, body } = await api.request('POST', '/v1/decisions', {
      ...{ contactIds: [formatId('contact', person.id)], channel: 'sms' },
      topicId: formatId('topic', topics[messageClass].id),
    });
    expect(status).toBe(200);
    const [{ decision, until, reason, law }] = body.items;
    expect([decision, reason?.code ?? null]).toEqual(
      until === null ? ['allow', null] : ['defer', 'QUIET_HOURS'],
    );
    return { until: until as string | null, law: law as string[] };
  }

  const instant = (text: string | null): string | null => text && new Date(text).toISOString();

  it.each(table)('under %s, %s (%s), end at %s', async (pack, _what, at, until) => {
    const answer = await ask({ phone: phones[pack]! }, at);
    expect(answer.until).toBe(instant(until));
    expect(answer.law).toEqual([expect.stringMatching(new RegExp(`^${pack}@\\d+$`))]);
  });

  it('are told of every pack there is', () => {
    const packs = new Set(lawPacks.map(({ code }) => code));
    expect(new Set(table.map(([pack]) => pack))).toEqual(packs);
    const byPack = (wanted: boolean) =>
      new Set(table.filter(([, , , until]) => (until === null) === wanted).map(([pack]) => pack));
    expect(byPack(true)).toEqual(packs);
    packs.delete('CA');
    expect(byPack(false)).toEqual(packs);
  });

  it.each(nights)('in %s (%s at %s) end at %s', async (_place, phone, at, until) => {
    expect((await ask({ phone }, at)).until).toBe(instant(until));
  });

  it.each(several)('of %s %j at %s end at %s', async (_who, facts, at, until) => {
    expect((await ask(facts, at)).until).toBe(instant(until));
  });

  it.each(Object.entries(phones))(
    'hold back marketing alone under %s: what is about an order goes out at night',
    async (pack, phone) => {
      for (const at of ['2026-11-22T00:30:00Z', '2026-11-22T12:00:00Z', '2026-12-25T20:30:00Z']) {
        for (const purpose of ['service', 'transactional'] as const) {
          expect(await ask({ phone }, at, purpose)).toMatchObject({ until: null });
        }
      }
      const marketing = (await ask({ phone }, '2026-12-25T20:30:00Z')).until;
      if (pack === 'CA') expect(marketing).toBeNull();
      else expect(marketing).not.toBeNull();
    },
  );

  describe('as an operator changes them', () => {
    const riyadh = { phone: phones['SA']! };
    const put = (cell: string, value: unknown) =>
      api.request('PUT', `/v1/law-packs/SA/overrides/${cell}`, {
        ...{ value, reason: 'Announced by the authority for this month.' },
      });
    const remove = (cell: string) => api.request('DELETE', `/v1/law-packs/SA/overrides/${cell}`);
    const untilOf = async (at: string) => (await ask(riyadh, at)).until;

    it('are those of Ramadan and of Fridays from the moment they are set, and no more once they are removed', async () => {
      const evening: [string, string] = ['21:00', '24:00'];
      const day: [string, string][] = [['13:30', '16:00'], evening];
      const others = ['mon', 'tue', 'wed', 'thu', 'sat', 'sun'].map(name => [
        name,
        [['09:00', '16:00'], evening],
      ]);
      const friday: [string, string][] = [['09:00', '11:30'], ...day];
      const noon = '2027-02-10T13:30:00Z';
      // A Wednesday of Ramadan 1448, at 16:30 in Riyadh.
      expect(await untilOf(noon)).toBeNull();
      const made = await put('hours.sms', { ...Object.fromEntries(others), fri: friday });
      expect(made.status).toBe(200);

      expect(await untilOf(noon)).toBe('2027-02-10T18:00:00.000Z');
      const { law } = await ask(riyadh, noon);
      expect(law).toEqual([`SA@2*${made.body.id.slice(4)}`]);
      // Until midnight, and the hour of Friday's prayer apart.
      expect(await untilOf('2027-02-10T20:59:59Z')).toBeNull();
      expect(await untilOf('2027-02-10T21:00:00Z')).toBe('2027-02-11T06:00:00.000Z');
      expect(await untilOf('2027-02-12T08:29:59Z')).toBeNull();
      expect(await untilOf('2027-02-12T08:30:00Z')).toBe('2027-02-12T10:30:00.000Z');
      expect(await untilOf('2027-02-12T10:30:00Z')).toBeNull();
      expect(await untilOf('2027-02-11T08:30:00Z')).toBeNull();

      // The feast: three days off, of which the first begins with a midnight in the middle of open hours.
      await put('daysOff.sms', ['2027-03-09', '2027-03-10', '2027-03-11']);
      expect(await untilOf('2027-03-08T20:59:59Z')).toBeNull();
      expect(await untilOf('2027-03-08T21:00:00Z')).toBe('2027-03-12T06:00:00.000Z');
      expect(await untilOf('2027-03-10T12:00:00Z')).toBe('2027-03-12T06:00:00.000Z');

      expect((await remove('hours.sms')).status).toBe(204);
      expect(await untilOf(noon)).toBeNull();
      expect(await untilOf('2027-02-10T20:00:00Z')).toBe('2027-02-11T06:00:00.000Z');
      expect(await untilOf('2027-02-12T08:30:00Z')).toBeNull();
      expect(await untilOf('2027-03-10T12:00:00Z')).toBe('2027-03-12T06:00:00.000Z');
      expect((await remove('daysOff.sms')).status).toBe(204);
      expect(await untilOf('2027-03-10T12:00:00Z')).toBeNull();
    });
  });
});
