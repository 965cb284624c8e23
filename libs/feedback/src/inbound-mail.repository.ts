import { Injectable } from '@nestjs/common';
import { Database, storable } from '#database';

/** A mail as it arrived. */
export interface StoredMail {
  id: number;
  envelopeFrom: string;
  recipient: string;
  receivedAt: Date;
  digest: Buffer;
  raw: Buffer;
  tries: number;
}

/** Mail that arrived for us, until it was read. */
@Injectable()
export class InboundMailRepository {
  constructor(private readonly db: Database) {}

  /** Keeps a mail once for each address it came to. Committed when this returns: only then may its server forget it. */
  async insert(
    mails: readonly { digest: Buffer; envelopeFrom: string; recipient: string }[],
    raw: Buffer,
    now: Date,
  ): Promise<void> {
    await this.db.transaction(async () => {
      for (const { digest, envelopeFrom, recipient } of mails) {
        await this.db.query(
          `INSERT INTO inbound_mail (digest, envelope_from, recipient, received_at, raw, due_at)
           VALUES ($1, $2, $3, $4, $5, $4) ON CONFLICT (digest) DO NOTHING`,
          [digest, storable(envelopeFrom), storable(recipient), now, raw],
        );
      }
    });
  }

  /** The next mail to read, locked; null: none is due. */
  next(now: Date): Promise<StoredMail | null> {
    return this.db.queryOne<StoredMail>(
      `SELECT id, envelope_from AS "envelopeFrom", recipient, received_at AS "receivedAt", digest, raw, tries
         FROM inbound_mail WHERE state = 'waiting' AND due_at <= $1 ORDER BY due_at, id LIMIT 1 FOR UPDATE SKIP LOCKED`,
      [now],
    );
  }

  async markRead(id: number): Promise<void> {
    await this.db.execute(`UPDATE inbound_mail SET state = 'read', raw = NULL WHERE id = $1`, [id]);
  }

  /** It could not be read: again at `dueAt`, or (null) never; then it stays for somebody to look at. */
  async markFailed(id: number, dueAt: Date | null): Promise<void> {
    await this.db.execute(
      `UPDATE inbound_mail SET tries = tries + 1, due_at = COALESCE($2, due_at),
              state = CASE WHEN $2::timestamptz IS NULL THEN 'unreadable' ELSE state END WHERE id = $1`,
      [id, dueAt],
    );
  }

  /** Mails of which all that is needed is known, and those nobody could read, after so long. */
  async forgetBefore(before: Date): Promise<number> {
    return this.db.execute(`DELETE FROM inbound_mail WHERE state <> 'waiting' AND received_at < $1`, [
      before,
    ]);
  }
}
