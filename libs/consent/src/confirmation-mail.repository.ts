import { Injectable } from '@nestjs/common';
import { type Channel } from '#common';
import { Database, storable } from '#database';
import {
  type ConfirmationRequest,
  type MailKind,
  type MailOutcome,
  REMINDER_MS,
  type settleMail,
  type Withheld,
} from './confirmation.js';
import { REQUEST_COLUMNS } from './confirmation.repository.js';

/** A mail whose time has come, with its request, both locked. */
export interface DueMail extends ConfirmationRequest {
  kind: MailKind;
  attempt: number;
  nonce: Buffer;
  superseded: boolean;
}

/** The mails that ask for a confirmation, each of which is sent once. */
@Injectable()
export class ConfirmationMailRepository {
  constructor(private readonly db: Database) {}

  async add(requestId: number, kind: MailKind, dueAt: Date): Promise<void> {
    await this.db.query(
      `INSERT INTO confirmation_mail (request_id, kind, state, due_at) VALUES ($1, $2, 'due', $3) ON CONFLICT DO NOTHING`,
      [requestId, kind, dueAt],
    );
  }

  /** One mail that is due, locked with its request and contact: none of them changes until this transaction ends. */
  lockDue(now: Date): Promise<DueMail | null> {
    return this.db.queryOne<DueMail>(
      `SELECT ${REQUEST_COLUMNS}, r.nonce, m.kind, m.attempt,
              EXISTS (SELECT FROM confirmation_request n
                       WHERE n.contact_id = r.contact_id AND n.sender_id = r.sender_id AND n.channel = r.channel
                         AND n.id > r.id) AS superseded
         FROM confirmation_mail m
         JOIN confirmation_request r ON r.id = m.request_id
         JOIN contact c ON c.id = r.contact_id
        WHERE m.state = 'due' AND m.due_at <= $1
        ORDER BY m.due_at, m.request_id LIMIT 1
          FOR UPDATE OF m, r SKIP LOCKED FOR SHARE OF c SKIP LOCKED`,
      [now],
    );
  }

  /** All of a sender that are due by this channel wait, but those that somebody else has in hand. Nothing of it counts as an attempt. */
  async putOff(senderId: number, channel: Channel, until: Date, now: Date): Promise<void> {
    await this.db.execute(
      `UPDATE confirmation_mail m SET due_at = $2
         FROM (SELECT m.request_id, m.kind FROM confirmation_mail m JOIN confirmation_request r ON r.id = m.request_id
                WHERE m.state = 'due' AND m.due_at <= $3 AND r.sender_id = $1 AND r.channel = $4 FOR UPDATE OF m SKIP LOCKED) due
        WHERE m.request_id = due.request_id AND m.kind = due.kind`,
      [senderId, until, now, channel],
    );
  }

  async intend({ id, kind, attempt }: DueMail, now: Date): Promise<void> {
    await this.db.execute(
      `UPDATE confirmation_mail SET state = 'sending', reason = NULL, attempt = $3, intended_at = $4
        WHERE request_id = $1 AND kind = $2`,
      [id, kind, attempt + 1, now],
    );
  }

  async withhold({ id, kind }: DueMail, reason: Withheld, now: Date): Promise<void> {
    await this.db.execute(
      `UPDATE confirmation_mail SET state = 'withheld', reason = $3, settled_at = $4 WHERE request_id = $1 AND kind = $2`,
      [id, kind, reason, now],
    );
  }

  /** A sleeper that was reaped may wake up and know after all: `unknown` is settled too. */
  async settle(
    { id, kind, attempt }: { id: number; kind: MailKind; attempt: number },
    outcome: MailOutcome,
    to: ReturnType<typeof settleMail>,
    now: Date,
  ): Promise<void> {
    await this.db.execute(
      `UPDATE confirmation_mail
          SET state = $4, reason = $5, due_at = COALESCE($6, due_at), relay = $7, reply = $8, settled_at = $9
        WHERE request_id = $1 AND kind = $2 AND attempt = $3 AND state IN ('sending', 'unknown')`,
      [
        ...[id, kind, attempt, to.state, to.reason, to.dueAt],
        ...[outcome.relay, storable(outcome.reply), now],
      ],
    );
  }

  /** Where the form wants one and nobody has answered yet. */
  async addReminder(requestId: number): Promise<void> {
    await this.db.query(
      `INSERT INTO confirmation_mail (request_id, kind, state, due_at)
       SELECT r.id, 'reminder', 'due', r.requested_at + make_interval(secs => $2)
         FROM confirmation_request r JOIN sign_up_form f ON f.id = r.form_id
        WHERE r.id = $1 AND f.remind AND r.confirmed_at IS NULL AND r.refused_at IS NULL
       ON CONFLICT DO NOTHING`,
      [requestId, REMINDER_MS / 1000],
    );
  }

  /** What was under way when its worker died may have left or not; it is not sent again. */
  async reap(before: Date, now: Date): Promise<number> {
    return this.db.execute(
      `UPDATE confirmation_mail SET state = 'unknown', reason = 'WORKER_LOST', settled_at = $2
        WHERE state = 'sending' AND intended_at < $1`,
      [before, now],
    );
  }
}
