import { AddressHasher } from '#common';
import { type GateQuestion } from '#consent';
import { type TestApi } from './api.js';
import { type PlainLaw, type PlainPerson, type PlainQuestion } from './gate-oracle.js';
import { addSender, addTopic } from './sender.js';

/** A number of that country for each person. */
const numbers: Record<string, (n: string) => string> = {
  SA: n => `+9665${n.padStart(8, '0')}`,
  AE: n => `+9715${n.padStart(8, '0')}`,
  GB: n => `+447${n.padStart(9, '0')}`,
  US: n => `+1907${n.padStart(7, '0')}`,
};
/** And one whose first digits say where it is. */
const ofKnownArea = (n: string): string => `+1212${n.padStart(7, '0')}`;

/** Puts a world of plain rules and people into the database, straight into its tables, and says how to ask about it. */
export async function storeGateWorld(
  api: TestApi,
  people: PlainPerson[],
  question: PlainQuestion,
): Promise<GateQuestion> {
  const { db } = api.database;
  const { channel, messageClass, now } = question;
  const [sender, other] = [
    await addSender(api.app, { country: question.senderCountry, timeZone: question.senderZone }),
    await addSender(api.app),
  ];
  const [topic, otherTopic] = [await addTopic(api.app, sender), await addTopic(api.app, sender)];
  await storeLaws(api, question);
  const hasher = api.app.get(AddressHasher, { strict: false });
  const stored = people.map((person, at) => {
    const email = channel === 'email' && person.hasAddress ? `gate-${at}@example.com` : null;
    // On the SMS channel the phone is the address: without it there is no phone's country either.
    const hasPhone = person.phoneCountry !== null && (channel === 'email' || person.hasAddress);
    const isOfArea = person.areaIsKnown === true && person.phoneCountry === 'US';
    const numberOf = isOfArea ? ofKnownArea : numbers[person.phoneCountry ?? ''];
    const phone = hasPhone ? (numberOf?.(String(at)) ?? null) : null;
    if (channel === 'sms' && phone === null) person.hasAddress = false;
    const address = channel === 'email' ? email : phone;
    return {
      ...person,
      email,
      phone,
      email_hash: email && hasher.hash('email', email).toString('hex'),
      phone_hash: phone && hasher.hash('sms', phone).toString('hex'),
      hash: address && hasher.hash(channel, address).toString('hex'),
    };
  });
  const rows = await db.query<{ id: number }>(
    `INSERT INTO contact (email, email_hash, phone, phone_hash, country, time_zone, created_at, updated_at)
     SELECT email, decode(email_hash, 'hex'), phone, decode(phone_hash, 'hex'), country, "timeZone", $2, $2
       FROM ROWS FROM (jsonb_to_recordset($1::jsonb) AS (email text, email_hash text, phone text, phone_hash text,
              country text, "timeZone" text)) WITH ORDINALITY AS c (email, email_hash, phone, phone_hash, country, "timeZone", n)
      ORDER BY n RETURNING id`,
    [JSON.stringify(stored), now],
  );
  const contactIds = rows.map(({ id }) => id);
  const later = (milliseconds: number | null): Date | null =>
    milliseconds === null ? null : new Date(now.getTime() + milliseconds);
  const of = <T extends object>(make: (person: (typeof stored)[number], id: number) => T[]): string =>
    JSON.stringify(stored.flatMap((person, at) => make(person, contactIds[at] as number)));

  await db.query(
    `WITH event AS (
       INSERT INTO consent_event (contact_id, action, method, source, actor, occurred_at, recorded_at)
       VALUES (0, 'withdrawn', 'test', 'test', 'test', $3, $3) RETURNING id)
     INSERT INTO consent_state (contact_id, channel, topic_id, status, basis, event_id, since, expires_at, country, categories)
     SELECT s.id, $4, $2, status, basis, event.id, since, expires, country, bought
       FROM event, jsonb_to_recordset($1::jsonb) AS s (id bigint, status text, basis text, since timestamptz,
            expires timestamptz, country text, bought text[])`,
    [
      of(({ state }, id) =>
        state === null
          ? []
          : [
              {
                ...state,
                id,
                since: later(-state.sinceDaysAgo * 86_400_000),
                expires: later(state.expiresIn),
              },
            ],
      ),
      ...[topic.id, now, channel],
    ],
  );
  const scopes = {
    ...{ all: [0, 0, channel], sender: [sender.id, 0, channel], topic: [sender.id, topic.id, channel] },
    ...{ 'other sender': [other.id, 0, channel], 'other topic': [sender.id, otherTopic.id, channel] },
    'other channel': [0, 0, channel === 'email' ? 'sms' : 'email'],
  };
  await db.query(
    `INSERT INTO suppression (address_hash, channel, sender_id, topic_id, reason, source, created_at)
     SELECT decode(hash, 'hex'), channel, sender, topic, reason, 'test', $2
       FROM jsonb_to_recordset($1::jsonb) AS s (hash text, channel text, sender bigint, topic bigint, reason text)`,
    [
      of(({ hash, suppressions }) =>
        suppressions.flatMap(({ scope, reason }) => {
          const [senderId, topicId, on] = scopes[scope];
          return hash === null ? [] : [{ hash, reason, channel: on, sender: senderId, topic: topicId }];
        }),
      ),
      now,
    ],
  );
  await db.query(
    `INSERT INTO subscription_preference (contact_id, sender_id, frequency, paused_until, updated_at)
     SELECT id, $2, COALESCE(frequency, 'all'), paused, $3
       FROM jsonb_to_recordset($1::jsonb) AS p (id bigint, frequency text, paused timestamptz)`,
    [
      of(({ frequency, pausedFor }, id) =>
        frequency === null && pausedFor === null ? [] : [{ id, frequency, paused: later(pausedFor) }],
      ),
      ...[sender.id, now],
    ],
  );
  await storeLastMessages(
    api,
    sender.id,
    topic.id,
    of(({ lastMessageDaysAgo: last, earlierMessagesDaysAgo: earlier = [] }, id) =>
      [...(last === null ? [] : [last]), ...earlier].map((days, nth) => ({
        ...{ id, nth, at: later(-days * 86_400_000) },
      })),
    ),
  );
  if (question.cap) {
    await db.query(
      `INSERT INTO frequency_cap (sender_id, messages, days, updated_at) VALUES ($1, $2, $3, now()), (0, 1, 365, now())`,
      [sender.id, question.cap.messages, question.cap.days],
    );
  }
  return {
    ...{ contactIds, channel, messageClass, senderId: sender.id, topicId: topic.id },
    productCategories: question.offers,
  };
}

