import fc from 'fast-check';
import { type Channel } from '#common';
import {
  LawPacksService,
  SendersService,
  type Tracking,
  TrackingService,
  type TrackingPurpose,
} from '#consent';
import { type Contact } from '#contacts';
import { EmailComposer } from '#sending';
import { type OutgoingEmail } from '#transports';
import { addConsent, addContact } from '../factories/contact.js';
import { addSender, addTopic } from '../factories/sender.js';
import {
  addCampaign,
  addPeople,
  addShop,
  launch,
  testSystem,
  type TestSystem,
  untilState,
} from '../factories/system.js';

/** One person as the database may hold them. */
interface Case {
  country: string | null;
  phone: 'US' | 'SA' | null;
  /** Countries at the time of what they agreed to, by topic of this sender or of another. */
  agreed: { of: 'this' | 'other'; country: string | null }[];
  said: Record<TrackingPurpose, { status: string; expiresIn: number | null } | null>;
  suppression: {
    scope: 'all' | 'sender' | 'opens' | 'other sender' | 'other channel';
    reason: string;
  } | null;
  blanket: { sender: 'this' | 'other' | null; channel: Channel | null } | null;
}

const countries = fc.constantFrom('US', 'US', 'US', 'SA', 'GB', 'BR', null);
const said = fc.option(
  fc.record({
    status: fc.constantFrom('granted', 'granted', 'withdrawn', 'refused', 'requested', 'unknown', 'expired'),
    expiresIn: fc.option(fc.constantFrom(-1, 0, 1)),
  }),
);
const cases = fc.record<Case>({
  country: countries,
  phone: fc.constantFrom('US', 'US', 'SA', null),
  agreed: fc.array(
    fc.record({ of: fc.constantFrom('this' as const, 'other' as const), country: countries }),
    {
      maxLength: 2,
    },
  ),
  said: fc.record({ open_tracking: said, link_tracking: said }),
  suppression: fc.option(
    fc.record({
      scope: fc.constantFrom(...(['all', 'sender', 'opens', 'other sender', 'other channel'] as const)),
      reason: fc.constantFrom('unsubscribed', 'hard_bounce', 'complaint', 'manual', 'erased'),
    }),
    { freq: 3 },
  ),
  blanket: fc.option(
    fc.record({
      sender: fc.constantFrom('this' as const, 'other' as const, null),
      channel: fc.constantFrom<Channel | null>('email', 'sms', null),
    }),
    { freq: 3 },
  ),
});

/** The rules in plain words, written without a look at the SQL. Of the countries here only the US asks for no consent. */
function expected(person: Case, senderCountry: string | null, purpose: TrackingPurpose): boolean {
  const { suppression, blanket } = person;
  if (suppression?.scope === 'all' || suppression?.scope === 'sender') return false;
  if (suppression?.scope === 'opens' && purpose === 'open_tracking') return false;
  const word = person.said[purpose];
  if (word) return word.status === 'granted' && (word.expiresIn === null || word.expiresIn > 0);
  if (blanket && blanket.sender !== 'other' && blanket.channel !== 'sms') return false;
  const then = person.agreed.filter(({ of }) => of === 'this').map(({ country }) => country);
  const own = [person.country, person.phone, ...then].filter(country => country !== null);
  if (own.length === 0) return false;
  return [...own, ...(senderCountry === null ? [] : [senderCountry])].every(country => country === 'US');
}

