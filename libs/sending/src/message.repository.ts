import { Injectable } from '@nestjs/common';
import { type Channel } from '#common';
import { Database } from '#database';
import { type MessageKey } from './message-key.js';

export const messageStates = [
  'attempting',
  'accepted',
  'rejected',
  'deferred',
  'skipped',
  'unknown',
] as const;
export type MessageState = (typeof messageStates)[number];

/** A row of the ledger of attempts. */
export interface Message extends MessageKey {
  state: MessageState;
  reason: string | null;
  /** null: the dispatch's. */
  channel: Channel | null;
  attempt: number;
  consentEventId: number | null;
  basis: string | null;
  lawPack: string;
  relay: string | null;
  providerMessageId: string | null;
  reply: string | null;
  allowedAt: Date;
  settledAt: Date | null;
  retryAt: Date | null;
  /** Of the address it was for; null once the person was erased. */
  addressHash: Buffer | null;
  /** Of one that was resent: since when the relay may know its idempotency key. */
  keySince: Date | null;
  /** Of an SMS that its carrier lost and that was tried once more: when that was known. */
  lostAt: Date | null;
}

export interface MessageFilter {
  dispatchId: number | null;
  contactId: number | null;
  state: MessageState | null;
  after: MessageKey | null;
  limit: number;
}

/** How many rows of a dispatch are in one state for one reason, and when the first and the last of them is tried again. */
export interface MessageCount {
  state: MessageState;
  reason: string | null;
  count: number;
  from?: Date | null;
  until?: Date | null;
}

const COLUMNS = `
  dispatch_id AS "dispatchId", contact_id AS "contactId", state, reason, channel, attempt,
  consent_event_id AS "consentEventId", basis, law_pack AS "lawPack", relay,
  provider_message_id AS "providerMessageId", reply, allowed_at AS "allowedAt", settled_at AS "settledAt",
  retry_at AS "retryAt", address_hash AS "addressHash", key_since AS "keySince",
  (earlier ->> 'at')::timestamptz AS "lostAt"`;

const LEADS_BACK = `(address_hash IS NOT NULL OR reply IS NOT NULL OR provider_message_id IS NOT NULL OR earlier ? 'sid')`;

@Injectable()
export class MessageRepository {
  constructor(private readonly db: Database) {}

  find({ dispatchId, contactId }: MessageKey): Promise<Message | null> {
    return this.db.queryOne<Message>(
      `SELECT ${COLUMNS} FROM message WHERE dispatch_id = $1 AND contact_id = $2`,
      [dispatchId, contactId],
    );
  }

  /** Newest dispatch first for a contact; in contact order for a dispatch. Both walk an index. */
  list({ dispatchId, contactId, state, after, limit }: MessageFilter): Promise<Message[]> {
    return dispatchId === null
      ? this.db.query<Message>(
          `SELECT ${COLUMNS} FROM message
            WHERE contact_id = $1 AND ($2::text IS NULL OR state = $2) AND ($3::bigint IS NULL OR dispatch_id < $3)
            ORDER BY dispatch_id DESC LIMIT $4`,
          [contactId, state, after?.dispatchId ?? null, limit + 1],
        )
      : this.db.query<Message>(
          `SELECT ${COLUMNS} FROM message
            WHERE dispatch_id = $1 AND ($2::bigint IS NULL OR contact_id = $2) AND ($3::text IS NULL OR state = $3)
              AND contact_id > $4
            ORDER BY contact_id LIMIT $5`,
          [dispatchId, contactId, state, after?.contactId ?? 0, limit + 1],
        );
  }

  /**
   * Takes from a person's rows what could lead back to them; the rows stay, so that the numbers balance. Locked without
   * waiting: a step of the pipeline holds rows of many people, and whoever waits for it while holding others would block it.
   * @throws an error that `isLockUnavailable` tells, when one of them is being written this moment
   */
  async forget(contactIds: readonly number[]): Promise<number> {
    await this.db.query(
      `SELECT 1 FROM message WHERE contact_id = ANY($1::bigint[]) AND ${LEADS_BACK} FOR UPDATE NOWAIT`,
      [contactIds],
    );
    await this.db.execute(
      'UPDATE message_evidence SET detail = NULL WHERE contact_id = ANY($1::bigint[]) AND detail IS NOT NULL',
      [contactIds],
    );
    return this.db.execute(
      `UPDATE message SET address_hash = NULL, reply = NULL, provider_message_id = NULL, earlier = earlier - 'sid'
        WHERE contact_id = ANY($1::bigint[]) AND ${LEADS_BACK}`,
      [contactIds],
    );
  }

  /**
   * How the rows of a dispatch stand: state, reason, number. Counted from the rows themselves, so it cannot drift; of rows
   * that had served their time there is what was counted when they were dropped.
   */
  counts(dispatchId: number): Promise<MessageCount[]> {
    return this.db.query<MessageCount>(
      `SELECT state, reason, count(*) AS count, min(retry_at) AS "from", max(retry_at) AS until
         FROM message WHERE dispatch_id = $1 GROUP BY state, reason
       UNION ALL
       SELECT t.state, NULLIF(t.reason, ''), t.count, NULL, NULL
         FROM message_tally t JOIN dispatch_range r ON r.from_id <= t.dispatch_id AND t.dispatch_id < r.to_id
        WHERE t.dispatch_id = $1 AND r.dropped_at IS NOT NULL`,
      [dispatchId],
    );
  }
}
