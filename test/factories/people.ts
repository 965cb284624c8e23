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
  orders?: Order[];
  events?: { name: string; at: string }[];
  clicks?: { at: string; kind?: 'open' | 'click'; machine?: string | null }[];
  replies?: { at: string; kind?: string; state?: string }[];
}

/** Amounts in units of the currency. */
export interface Order {
  placedAt: string | null;
  currency?: string | null;
  total?: number | null;
  refunded?: number;
  categories?: string[];
  /** The shop took it back, or gave all of it back. */
  end?: 'cancelled' | 'refunded' | null;
}

/** What scores are given by in tests: days, numbers of purchases, riyals. Dollars have no scale. */
export const scales = {
  recency: [10, 30, 90, 365],
  frequency: [2, 3, 5, 10],
  value: { SAR: [100, 200, 500, 1000] },
} as const;

/** A sender with topics 1 and 2, and attributes of every type, in an empty database. */
export async function prepareForPeople(db: Database): Promise<void> {
  await db.query(
    `INSERT INTO sender (key, trading_name, created_at, updated_at) VALUES ('nakheel', 'Nakheel', now(), now())`,
  );
  await db.query(`INSERT INTO topic (sender_id, key, name, created_at, updated_at) VALUES
    (1, 'offers', '{"en": "Offers", "ar": "العروض"}', now(), now()), (1, 'news', '{"en": "News"}', now(), now())`);
  await db.query(`INSERT INTO attribute (key, type, created_at) VALUES
    ('plan', 'text', now()), ('score', 'number', now()), ('birthday', 'date', now()), ('vip', 'boolean', now()), ('tags', 'list', now())`);
  await db.query(
    `INSERT INTO shop (name, kind, sender_id, created_at, updated_at) VALUES ('Nakheel', 'generic', 1, now(), now())`,
  );
  await db.query(
    `INSERT INTO purchase_scale (measure, currency, bounds, updated_at)
     VALUES ('recency', '', $1, now()), ('frequency', '', $2, now()), ('value', 'SAR', $3, now())`,
    [scales.recency, scales.frequency, scales.value.SAR.map(bound => bound * 1_000_000)],
  );
  await db.query(`INSERT INTO consent_event (contact_id, action, method, source, actor, occurred_at, recorded_at)
    VALUES (0, 'withdrawn', 'tests', 'tests', 'tests', now(), now())`);
}

/** Replaces everybody. Rows go in as they are, also such as the API would refuse. */
export async function storePeople(db: Database, people: Person[]): Promise<void> {
  await db.query('TRUNCATE contact, consent_state, engagement_event, feedback CASCADE');
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
  await storeDeeds(db, people);
}

/** What they bought, did, clicked and answered. */
async function storeDeeds(db: Database, people: Person[]): Promise<void> {
  const all = <T>(of: (person: Person) => readonly T[] | undefined): string =>
    JSON.stringify(people.flatMap(person => (of(person) ?? []).map(one => ({ id: person.id, ...one }))));
  await db.query(
    `INSERT INTO shop_order (shop_id, external_id, contact_id, currency, total, refunded, categories, placed_at,
                             cancelled_at, refunded_at, told_at, created_at, updated_at)
     SELECT (SELECT min(id) FROM shop), row_number() OVER ()::text, r.id, r.currency, r.total * 1000000,
            COALESCE(r.refunded, 0) * 1000000, COALESCE(r.categories, '{}'), r."placedAt",
            CASE r.end WHEN 'cancelled' THEN now() END, CASE r.end WHEN 'refunded' THEN now() END, now(), now(), now()
       FROM jsonb_to_recordset($1::jsonb) AS r (id bigint, currency text, total numeric, refunded numeric,
            categories text[], "placedAt" timestamptz, "end" text)`,
    [all(({ orders }) => orders)],
  );
  await db.query('SELECT refresh_purchase_facts($1)', [people.map(({ id }) => id)]);
  await db.query(
    `INSERT INTO person_event (contact_id, name, occurred_at, received_at)
     SELECT r.id, r.name, r.at, r.at FROM jsonb_to_recordset($1::jsonb) AS r (id bigint, name text, at timestamptz)`,
    [all(({ events }) => events)],
  );
  await db.query(
    `INSERT INTO engagement_event (dispatch_id, contact_id, id, kind, link, link_count, occurred_at, agent, machine)
     SELECT 1, r.id, row_number() OVER (), COALESCE(r.kind, 'click'), CASE WHEN r.kind = 'open' THEN NULL ELSE 1 END,
            CASE WHEN r.kind = 'open' THEN NULL ELSE 3 END, r.at, 'tests', r.machine
       FROM jsonb_to_recordset($1::jsonb) AS r (id bigint, at timestamptz, kind text, machine text)`,
    [all(({ clicks }) => clicks)],
  );
  await db.query(
    `INSERT INTO feedback (source, source_event_id, kind, dispatch_id, contact_id, occurred_at, received_at, state, channel)
     SELECT 'tests', row_number() OVER ()::text, COALESCE(r.kind, 'replied'), 1, r.id, r.at, r.at,
            COALESCE(r.state, 'applied'), 'email'
       FROM jsonb_to_recordset($1::jsonb) AS r (id bigint, at timestamptz, kind text, state text)`,
    [all(({ replies }) => replies)],
  );
}
