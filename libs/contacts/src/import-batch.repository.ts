import { Injectable } from '@nestjs/common';
import { brokenForeignKey, brokenUnique, Database } from '#database';
import { type Fingerprints } from './fingerprints.js';
import { type MatchKey, matchKeys } from './contact-profile.js';
import { type Person } from './import-batch.js';
import { type ImportRow } from './import-row.js';

const PERSON = `
  id, external_id AS "externalId", email, phone, first_name AS "firstName", last_name AS "lastName",
  locale, country, time_zone AS "timeZone", attributes`;

/** Deadlock detected, serialization failure (PostgreSQL manual, appendix A). */
const TRANSIENT = new Set(['40P01', '40001']);

const OVERWRITE = `
  ON CONFLICT (id) DO UPDATE
     SET external_id = excluded.external_id, email = excluded.email, email_hash = excluded.email_hash,
         phone = excluded.phone, phone_hash = excluded.phone_hash, first_name = excluded.first_name,
         last_name = excluded.last_name, locale = excluded.locale, country = excluded.country,
         time_zone = excluded.time_zone, attributes = excluded.attributes, updated_at = excluded.updated_at`;

/** The sets of an import's batch: one statement each, whatever the number of rows. */
@Injectable()
export class ImportBatchRepository {
  constructor(private readonly db: Database) {}

  /**
   * Everybody stored who has any key of these rows, locked until the batch commits. In the order of ids, so that two
   * imports of the same people wait for each other instead of blocking each other.
   * The three indexes are joined by a bitmap OR: 3 to 5 ms for 1,000 rows among a million contacts.
   */
  known(rows: readonly ImportRow[]): Promise<Person[]> {
    return this.db.query<Person>(
      `SELECT ${PERSON} FROM contact
        WHERE external_id = ANY($1::text[]) OR email = ANY($2::text[]) OR phone = ANY($3::text[])
        ORDER BY id FOR UPDATE`,
      matchKeys.map(key => keysOf(rows, key)),
    );
  }

  /** Numbers for new people, taken before they are written: what belongs to them can then be written along. */
  async newIds(count: number): Promise<number[]> {
    if (count === 0) return [];
    const rows = await this.db.query<{ id: number }>(
      `SELECT nextval(pg_get_serial_sequence('contact', 'id')) AS id FROM generate_series(1, $1::integer)`,
      [count],
    );
    return rows.map(({ id }) => id);
  }

  /** Clears the keys of those who give one up to another of the batch: uniqueness is checked row by row. */
  async clearKeys(ids: readonly number[]): Promise<void> {
    if (ids.length === 0) return;
    await this.db.execute(
      `UPDATE contact SET external_id = NULL, email = NULL, email_hash = NULL, phone = NULL, phone_hash = NULL
        WHERE id = ANY($1::bigint[])`,
      [ids],
    );
  }

  /** New people. Without a word on conflicts, for which PostgreSQL would look before each row. */
  async insert(people: readonly Person[], fingerprints: Fingerprints, now: Date): Promise<void> {
    await this.#write('', people, fingerprints, now);
  }

  /** People who are stored, and locked by the caller; in a dry run also such as would be. */
  async overwrite(people: readonly Person[], fingerprints: Fingerprints, now: Date): Promise<void> {
    await this.#write(OVERWRITE, people, fingerprints, now);
  }

  async #write(
    onConflict: string,
    people: readonly Person[],
    fingerprints: Fingerprints,
    now: Date,
  ): Promise<void> {
    if (people.length === 0) return;
    await this.db.query(
      `INSERT INTO contact (id, external_id, email, email_hash, phone, phone_hash, first_name, last_name, locale,
                            country, time_zone, attributes, created_at, updated_at)
       OVERRIDING SYSTEM VALUE
       SELECT p.id, p.external_id, p.email, p.email_hash, p.phone, p.phone_hash, p.first_name, p.last_name, p.locale,
              p.country, p.time_zone, p.attributes::jsonb, $13, $13
         FROM unnest($1::bigint[], $2::text[], $3::text[], $4::bytea[], $5::text[], $6::bytea[], $7::text[], $8::text[],
                     $9::text[], $10::text[], $11::text[], $12::text[])
           AS p (id, external_id, email, email_hash, phone, phone_hash, first_name, last_name, locale, country,
                 time_zone, attributes)
       ${onConflict}`,
      [
        people.map(person => person.id),
        people.map(person => person.externalId),
        people.map(person => person.email),
        people.map(({ email }) => (email === null ? null : fingerprints.of('email', email))),
        people.map(person => person.phone),
        people.map(({ phone }) => (phone === null ? null : fingerprints.of('sms', phone))),
        people.map(person => person.firstName),
        people.map(person => person.lastName),
        people.map(person => person.locale),
        people.map(person => person.country),
        people.map(person => person.timeZone),
        people.map(person => JSON.stringify(person.attributes)),
        now,
      ],
    );
  }

  /** Whom the batches before this one of a dry run would have created or changed, as they would be now. */
  async rehearsed(
    importId: number,
    rows: readonly ImportRow[],
    knownIds: readonly number[],
  ): Promise<Person[]> {
    const found = await this.db.query<{ person: Person }>(
      `SELECT person FROM import_rehearsal
        WHERE import_id = $1
          AND (external_id = ANY($2::text[]) OR email = ANY($3::text[]) OR phone = ANY($4::text[])
               OR contact_id = ANY($5::bigint[]))`,
      [importId, ...matchKeys.map(key => keysOf(rows, key)), knownIds],
    );
    return found.map(({ person }) => person);
  }

  async rehearse(importId: number, people: readonly Person[]): Promise<void> {
    if (people.length === 0) return;
    await this.db.query(
      `INSERT INTO import_rehearsal (import_id, contact_id, external_id, email, phone, person)
       SELECT $1, p.id, p.external_id, p.email, p.phone, p.person::jsonb
         FROM unnest($2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[])
           AS p (id, external_id, email, phone, person)
       ON CONFLICT (import_id, contact_id) DO UPDATE
          SET external_id = excluded.external_id, email = excluded.email, phone = excluded.phone,
              person = excluded.person`,
      [
        importId,
        people.map(person => person.id),
        people.map(person => person.externalId),
        people.map(person => person.email),
        people.map(person => person.phone),
        people.map(person => JSON.stringify(person)),
      ],
    );
  }

  /** Does the work and takes it all back, inside the open transaction. */
  async rolledBack<T>(work: () => Promise<T>): Promise<T> {
    await this.db.query('SAVEPOINT rehearsal');
    const result = await work();
    await this.db.query('ROLLBACK TO SAVEPOINT rehearsal');
    return result;
  }

  /** Somebody else wrote the same people at the same moment: the batch is read and decided anew. */
  isRace(error: unknown): boolean {
    if (brokenUnique(error) !== null) return true;
    return (
      typeof error === 'object' && error !== null && 'code' in error && TRANSIENT.has(String(error.code))
    );
  }

  /** A topic that was deleted while the import ran. */
  isTopicGone(error: unknown): boolean {
    return brokenForeignKey(error)?.includes('topic') ?? false;
  }
}

function keysOf(rows: readonly ImportRow[], key: MatchKey): string[] {
  return [...new Set(rows.map(row => row.fields[key]).filter(value => value !== undefined))];
}
