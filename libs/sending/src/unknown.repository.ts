import { Injectable } from '@nestjs/common';
import { Database } from '#database';
import { type Evidence, type KeptEvidence, type OperatorWord, operatorVerdicts } from './evidence.js';
import { type MessageKey } from './message-key.js';
import { UNDECIDED } from './undecided.sql.js';

/** What a message cost, and who paid for it; null: nothing, or it has no price. */
export interface Paid {
  dispatchId: number;
  senderId: number;
  timeZone: string;
  /** In whose month. */
  allowedAt: Date;
  /** In millionths of the currency. */
  cost: number | null;
}

export interface Decided extends Paid {
  /** Else an operator had said of it that it was not sent. */
  wasUnknown: boolean;
}

const ACCOUNT = `r.dispatch_id AS "dispatchId", d.sender_id AS "senderId", s.time_zone AS "timeZone", r.allowed_at AS "allowedAt",
              r.cost`;

/** Messages of which nothing is known, and what is heard of them later. */
@Injectable()
export class UnknownRepository {
  constructor(private readonly db: Database) {}

  async count(dispatchId: number): Promise<number> {
    const row = await this.db.queryOne<{ n: number }>(
      `SELECT count(*) AS n FROM message WHERE dispatch_id = $1 AND state = 'unknown'`,
      [dispatchId],
    );
    return row?.n ?? 0;
  }

  /**
   * Keeps evidence of a message, unless its answer is known: then there is nothing to decide, and whoever counts
   * deliveries keeps it elsewhere. Of one that is being sent it is kept for the case that no answer comes.
   * @returns false when it was not kept.
   */
  async keep({ dispatchId, contactId }: MessageKey, evidence: Evidence, now: Date): Promise<boolean> {
    const rows = await this.db.query(
      `INSERT INTO message_evidence (dispatch_id, contact_id, kind, occurred_at, recorded_at, actor, detail, decided)
       SELECT m.dispatch_id, m.contact_id, $3, $4, $5, $6, $7, false
         FROM message m
        WHERE m.dispatch_id = $1 AND m.contact_id = $2 AND (m.state = 'attempting' OR ${UNDECIDED}) RETURNING 1`,
      [
        ...[dispatchId, contactId, evidence.kind, evidence.occurredAt, now, evidence.source],
        evidence.detail?.slice(0, 500) ?? null,
      ],
    );
    return rows.length > 0;
  }

  /** The same for many messages at once, each named once. */
  async keepAll(evidence: readonly (MessageKey & Evidence)[], now: Date): Promise<void> {
    await this.db.query(
      `INSERT INTO message_evidence (dispatch_id, contact_id, kind, occurred_at, recorded_at, actor, detail, decided)
       SELECT m.dispatch_id, m.contact_id, e.kind, e.occurred_at, $2, e.actor, e.detail, false
         FROM jsonb_to_recordset($1::jsonb) AS e (dispatch_id bigint, contact_id bigint, kind text,
              occurred_at timestamptz, actor text, detail text)
         JOIN message m ON m.dispatch_id = e.dispatch_id AND m.contact_id = e.contact_id
        WHERE m.state = 'attempting' OR ${UNDECIDED}`,
      [
        JSON.stringify(
          evidence.map(one => ({
            ...{ dispatch_id: one.dispatchId, contact_id: one.contactId, kind: one.kind },
            ...{ occurred_at: one.occurredAt, actor: one.source, detail: one.detail?.slice(0, 500) ?? null },
          })),
        ),
        now,
      ],
    );
  }

  /**
   * Lets what was kept decide: of one message, or (null) of all whose attempt has ended since. What the relay's own answer
   * has made needless goes.
   * @returns the messages that were decided.
   */
  async decide(key: MessageKey | null, now: Date): Promise<Decided[]> {
    return this.db.query<Decided>(
      `WITH kept AS (
         SELECT DISTINCT ON (e.dispatch_id, e.contact_id) e.id, e.dispatch_id, e.contact_id, e.kind, m.state AS was
           FROM message_evidence e JOIN message m ON m.dispatch_id = e.dispatch_id AND m.contact_id = e.contact_id
          WHERE NOT e.decided AND ($1::bigint IS NULL OR (e.dispatch_id = $1 AND e.contact_id = $2))
          ORDER BY e.dispatch_id, e.contact_id, e.id
       ), resolved AS (
         UPDATE message m SET state = 'accepted', reason = 'EVIDENCE_' || upper(k.kind), settled_at = $3, retry_at = NULL
           FROM kept k WHERE m.dispatch_id = k.dispatch_id AND m.contact_id = k.contact_id AND ${UNDECIDED}
         RETURNING k.id, k.was, m.dispatch_id, m.allowed_at, m.cost
       ), marked AS (
         UPDATE message_evidence e SET decided = true FROM resolved r WHERE e.id = r.id
       ), needless AS (
         DELETE FROM message_evidence e USING kept k, message m
          WHERE e.id = k.id AND m.dispatch_id = k.dispatch_id AND m.contact_id = k.contact_id
            AND m.state <> 'attempting' AND NOT ${UNDECIDED}
       )
       SELECT r.was = 'unknown' AS "wasUnknown", ${ACCOUNT}
         FROM resolved r JOIN dispatch d ON d.id = r.dispatch_id JOIN sender s ON s.id = d.sender_id`,
      [key?.dispatchId ?? null, key?.contactId ?? null, now],
    );
  }

  /** An operator's word. @returns null when the message is not (any more) unknown. */
  async decideByHand(
    { dispatchId, contactId }: MessageKey,
    word: OperatorWord,
    reason: string,
    actor: string,
    now: Date,
  ): Promise<Paid | null> {
    const verdict = operatorVerdicts[word];
    return this.db.queryOne<Paid>(
      `WITH resolved AS (
         UPDATE message SET state = $3, reason = $4, settled_at = $5
          WHERE dispatch_id = $1 AND contact_id = $2 AND state = 'unknown' RETURNING dispatch_id, contact_id, allowed_at, cost
       ), kept AS (
       INSERT INTO message_evidence (dispatch_id, contact_id, kind, occurred_at, recorded_at, actor, detail, decided)
       SELECT dispatch_id, contact_id, $6, $5, $5, $7, $8, true FROM resolved)
       SELECT ${ACCOUNT} FROM resolved r JOIN dispatch d ON d.id = r.dispatch_id JOIN sender s ON s.id = d.sender_id`,
      [dispatchId, contactId, verdict.state, verdict.reason, now, word, actor, reason],
    );
  }

  evidenceOf({ dispatchId, contactId }: MessageKey): Promise<KeptEvidence[]> {
    return this.db.query<KeptEvidence>(
      `SELECT kind, occurred_at AS "occurredAt", recorded_at AS "recordedAt", actor, detail, decided
         FROM message_evidence WHERE dispatch_id = $1 AND contact_id = $2 ORDER BY id`,
      [dispatchId, contactId],
    );
  }
}
