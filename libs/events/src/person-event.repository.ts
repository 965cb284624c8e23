import { Injectable } from '@nestjs/common';
import { Database, decodeCursor, type PageRequest } from '#database';
import { type EventName, type PersonEvent } from './person-event.js';

const COLUMNS = `id, contact_id AS "contactId", name, source, key, data, occurred_at AS "occurredAt", received_at AS "receivedAt"`;

/** Names that there are; more of them than these are a program's mistake, such as an id in the name, and are not listed. */
const MOST_NAMES = 500;

const NAMES_SEEN = `
  WITH RECURSIVE walk AS (
    (SELECT name, 1 AS n FROM person_event ORDER BY name LIMIT 1)
     UNION ALL
    SELECT (SELECT e.name FROM person_event e WHERE e.name > walk.name ORDER BY e.name LIMIT 1), n + 1
      FROM walk WHERE walk.name IS NOT NULL AND n < ${MOST_NAMES}
  ), seen AS (SELECT name FROM walk WHERE name IS NOT NULL)`;

/** A teller's own id of an event, among those of its system. */
export interface TellersKey {
  source: string;
  key: string;
}

/** Neither part has a space. */
export function keyName({ source, key }: TellersKey): string {
  return `${source} ${key}`;
}

@Injectable()
export class PersonEventRepository {
  constructor(private readonly db: Database) {}

  /**
   * Writes many in one statement. Numbers are drawn first, so that each answer finds its event. In the order of their keys,
   * so that two batches with the same keys wait for each other and never both ways.
   * @returns those that are new, by their place in the list; a key that is there already is left out
   */
  async insert(events: readonly Omit<PersonEvent, 'id'>[]): Promise<Map<number, PersonEvent>> {
    if (events.length === 0) return new Map();
    const rows = await this.db.query<{ n: number; id: number }>(
      `WITH told AS MATERIALIZED (
         SELECT t.*, nextval(pg_get_serial_sequence('person_event', 'id')) AS id
           FROM jsonb_to_recordset($1::jsonb) AS t (n int, "contactId" bigint, name text, source text, key text, data jsonb,
                "occurredAt" timestamptz, "receivedAt" timestamptz)
       ), stored AS (
         INSERT INTO person_event (id, contact_id, name, source, key, data, occurred_at, received_at) OVERRIDING SYSTEM VALUE
         SELECT id, "contactId", name, source, key, data, "occurredAt", "receivedAt" FROM told ORDER BY source, key, n
         ON CONFLICT (source, key) DO NOTHING RETURNING id
       )
       SELECT told.n, told.id FROM told JOIN stored ON stored.id = told.id`,
      [JSON.stringify(events.map((event, n) => ({ n, ...event })))],
    );
    return new Map(rows.map(({ n, id }) => [n, { ...(events[n] as PersonEvent), id }]));
  }

  /** By the tellers' own ids, named as `keyName` does. */
  async withKeys(keys: readonly TellersKey[]): Promise<Map<string, PersonEvent>> {
    if (keys.length === 0) return new Map();
    const rows = await this.db.query<PersonEvent & TellersKey>(
      `SELECT ${COLUMNS} FROM person_event
        WHERE (source, key) IN (SELECT * FROM unnest($1::text[], $2::text[]))`,
      [keys.map(({ source }) => source), keys.map(({ key }) => key)],
    );
    return new Map(rows.map(event => [keyName(event), event]));
  }

  /** The newest that we heard of first. */
  ofContact(contactId: number, { limit, cursor }: PageRequest, name: string | null): Promise<PersonEvent[]> {
    return this.db.query<PersonEvent>(
      `SELECT ${COLUMNS} FROM person_event
        WHERE contact_id = $1 AND ($2::text IS NULL OR name = $2) AND ($3::bigint IS NULL OR id < $3)
        ORDER BY id DESC LIMIT $4`,
      [contactId, name, decodeCursor(cursor), limit + 1],
    );
  }

  /** All of a person, in the order in which they happened. */
  everyOf(contactId: number): Promise<PersonEvent[]> {
    return this.db.query<PersonEvent>(
      `SELECT ${COLUMNS} FROM person_event WHERE contact_id = $1 ORDER BY occurred_at, id`,
      [contactId],
    );
  }

  /**
   * The names there are, each found behind the one before it in the index (name, occurred_at): as many look-ups as names,
   * however many events.
   */
  async namesSeen(): Promise<string[]> {
    const rows = await this.db.query<{ name: string }>(`${NAMES_SEEN} SELECT name FROM seen ORDER BY name`);
    return rows.map(({ name }) => name);
  }

  /** The same with how many there are of each, counted from the index alone. */
  names(): Promise<EventName[]> {
    return this.db.query<EventName>(
      `${NAMES_SEEN}
       SELECT seen.name, told.count, told.last AS "lastOccurredAt" FROM seen
        CROSS JOIN LATERAL (SELECT count(*) AS count, max(e.occurred_at) AS last FROM person_event e
                             WHERE e.name = seen.name) told
        WHERE told.count > 0 ORDER BY seen.name`,
    );
  }
}
