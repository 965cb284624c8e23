import { Injectable } from '@nestjs/common';
import { Database } from '#database';
import { type KeywordCommand } from './sms-keywords.js';

export interface CountryWord {
  command: KeywordCommand;
  /** As `foldSms` gives it. */
  word: string;
}

/** The words of countries, beside our own. */
@Injectable()
export class SmsKeywordRepository {
  constructor(private readonly db: Database) {}

  ofCountry(country: string): Promise<CountryWord[]> {
    return this.db.query<CountryWord>(
      'SELECT command, word FROM sms_keyword WHERE country = $1 ORDER BY command, word',
      [country],
    );
  }

  /** Those of the country that gave out this number. */
  ofPhone(phone: string): Promise<CountryWord[]> {
    return this.db.query<CountryWord>(
      'SELECT command, word FROM sms_keyword WHERE country = phone_country($1)',
      [phone],
    );
  }

  /** These and no others. Call it in a transaction. */
  async replace(country: string, words: readonly CountryWord[]): Promise<void> {
    await this.db.execute('DELETE FROM sms_keyword WHERE country = $1', [country]);
    await this.db.execute(
      `INSERT INTO sms_keyword (country, command, word)
       SELECT $1, command, word FROM unnest($2::text[], $3::text[]) AS w (command, word)`,
      [country, words.map(({ command }) => command), words.map(({ word }) => word)],
    );
  }
}