async function storeLaws(
  api: TestApi,
  { laws, zonesOf, areaZones = [], similar }: PlainQuestion,
): Promise<void> {
  const { db } = api.database;
  await db.query('DELETE FROM law_rule');
  const rules = Object.entries(laws).flatMap(([country, law]) =>
    ['email', 'sms'].flatMap(channel =>
      ['marketing', 'service', 'transactional'].map(messageClass => ({
        ...{ country, channel, class: messageClass, bases: law.bases, off: law.daysOff, hours: range(law) },
        ...{ purchase: law.purchaseMonths, inquiry: law.inquiryMonths, pack: country || 'strict' },
      })),
    ),
  );
  await db.query(
    `INSERT INTO law_rule (country, channel, message_class, effective_from, effective_to, pack, bases, purchase_months,
                           inquiry_months, hours, days_off)
     SELECT country, channel, class, '2000-01-01Z', '9999-01-01Z', pack, bases, purchase, inquiry, hours, off
       FROM jsonb_to_recordset($1::jsonb) AS r (country text, channel text, class text, bases text[], off date[],
            hours int4multirange, purchase int, inquiry int, pack text)`,
    [JSON.stringify(rules)],
  );
  await db.query('DELETE FROM country_zone');
  await db.query(
    `INSERT INTO country_zone SELECT key, ARRAY(SELECT jsonb_array_elements_text(value)) FROM jsonb_each($1::jsonb)`,
    [JSON.stringify(zonesOf)],
  );
  await db.query('DELETE FROM phone_zone');
  // The longer one is meant, however early the shorter one comes.
  await db.query(
    `INSERT INTO phone_zone SELECT prefix, zones FROM (VALUES ('121', '{Asia/Tokyo}'::text[]), ('1212', $1::text[])) AS p (prefix, zones)
      WHERE cardinality($1::text[]) > 0`,
    [areaZones],
  );
  await db.query(
    `INSERT INTO similar_category (sender_id, category, similar_to)
     SELECT id, pair ->> 0, pair ->> 1 FROM sender CROSS JOIN jsonb_array_elements($1::jsonb) AS pair`,
    [JSON.stringify(similar)],
  );
}

function range({ hours }: PlainLaw): string | null {
  if (hours === null) return null;
  return `{${hours.flatMap((day, at) => day.map(([from, to]) => `[${at * 1440 + from},${at * 1440 + to})`)).join(',')}}`;
}

/** Earlier marketing messages of the sender to these people, the n-th of each in a dispatch of its own. */
async function storeLastMessages(
  api: TestApi,
  senderId: number,
  topicId: number,
  messages: string,
): Promise<void> {
  await api.database.db.query(
    `WITH template AS (
       INSERT INTO template (name, channel, created_at, updated_at) VALUES ('gate', 'email', now(), now()) RETURNING id
     ), version AS (
       INSERT INTO template_version (template_id, number, default_locale, content, created_at)
       SELECT id, 1, 'en', '{}', now() FROM template RETURNING id
     ), earlier AS (
       INSERT INTO dispatch (name, state, channel, message_class, sender_id, topic_id, template_version_id, audience, created_at)
       SELECT nth, 'finished', 'email', 'marketing', $2, $3, id, 'null', now() FROM version, generate_series(0, 9) AS nth
       RETURNING id, name
     )
     INSERT INTO message (dispatch_id, contact_id, state, attempt, chunk_id, lease_generation, allowed_at)
     SELECT earlier.id, m.id, 'accepted', 1, 0, 1, m.at
       FROM earlier JOIN jsonb_to_recordset($1::jsonb) AS m (id bigint, nth text, at timestamptz) ON m.nth = earlier.name`,
    [messages, senderId, topicId],
  );
}
