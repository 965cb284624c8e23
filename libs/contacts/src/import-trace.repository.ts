import { Injectable } from '@nestjs/common';
import { Database } from '#database';
import { type Contact } from './contact.entity.js';

/** A cell's digits without leading zeros, Arabic and Persian ones too: a phone number as somebody may have written it. */
const DIGITS = `ltrim(regexp_replace(translate(cell, '٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹', '01234567890123456789'), '[^0-9]', '', 'g'), '0')`;
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
    const names = [firstName, lastName].filter(name => name !== null && name.trim() !== '');
    await this.db.execute(
      `UPDATE import_rejection r
          SET row = '[]', field = NULL, message = 'The row was about somebody who has been erased.'
        WHERE EXISTS (
              SELECT FROM jsonb_array_elements_text(r.row) AS cell
               WHERE strpos(lower(cell), lower($1)) > 0 OR lower(btrim(cell)) = lower($3)
                  OR (length(${DIGITS}) >= ${TELLING_DIGITS} AND right($2, length(${DIGITS})) = ${DIGITS}))
           OR (cardinality($4::text[]) = 2 AND (
              SELECT bool_and(EXISTS (SELECT FROM jsonb_array_elements_text(r.row) AS cell
                                       WHERE strpos(lower(cell), lower(btrim(name))) > 0))
                FROM unnest($4::text[]) AS name))`,
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
