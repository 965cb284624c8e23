import { Injectable } from '@nestjs/common';
import { Database } from '#database';
import { type SmsPrice } from './sms-price.js';

/** What parts of SMS cost. */
@Injectable()
export class SmsPriceRepository {
  constructor(private readonly db: Database) {}

  all(): Promise<SmsPrice[]> {
    return this.db.query<SmsPrice>(
      `SELECT NULLIF(country, '') AS country, NULLIF(source, '') AS source, micros
         FROM sms_price ORDER BY sms_price.country, sms_price.source`,
    );
  }

  /** These and no others. Call it in a transaction: whoever replaces them meanwhile waits for its end. */
  async replace(prices: readonly SmsPrice[]): Promise<void> {
    await this.db.query('LOCK TABLE sms_price IN SHARE ROW EXCLUSIVE MODE');
    await this.db.execute('DELETE FROM sms_price');
    await this.db.execute(
      `INSERT INTO sms_price (country, source, micros)
       SELECT COALESCE(country, ''), COALESCE(source, ''), micros
         FROM jsonb_to_recordset($1::jsonb) AS p (country text, source text, micros bigint)`,
      [JSON.stringify(prices)],
    );
  }
}
