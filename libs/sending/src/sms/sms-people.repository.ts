import { Injectable } from '@nestjs/common';
import { Database } from '#database';
import { type Imagined } from '../imagined.js';
import { type MessageKey } from '../message-key.js';

/** Somebody as an SMS is written for them. */
export type PhonePerson = Imagined & { contactId: number; phoneCountry: string | null };

/** People by their phones. */
@Injectable()
export class SmsPeopleRepository {
  constructor(private readonly db: Database) {}

  async countriesOf(contactIds: readonly number[]): Promise<(string | null)[]> {
    const rows = await this.db.query<{ country: string | null }>(
      'SELECT DISTINCT phone_country AS country FROM contact WHERE id = ANY($1::bigint[])',
      [contactIds],
    );
    return rows.map(({ country }) => country);
  }

  /** The country that a number was given out by; null: none that is known. */
  async countryOf(phone: string): Promise<string | null> {
    const row = await this.db.queryOne<{ country: string | null }>('SELECT phone_country($1) AS country', [
      phone,
    ]);
    return row?.country ?? null;
  }

  /** A message as the next one may be: how long its links are depends on its numbers. */
  async likelyKey(): Promise<MessageKey> {
    const row = await this.db.queryOne<MessageKey>(
      `SELECT (SELECT COALESCE(max(id), 0) + 1 FROM dispatch) AS "dispatchId",
              (SELECT COALESCE(max(id), 1) FROM contact) AS "contactId"`,
    );
    return row ?? { dispatchId: 1, contactId: 1 };
  }

  people(contactIds: readonly number[]): Promise<PhonePerson[]> {
    return this.db.query<PhonePerson>(
      `SELECT id AS "contactId", first_name AS "firstName", last_name AS "lastName", email, phone, locale, country,
              time_zone AS "timeZone", attributes, phone_country AS "phoneCountry"
         FROM contact WHERE id = ANY($1::bigint[]) ORDER BY id`,
      [contactIds],
    );
  }
}
