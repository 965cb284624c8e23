import { Injectable } from '@nestjs/common';
import { Database } from '#database';
import { type Rate, type RatePeriod } from '../pacing/rate.js';
import { type SourceOfSender } from './sms-source.js';

type Row = Omit<SourceOfSender, 'rate'> & { parts: number | null; per: RatePeriod | null };

const COLUMNS = `sender_id AS "senderId", NULLIF(country, '') AS country, kind, value, parts, per,
                 provider_answers AS "providerAnswers"`;

/** Whom SMS come from. */
@Injectable()
export class SmsSourceRepository {
  constructor(private readonly db: Database) {}

  async ofSender(senderId: number): Promise<SourceOfSender[]> {
    const rows = await this.db.query<Row>(
      `SELECT ${COLUMNS} FROM sms_source WHERE sender_id = $1 AND retired_at IS NULL ORDER BY sms_source.country`,
      [senderId],
    );
    return rows.map(toSource);
  }

  /**
   * Whose source a number or a Messaging Service is, or was: people answer old messages, too. An agency's may serve several
   * senders; one that is in use comes first.
   */
  async withValue(value: string): Promise<SourceOfSender[]> {
    const rows = await this.db.query<Row>(
      `SELECT ${COLUMNS} FROM sms_source WHERE value = $1 ORDER BY retired_at IS NOT NULL, sender_id, sms_source.country`,
      [value],
    );
    return rows.map(toSource);
  }

  /** These and no others. Call it in a transaction. @returns the values that are nobody's any more */
  async replace(senderId: number, sources: readonly SourceOfSender[], now: Date): Promise<string[]> {
    // What was retired before and comes back is in use again; and one is retired once, whatever it served.
    await this.db.execute(
      'DELETE FROM sms_source WHERE sender_id = $1 AND retired_at IS NOT NULL AND value = ANY($2::text[])',
      [senderId, sources.map(({ value }) => value)],
    );
    const before = await this.db.query<{ value: string }>(
      'UPDATE sms_source SET retired_at = $2 WHERE sender_id = $1 AND retired_at IS NULL RETURNING value',
      [senderId, now],
    );
    await this.db.execute(
      `DELETE FROM sms_source s WHERE s.sender_id = $1 AND s.retired_at IS NOT NULL
          AND (s.value = ANY($2::text[])
               OR EXISTS (SELECT FROM sms_source o WHERE o.sender_id = $1 AND o.value = s.value AND o.id < s.id))`,
      [senderId, sources.map(({ value }) => value)],
    );
    await this.db.execute(
      `INSERT INTO sms_source (sender_id, country, kind, value, parts, per, provider_answers)
       SELECT $1, COALESCE(country, ''), kind, value, parts, per, provider_answers
         FROM jsonb_to_recordset($2::jsonb) AS s (country text, kind text, value text, parts int, per text,
                                                   provider_answers boolean)`,
      [
        senderId,
        JSON.stringify(
          sources.map(({ country, kind, value, rate, providerAnswers }) => ({
            ...{ country, kind, value, parts: rate?.messages ?? null, per: rate?.per ?? null },
            provider_answers: providerAnswers,
          })),
        ),
      ],
    );
    const left = await this.db.query<{ value: string }>(
      `SELECT DISTINCT gone AS value FROM unnest($1::text[]) AS gone
        WHERE NOT EXISTS (SELECT FROM sms_source s WHERE s.value = gone AND s.retired_at IS NULL)`,
      [before.map(({ value }) => value)],
    );
    return left.map(({ value }) => value);
  }
}

function toSource({ parts, per, ...row }: Row): SourceOfSender {
  const rate: Rate | null = parts === null || per === null ? null : { messages: parts, per };
  return { ...row, rate };
}
