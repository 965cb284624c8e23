import { Injectable } from '@nestjs/common';
import { Database } from '#database';
import { type Contact } from './contact.entity.js';

/** Arabic and Persian digits made Latin; what people write between digits left out. */
const latin = (text: string): string =>
  `translate(${text}, '٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹ ()-./', '01234567890123456789')`;
/** A cell's digits without leading zeros: a phone number as somebody may have written it. */
const DIGITS = `ltrim(regexp_replace(${latin('cell')}, '[^0-9]', '', 'g'), '0')`;
/** So many digits at its end make a phone number one person's, with or without the country. */
const TELLING_DIGITS = 7;

/** What uploaded files leave behind of people: refused rows, and the notes of dry runs. */
@Injectable()
export class ImportTraceRepository {
  constructor(private readonly db: Database) {}

  /**
   * Blanks the refused rows that name this person, by any of their keys or by their whole name, in whatever spelling the
   * file had. That a row was refused, and where, stays. The file itself is deleted when its import ends.
   */
  async forget({ id, email, phone, externalId, firstName, lastName }: Contact): Promise<void> {
    const digits = phone?.replace(/\D/g, '') ?? '';
    const names = [firstName, lastName].flatMap(name => (name?.trim() ? [name.trim()] : []));
    // First whatever the row's text as a whole rules out, which is nearly all: 200,000 rows are searched in about a second.
    await this.db.execute(
      `WITH suspect AS MATERIALIZED (
         SELECT import_id, line, row FROM import_rejection CROSS JOIN LATERAL (SELECT lower(row::text) AS text) whole
          WHERE strpos(text, lower($1)) > 0 OR strpos(text, ${escaped('$3::text')}) > 0
             OR (length($2) >= ${TELLING_DIGITS} AND strpos(${latin('text')}, right($2, ${TELLING_DIGITS})) > 0)
             OR (cardinality($4::text[]) = 2 AND strpos(text, ${escaped('($4::text[])[1]')}) > 0)
       ), named AS (
         SELECT s.import_id, s.line FROM suspect s CROSS JOIN LATERAL (
           SELECT bool_or(strpos(cell, lower($1)) > 0 OR btrim(cell) = lower($3)
                          OR (length(${DIGITS}) >= ${TELLING_DIGITS} AND right($2, length(${DIGITS})) = ${DIGITS})) AS by_key,
                  bool_or(strpos(cell, lower(($4::text[])[1])) > 0) AND bool_or(strpos(cell, lower(($4::text[])[2])) > 0) AS by_name
             FROM (SELECT lower(value) AS cell FROM jsonb_array_elements_text(s.row)) cells) found
          WHERE by_key OR by_name
       )
       UPDATE import_rejection r
          SET row = '[]', field = NULL, message = 'The row was about somebody who has been erased.'
         FROM named WHERE r.import_id = named.import_id AND r.line = named.line`,
      [email, digits, externalId, names],
    );
    await this.db.execute(
      'DELETE FROM import_rehearsal WHERE contact_id = $1 OR email = $2 OR phone = $3 OR external_id = $4',
      [id, email, phone, externalId],
    );
  }

  /** Deletes refused rows of imports that ended before then. @returns how many; as many as `most` when there may be more. */
  forgetRejections(endedBefore: Date, most: number): Promise<number> {
    return this.db.execute(
      `DELETE FROM import_rejection WHERE (import_id, line) IN (
         SELECT r.import_id, r.line FROM import_rejection r JOIN import i ON i.id = r.import_id
          WHERE i.finished_at < $1 LIMIT $2 FOR UPDATE OF r SKIP LOCKED)`,
      [endedBefore, most],
    );
  }
}

/** A text as it stands inside of JSON, lower-cased. */
function escaped(text: string): string {
  return `lower(btrim(to_jsonb(${text})::text, '"'))`;
}
