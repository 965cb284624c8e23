import { Injectable } from '@nestjs/common';
import { Database, decodeCursor, type PageRequest } from '#database';
import { COUNTRY_CLOSED } from '../settlement.js';
import { type SmsClosure } from './sms-closure.js';

const COLUMNS = `id, NULLIF(source, '') AS source, NULLIF(country, '') AS country, code, closed_at AS "closedAt",
                 reopened_at AS "reopenedAt", reopened_by AS "reopenedBy", why`;

/**
 * The countries (the column country; '': none is known) that a sender's SMS do not go to now: closed for the account, or for
 * the source that its phones are written to from.
 * @param senderId SQL
 */
export function closedCountriesSql(senderId: string): string {
  return `SELECT DISTINCT x.country FROM sms_closure x
           WHERE x.reopened_at IS NULL
             AND (x.source = ''
                  OR x.source = (SELECT s.value FROM sms_source s
                                  WHERE s.sender_id = ${senderId} AND s.retired_at IS NULL AND s.country IN (x.country, '')
                                  ORDER BY s.country DESC LIMIT 1))`;
}

/** Countries that are closed, and were. */
@Injectable()
export class SmsClosureRepository {
  constructor(private readonly db: Database) {}

  /** @returns null when it is closed already, or was opened again since the message left */
  close(
    { source, country, code }: Pick<SmsClosure, 'source' | 'country' | 'code'>,
    sentAt: Date,
    now: Date,
  ): Promise<SmsClosure | null> {
    return this.db.queryOne<SmsClosure>(
      `INSERT INTO sms_closure (source, country, code, closed_at)
       SELECT $1, $2, $3, $5
        WHERE NOT EXISTS (SELECT FROM sms_closure x WHERE x.source = $1 AND x.country = $2 AND x.reopened_at >= $4)
       ON CONFLICT (source, country) WHERE reopened_at IS NULL DO NOTHING RETURNING ${COLUMNS}`,
      [source ?? '', country ?? '', code, sentAt, now],
    );
  }

  /** @returns null when it is none that is closed */
  reopen(id: number, why: string, actor: string, now: Date): Promise<SmsClosure | null> {
    return this.db.queryOne<SmsClosure>(
      `UPDATE sms_closure SET reopened_at = $4, reopened_by = $3, why = $2
        WHERE id = $1 AND reopened_at IS NULL RETURNING ${COLUMNS}`,
      [id, why, actor, now],
    );
  }

  find(id: number): Promise<SmsClosure | null> {
    return this.db.queryOne<SmsClosure>(`SELECT ${COLUMNS} FROM sms_closure WHERE id = $1`, [id]);
  }

  /** The newest first. */
  list(isOpen: boolean | null, { limit, cursor }: PageRequest): Promise<SmsClosure[]> {
    return this.db.query<SmsClosure>(
      `SELECT ${COLUMNS} FROM sms_closure
        WHERE ($1::boolean IS NULL OR (reopened_at IS NOT NULL) = $1) AND ($2::bigint IS NULL OR id < $2)
        ORDER BY id DESC LIMIT $3`,
      [isOpen, decodeCursor(cursor) ?? null, limit + 1],
    );
  }

  /** Which of a sender's countries are closed; null among them: those of no known country. */
  async countriesOf(senderId: number): Promise<(string | null)[]> {
    const rows = await this.db.query<{ country: string }>(closedCountriesSql('$1'), [senderId]);
    return rows.map(({ country }) => country || null);
  }

  /** The closed countries that messages of a dispatch wait for. */
  async waitedFor(dispatchId: number, senderId: number): Promise<(string | null)[]> {
    const rows = await this.db.query<{ country: string }>(
      `SELECT country FROM (${closedCountriesSql('$2')}) closed
        WHERE EXISTS (SELECT FROM message m JOIN contact c ON c.id = m.contact_id
                       WHERE m.dispatch_id = $1 AND m.state = 'deferred' AND m.reason = '${COUNTRY_CLOSED}'
                         AND COALESCE(c.phone_country, '') = closed.country) ORDER BY country`,
      [dispatchId, senderId],
    );
    return rows.map(({ country }) => country || null);
  }

  /** Of whom a message was, by now: whose it was, and the country of their phone. */
  async phoneCountryOf(contactId: number): Promise<string | null> {
    const row = await this.db.queryOne<{ country: string | null }>(
      'SELECT phone_country AS country FROM contact WHERE id = $1',
      [contactId],
    );
    return row?.country ?? null;
  }
}