describe('the decision whether somebody may be measured', () => {
  let system: TestSystem;
  beforeAll(async () => {
    system = await testSystem('postgres', { startWorker: false });
  });
  afterAll(() => system.close());

  const decide = async (ids: number[], senderId: number, channel: Channel = 'email') =>
    system.app.get(TrackingService, { strict: false }).decide(ids, senderId, channel);

  it.each([['US'], ['GB'], [null]])(
    'is as the plain rules say, for thousands of generated people and a sender in %s',
    async country => {
      const { db } = system.database;
      const now = system.clock.now();
      const [sender, other] = [await addSender(system.app, { country }), await addSender(system.app)];
      const topic = await addTopic(system.app, sender);
      const second = await addTopic(system.app, sender);
      const foreign = await addTopic(system.app, other);
      const tracking = await system.app.get(SendersService, { strict: false }).trackingTopics(sender.id);
      const people = fc.sample(cases, { numRuns: 1500, seed: 20261121 });
      const [event] = await db.query<{ id: number }>(
        `INSERT INTO consent_event (contact_id, action, channel, topic_id, method, source, actor, occurred_at, recorded_at)
         VALUES (0, 'withdrawn', 'email', $2, 'test', 'test', 'test', $1, $1) RETURNING id`,
        [now, topic.id],
      );
      const contacts = people.map((person, at) => ({
        email: `track-${country}-${at}@example.com`,
        country: person.country,
        phone:
          person.phone && `${person.phone === 'US' ? '+1202555' : '+96650000'}${sender.id % 10}${1000 + at}`,
      }));
      const rows = await db.query<{ id: number }>(
        `INSERT INTO contact (email, email_hash, phone, phone_hash, country, created_at, updated_at)
         SELECT email, sha256(email::bytea), phone, sha256(phone::bytea), country, $2, $2
           FROM ROWS FROM (jsonb_to_recordset($1::jsonb) AS (email text, phone text, country text))
                WITH ORDINALITY AS c (email, phone, country, n) ORDER BY n RETURNING id`,
        [JSON.stringify(contacts), now],
      );
      const ids = rows.map(row => row.id);
      const states = people.flatMap((person, at) => [
        ...person.agreed.map(({ of, country: then }, n) => ({
          ...{ id: ids[at], country: then, status: 'granted', expires: null },
          topic: of === 'other' ? foreign.id : n === 0 ? topic.id : second.id,
        })),
        ...(['open_tracking', 'link_tracking'] as const).flatMap(purpose => {
          const word = person.said[purpose];
          const expires = word?.expiresIn ?? null;
          return word
            ? [
                {
                  ...{ id: ids[at], topic: tracking[purpose].id, country: null, status: word.status },
                  expires: expires === null ? null : new Date(now.getTime() + expires),
                },
              ]
            : [];
        }),
      ]);
      await db.query(
        `INSERT INTO consent_state (contact_id, channel, topic_id, status, basis, event_id, since, expires_at, country)
         SELECT id, 'email', topic, status, 'express', $2, $3, expires, country
           FROM jsonb_to_recordset($1::jsonb) AS s (id bigint, topic bigint, status text, expires timestamptz, country text)
         ON CONFLICT DO NOTHING`,
        [JSON.stringify(states), event!.id, now],
      );
      const scopes = {
        all: [0, 0, 'email'],
        sender: [sender.id, 0, 'email'],
        opens: [sender.id, tracking.open_tracking.id, 'email'],
        'other sender': [other.id, 0, 'email'],
        'other channel': [0, 0, 'sms'],
      } as const;
      await db.query(
        `INSERT INTO suppression (address_hash, channel, sender_id, topic_id, reason, source, created_at)
         SELECT sha256(email::bytea), channel, sender, topic, reason, 'test', $2
           FROM jsonb_to_recordset($1::jsonb) AS s (email text, channel text, sender bigint, topic bigint, reason text)`,
        [
          JSON.stringify(
            people.flatMap(({ suppression }, at) => {
              if (!suppression) return [];
              const [senderId, topicId, channel] = scopes[suppression.scope];
              return [
                {
                  ...{ email: contacts[at]!.email, reason: suppression.reason },
                  ...{ channel, sender: senderId, topic: topicId },
                },
              ];
            }),
          ),
          now,
        ],
      );
      await db.query(
        `INSERT INTO consent_event (contact_id, action, channel, sender_id, method, source, actor, occurred_at, recorded_at)
         SELECT id, 'withdrawn', channel, sender, 'test', 'test', 'test', $2, $2
           FROM jsonb_to_recordset($1::jsonb) AS s (id bigint, channel text, sender bigint)`,
        [
          JSON.stringify(
            people.flatMap(({ blanket }, at) =>
              blanket
                ? [
                    {
                      ...{ id: ids[at], channel: blanket.channel },
                      sender: blanket.sender && (blanket.sender === 'this' ? sender.id : other.id),
                    },
                  ]
                : [],
            ),
          ),
          now,
        ],
      );

      const decided = await decide(ids, sender.id);
      const wrong = people
        .map((person, at) => ({
          got: decided.get(ids[at]!),
          want: {
            opens: expected(person, country, 'open_tracking'),
            links: expected(person, country, 'link_tracking'),
          },
          person,
        }))
        .filter(({ got, want }) => got?.opens !== want.opens || got.links !== want.links);
      expect(wrong.slice(0, 3)).toEqual([]);
      // Both answers must be there, or nothing was tested.
      const opens = [...decided.values()].filter(one => one.opens).length;
      expect(opens).toBeGreaterThan(50);
      expect(opens).toBeLessThan(people.length - 50);
    },
  );

  it('is no for somebody who is not there, and of opens in text messages', async () => {
    const sender = await addSender(system.app, { country: 'US' });
    const contact = await addContact(system.app, { country: 'US', phone: '+12025550123' });
    expect(await decide([contact.id, 987_654_321], sender.id)).toEqual(
      new Map([
        [contact.id, { opens: true, links: true }],
        [987_654_321, { opens: false, links: false }],
      ]),
    );
    expect((await decide([contact.id], sender.id, 'sms')).get(contact.id)).toEqual({
      ...{ opens: false, links: true },
    });
    expect(await decide([], sender.id)).toEqual(new Map());
  });

  it('follows an operator’s word on a law from the moment it is given, and only there', async () => {
    const sender = await addSender(system.app, { country: 'US' });
    const contact = await addContact(system.app, { country: 'US' });
    const laws = system.app.get(LawPacksService, { strict: false });
    const of = async (): Promise<Tracking | undefined> =>
      (await decide([contact.id], sender.id)).get(contact.id);
    await laws.override('US', 'tracking.opens', 'consent', 'Counsel, 20 November 2026', 'tests');
    expect(await of()).toEqual({ opens: false, links: true });
    await laws.removeOverride('US', 'tracking.opens', 'tests');
    expect(await of()).toEqual({ opens: true, links: true });
  });

  describe('goes with each message', () => {
    const PICTURE = 'https://shop.example/pear.png';
    const LINKS = ['https://shop.example/pears?from=mail', 'https://nakheel.example/privacy'];
    let agreed: number[];
    let others: number[];
    const told = new Map<number, Tracking>();
    const mails = new Map<number, OutgoingEmail>();

    beforeAll(async () => {
      const composer = system.app.get(EmailComposer, { strict: false });
      const compose = composer.compose.bind(composer);
      composer.compose = (job, person) => {
        told.set(person.contactId, person.tracking);
        const email = compose(job, person);
        mails.set(person.contactId, email);
        return email;
      };
      const shop = await addShop(system);
      const template = await system.request('POST', '/v1/templates', {
        name: 'With a picture and a link',
        content: {
          en: {
            subject: 'Pears',
            mjml: `<mj-section><mj-column><mj-image src="${PICTURE}" alt="A pear" /><mj-button href="${LINKS[0]}">Pears</mj-button></mj-column></mj-section>`,
          },
        },
      });
      agreed = await addPeople(system, shop, 30);
      others = await addPeople(system, shop, 30);
      const senders = system.app.get(SendersService, { strict: false });
      const topics = await senders.trackingTopics(Number(shop.senderId.slice(4)));
      for (const id of agreed.slice(0, 20)) {
        await addConsent(system.app, { id } as Contact, topics.open_tracking);
        if (id % 2 === 0) await addConsent(system.app, { id } as Contact, topics.link_tracking);
      }
      const campaign = await addCampaign(system, { ...shop, templateId: template.body.id as string });
      await system.worker.start();
      await launch(system, campaign);
      await untilState(system, campaign, 'finished');
    });

    it('as it is decided in the very statement that allows it', () => {
      for (const [at, id] of agreed.entries()) {
        expect([at, told.get(id)]).toEqual([at, { opens: at < 20, links: at < 20 && id % 2 === 0 }]);
      }
      for (const id of others) expect(told.get(id)).toEqual({ opens: false, links: false });
    });

    it('and a mail has a picture, links that were changed and a hidden one only where it was so decided', () => {
      expect(mails.size).toBe(agreed.length + others.length);
      for (const [id, { html, text, listUnsubscribe }] of mails) {
        const page = typeof html === 'string' ? html : html.join('');
        const found = (pattern: RegExp): string[] => [...page.matchAll(pattern)].map(([, url]) => url ?? '');
        const { opens, links: measured } = told.get(id) as Tracking;
        const pictures = found(/<img\s[^>]*src="([^"]*)"/g);
        expect(pictures.map(url => url.replace(/(\/o\/).*/, '$1'))).toEqual([
          ...[PICTURE, ...(opens ? ['http://ithn.test/o/'] : [])],
        ]);
        expect(page).not.toMatch(/background(?:-image)?\s*[:=]\s*["']?\s*url/i);
        const links = new Set(found(/<a\s[^>]*href="([^"]*)"/g));
        const own = [...links].filter(link => link.startsWith('http://ithn.test/'));
        expect(own.map(link => link.replace(/(\/[lup]\/).*/, '$1')).sort()).toEqual([
          // The template's link that is measured, and the one that no person sees.
          ...(measured ? ['http://ithn.test/l/', 'http://ithn.test/l/'] : []),
          ...['http://ithn.test/p/', 'http://ithn.test/u/'],
        ]);
        expect(own).toContain(listUnsubscribe?.url);
        expect([...links].filter(link => /^https?:/.test(link) && !own.includes(link)).sort()).toEqual(
          (measured ? LINKS.slice(1) : [...LINKS]).sort(),
        );
        expect(text).toContain(LINKS[0]);
      }
    });
  });
});
