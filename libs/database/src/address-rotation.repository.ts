import { Injectable } from '@nestjs/common';
import { addressColumns, type AddressColumns } from './address-columns.js';
import { type RecordedKey } from './address-key-state.js';
import { Database } from './database.js';

/** One process looks after the keys at a time. */
const KEYS_LOCK = 4_862_011;
/** Fingerprints that travel at once; HMACs are made here and not in SQL, because a server may lack pgcrypto. */
const SET_SIZE = 20_000;

/** The database's side of adding a key. Everything here belongs into one transaction. */
@Injectable()
export class AddressRotationRepository {
  constructor(private readonly db: Database) {}

  /** Waits for whoever looks after the keys; held until the transaction ends. */
  async lock(): Promise<void> {
    await this.db.query('SELECT pg_advisory_xact_lock($1)', [KEYS_LOCK]);
  }

  recorded(): Promise<RecordedKey[]> {
    return this.db.query<RecordedKey>(
      'SELECT generation, check_value AS check FROM address_key ORDER BY generation',
    );
  }

  /** With `holdWriters`: whoever appends a fingerprint to the ledger holds contacts before that, and has committed. */
  async record({ generation, check }: RecordedKey, since: Date): Promise<void> {
    await this.db.query(
      `INSERT INTO address_key (generation, check_value, first_event_id, since)
       VALUES ($1, $2, CASE WHEN $1 = 1 THEN 0 ELSE (SELECT COALESCE(max(id), 0) + 1 FROM consent_event) END, $3)`,
      [generation, check, since],
    );
  }

  /** Whether this session's process has every key that the database was made with, by what it said when it connected. */
  async isCurrent(): Promise<boolean> {
    return (await this.#one('SELECT address_keys_current() AS value')) === true;
  }

  /** How many keys this session said it has. */
  async announced(): Promise<number> {
    return Number(await this.#one(`SELECT current_setting('ithn.address_generation', true) AS value`));
  }

  /** Somebody whose address and fingerprint are both known: whether a key is the right one shows there. */
  sample(): Promise<{ email: string; hash: Buffer } | null> {
    return this.db.queryOne(
      'SELECT email, email_hash AS hash FROM contact WHERE email IS NOT NULL ORDER BY id LIMIT 1',
    );
  }

  /**
   * Keeps everybody from writing fingerprints until the transaction ends; reading goes on. EXCLUSIVE, and the contacts
   * first: who holds a contact FOR SHARE will want to write a suppression next, and must be done before we begin.
   */
  async holdWriters(): Promise<void> {
    for (const { table } of addressColumns) await this.db.query(`LOCK TABLE ${table} IN EXCLUSIVE MODE`);
  }

  /**
   * Replaces every fingerprint by what `upgrade` makes of it. Each is upgraded once, however many rows have it; then
   * each table is written once, in one statement.
   * @returns how many different ones there were.
   */
  async replaceAll(upgrade: (hash: Buffer) => Buffer): Promise<number> {
    await this.db.query(
      'CREATE TEMPORARY TABLE upgraded (old bytea NOT NULL, new bytea NOT NULL) ON COMMIT DROP',
    );
    await this.db.query(`DECLARE fingerprints NO SCROLL CURSOR FOR ${everyFingerprint}`);
    let count = 0;
    for (;;) {
      const rows = await this.db.query<{ hash: Buffer }>(`FETCH ${SET_SIZE} FROM fingerprints`);
      if (rows.length === 0) break;
      await this.db.query('INSERT INTO upgraded SELECT * FROM unnest($1::bytea[], $2::bytea[])', [
        rows.map(row => row.hash),
        rows.map(row => upgrade(row.hash)),
      ]);
      count += rows.length;
    }
    await this.db.query('CLOSE fingerprints');
    await this.db.query('ANALYZE upgraded');
    for (const columns of addressColumns) {
      // What their own triggers would note of new suppressions is brought up here itself, or was noted long ago.
      await this.db.query(`ALTER TABLE ${columns.table} DISABLE TRIGGER USER`);
      await this.db.execute(replaceSql(columns));
      await this.db.query(`ALTER TABLE ${columns.table} ENABLE TRIGGER USER`);
    }
    return count;
  }

  async #one(sql: string): Promise<unknown> {
    return (await this.db.queryOne<{ value: unknown }>(sql))?.value ?? null;
  }
}

/** UNION, not UNION ALL: most of them stand in several tables. */
const everyFingerprint = addressColumns
  .flatMap(({ table, columns }) =>
    columns.map(column => `SELECT ${column} AS hash FROM ${table} WHERE ${column} IS NOT NULL`),
  )
  .join(' UNION ');

/**
 * One UPDATE a table, with a hash join for each column: a third faster than asking an index for each row, and most of the
 * time goes into the table's own indexes. A fingerprint that was overlooked would become NULL, which the tables refuse,
 * rather than stay behind.
 */
function replaceSql({ table, columns }: AddressColumns): string {
  const sets = columns.map((column, n) => `${column} = u${n}.new`);
  const joins = columns.map((column, n) => `LEFT JOIN upgraded u${n} ON u${n}.old = o.${column}`);
  const some = columns.map(column => `o.${column} IS NOT NULL`);
  return `UPDATE ${table} t SET ${sets.join(', ')} FROM ${table} o ${joins.join(' ')}
           WHERE o.ctid = t.ctid AND (${some.join(' OR ')})`;
}
