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
      `SELECT ${COLUMNS} FROM sms_source WHERE sender_id = $1 ORDER BY country`,
      [senderId],
    );
    return rows.map(toSource);
  }

  /** Whose source a number or a Messaging Service is; an agency's may serve several senders. */
  async withValue(value: string): Promise<SourceOfSender[]> {
    const rows = await this.db.query<Row>(
      `SELECT ${COLUMNS} FROM sms_source WHERE value = $1 ORDER BY sender_id, country`,
      [value],
    );
    return rows.map(toSource);
  }

  /** These and no others. Call it in a transaction. @returns the values that are nobody's any more */
  async replace(senderId: number, sources: readonly SourceOfSender[]): Promise<string[]> {
    const before = await this.db.query<{ value: string }>(
      'DELETE FROM sms_source WHERE sender_id = $1 RETURNING value',
      [senderId],
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
        WHERE NOT EXISTS (SELECT FROM sms_source s WHERE s.value = gone)`,
      [before.map(({ value }) => value)],
    );
    return left.map(({ value }) => value);
  }
}

function toSource({ parts, per, ...row }: Row): SourceOfSender {
  const rate: Rate | null = parts === null || per === null ? null : { messages: parts, per };
  return { ...row, rate };
}
