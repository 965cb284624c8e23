import { Injectable } from '@nestjs/common';
import { Database } from '#database';
import { type AppliedOverride } from './law-rules.js';
import { type SenderIdentity, type TopicIdentity } from './receipt.js';

/** What senders and topics were called, and what the law's overrides were, at a moment of the past. */
@Injectable()
export class ReceiptRepository {
  constructor(private readonly db: Database) {}

  /** A sender's identity as it was then (null: of every sender there was then). */
  async sendersAt(senderId: number | null, at: Date): Promise<SenderIdentity[]> {
    const rows = await this.db.query<{ id: number; identity: Omit<SenderIdentity, 'id'> }>(
      `SELECT s.id, i.identity FROM sender s
        CROSS JOIN LATERAL (${IDENTITY_AT('sender')}) i
        WHERE ($1::bigint IS NULL AND s.created_at <= $2) OR s.id = $1 ORDER BY s.id`,
      [senderId, at],
    );
    return rows.map(({ id, identity }) => ({ ...identity, id }));
  }

  /** The topic as it was called then; or every one that there was of these senders. */
  async topicsAt(topicId: number | null, senderIds: readonly number[], at: Date): Promise<TopicIdentity[]> {
    const rows = await this.db.query<{ id: number; senderId: number; identity: TopicIdentity }>(
      `SELECT s.id, s.sender_id AS "senderId", i.identity FROM topic s
        CROSS JOIN LATERAL (${IDENTITY_AT('topic')}) i
        WHERE s.id = $1 OR ($1::bigint IS NULL AND s.sender_id = ANY($3::bigint[]) AND s.created_at <= $2)
        ORDER BY s.id`,
      [topicId, at, senderIds],
    );
    return rows.map(({ id, senderId, identity }) => ({ ...identity, id, senderId }));
  }

  overridesAt(at: Date): Promise<AppliedOverride[]> {
    return this.db.query<AppliedOverride>(
      `SELECT id, pack, cell, value FROM law_override
        WHERE created_at <= $1 AND (removed_at IS NULL OR removed_at > $1) ORDER BY id`,
      [at],
    );
  }
}

/** The last one noted by then; for events told of from before there was any, the first. */
const IDENTITY_AT = (kind: 'sender' | 'topic'): string => `
              SELECT identity FROM ${kind}_identity n WHERE n.${kind}_id = s.id
               ORDER BY n.valid_from > $2::timestamptz, CASE WHEN n.valid_from <= $2::timestamptz THEN n.valid_from END DESC,
                        n.valid_from LIMIT 1`;
