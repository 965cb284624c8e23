import { type Database } from '#database';

/** A contact as stored, and what the ledger's projection says of them, for tests of rules. */
export interface Person {
  id: number;
  email?: string | null;
  phone?: string | null;
  externalId?: string | null;
  firstName?: string | null;
  lastName?: string | null;
  locale?: string | null;
  country?: string | null;
  timeZone?: string | null;
  createdAt?: string;
  updatedAt?: string;
  attributes?: Record<string, unknown>;
  /** By `channel.topicId`, e.g. `email.1`. */
  consents?: Record<string, { status: 'granted' | 'withdrawn' | 'unknown'; expiresAt?: string | null }>;
}

/** A sender with topics 1 and 2, and attributes of every type, in an empty database. */
export async function prepareForPeople(db: Database): Promise<void> {
  await db.query(
    `INSERT INTO sender (key, trading_name, created_at, updated_at) VALUES ('nakheel', 'Nakheel', now(), now())`,
  );
  await db.query(`INSERT INTO topic (sender_id, key, name, created_at, updated_at) VALUES
    (1, 'offers', '{"en": "Offers", "ar": "العروض"}', now(), now()), (1, 'news', '{"en": "News"}', now(), now())`);
  await db.query(`INSERT INTO attribute (key, type, created_at) VALUES
    ('plan', 'text', now()), ('score', 'number', now()), ('birthday', 'date', now()), ('vip', 'boolean', now()), ('tags', 'list', now())`);
  await db.query(`INSERT INTO consent_event (contact_id, action, method, source, actor, occurred_at, recorded_at)
    VALUES (0, 'withdrawn', 'tests', 'tests', 'tests', now(), now())`);
}

/** Replaces everybody. Rows go in as they are, also such as the API would refuse. */
export async function storePeople(db: Database, people: Person[]): Promise<void> {
  await db.query('TRUNCATE contact, consent_state CASCADE');
  const rows = people.map(person => ({
    ...{ email: null, phone: null, externalId: null, firstName: null, lastName: null },
    ...{ locale: null, country: null, timeZone: null, attributes: {} },
    ...{ createdAt: '2026-11-01T00:00:00Z', updatedAt: '2026-11-01T00:00:00Z' },
    ...person,
  }));
  await db.query(
    `INSERT INTO contact (id, external_id, email, email_hash, phone, phone_hash, first_name, last_name, locale, country,
                          time_zone, attributes, created_at, updated_at) OVERRIDING SYSTEM VALUE
     SELECT r.id, r."externalId", r.email, sha256(r.email::bytea), r.phone, sha256(r.phone::bytea), r."firstName",
            r."lastName", r.locale, r.country, r."timeZone", r.attributes, r."createdAt", r."updatedAt"
       FROM jsonb_to_recordset($1::jsonb) AS r (id bigint, "externalId" text, email text, phone text, "firstName" text,
            "lastName" text, locale text, country text, "timeZone" text, attributes jsonb, "createdAt" timestamptz,
            "updatedAt" timestamptz)`,
    [JSON.stringify(rows)],
  );
  const states = people.flatMap(({ id, consents = {} }) =>
    Object.entries(consents).map(([place, { status, expiresAt = null }]) => {
      const [channel, topic] = place.split('.');
      return { id, channel, topic: Number(topic), status, expiresAt };
    }),
  );
  await db.query(
    `INSERT INTO consent_state (contact_id, channel, topic_id, status, event_id, since, expires_at)
     SELECT r.id, r.channel, r.topic, r.status, (SELECT min(id) FROM consent_event), now(), r."expiresAt"
       FROM jsonb_to_recordset($1::jsonb) AS r (id bigint, channel text, topic bigint, status text, "expiresAt" timestamptz)`,
    [JSON.stringify(states)],
  );
}
