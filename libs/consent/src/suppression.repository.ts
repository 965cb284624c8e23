import { Injectable } from '@nestjs/common';
import { type Channel, type MessageClass } from '#common';
import { Database, decodeCursor, type PageRequest } from '#database';

export const suppressionReasons = [
  'unsubscribed',
  'hard_bounce',
  'complaint',
  'erased',
  'manual',
  'carrier',
  'unclear',
  'unreachable',
] as const;
export type SuppressionReason = (typeof suppressionReasons)[number];

export interface Suppression {
  id: number;
  channel: Channel;
  /** null: whoever sends. */
  senderId: number | null;
  /** null: whatever about. */
  topicId: number | null;
  reason: SuppressionReason;
  source: string;
  createdAt: Date;
}

/** The message that was asked about. */
export interface AskedAbout {
  channel: Channel;
  messageClass: MessageClass;
  senderId: number;
  topicId: number;
}

const COLUMNS = `id, channel, NULLIF(sender_id, 0) AS "senderId", NULLIF(topic_id, 0) AS "topicId", reason, source,
                 created_at AS "createdAt"`;

/** What stands until more is known, or for a while: it never hides what a person took back. */
const PROVISIONAL = `('unclear', 'unreachable')`;

/** A harder reason takes the place of a softer one; those that are not here are harder than all of these. */
const softness = (reason: string): string =>
  `COALESCE(array_position(ARRAY['unclear', 'unreachable', 'unsubscribed', 'carrier'], ${reason}), 9)`;

/** Pressed again, a withdrawal is as young as the last press: a consent dated between the two must not lift it. */
const LATEST_STAYS = `
       ON CONFLICT (address_hash, channel, sender_id, topic_id) DO UPDATE
          SET created_at = GREATEST(suppression.created_at, excluded.created_at),
              reason = CASE WHEN suppression.reason IN ${PROVISIONAL} THEN excluded.reason ELSE suppression.reason END,
              source = CASE WHEN suppression.reason IN ${PROVISIONAL} THEN excluded.source ELSE suppression.source END
        WHERE suppression.reason IN ('unsubscribed', 'erased') OR suppression.reason IN ${PROVISIONAL}`;

/** Addresses that must not be written to, kept as keyed hashes so that they outlive the contact. */
@Injectable()
export class SuppressionRepository {
  constructor(private readonly db: Database) {}

  async add(
    addressHash: Buffer,
    channel: Channel,
    senderId: number | null,
    reason: SuppressionReason,
    source: string,
    now: Date,
  ): Promise<Suppression> {
    const rows = await this.db.query<Suppression>(
      `INSERT INTO suppression AS s (address_hash, channel, sender_id, topic_id, reason, source, created_at)
       VALUES ($1, $2, $3, 0, $4, $5, $6)
       ON CONFLICT (address_hash, channel, sender_id, topic_id) DO UPDATE
          SET reason = CASE WHEN ${softness('excluded.reason')} > ${softness('s.reason')} THEN excluded.reason ELSE s.reason END,
              source = CASE WHEN s.reason IN ${PROVISIONAL} AND ${softness('excluded.reason')} > ${softness('s.reason')}
                            THEN excluded.source ELSE s.source END,
              -- What is said again is as young as the last time: a consent dated between the two must not lift it.
              created_at = CASE WHEN excluded.reason = s.reason AND s.reason IN ('unsubscribed', 'unclear', 'unreachable')
                                  OR s.reason IN ${PROVISIONAL} AND ${softness('excluded.reason')} > ${softness('s.reason')}
                                THEN GREATEST(s.created_at, excluded.created_at) ELSE s.created_at END
       RETURNING ${COLUMNS}`,
      [addressHash, channel, senderId ?? 0, reason, source, now],
    );
    return rows[0] as Suppression;
  }

  /** The address of somebody who was erased: nobody writes to it about anything, until they say so anew. */
  async addErased(addressHash: Buffer, channel: Channel, source: string, now: Date): Promise<void> {
    await this.db.query(
      `INSERT INTO suppression AS s (address_hash, channel, sender_id, topic_id, reason, source, created_at)
       VALUES ($1, $2, 0, 0, 'erased', $3, $4)
       ON CONFLICT (address_hash, channel, sender_id, topic_id) DO UPDATE
          SET reason = CASE WHEN s.reason = 'unsubscribed' OR s.reason IN ${PROVISIONAL} THEN excluded.reason ELSE s.reason END,
              created_at = CASE WHEN s.reason IN ('unsubscribed', 'erased') OR s.reason IN ${PROVISIONAL}
                                THEN GREATEST(s.created_at, excluded.created_at) ELSE s.created_at END`,
      [addressHash, channel, source, now],
    );
  }

  /**
   * What a person took back, kept for an address whose contact is gone or has moved on: one row a topic, so that a
   * later consent to one topic lifts that one alone; and for a withdrawal of everything one for topics yet to come.
   */
  async keepWithdrawal(addressHash: Buffer, eventId: number, source: string): Promise<void> {
    await this.db.query(
      `INSERT INTO suppression (address_hash, channel, sender_id, topic_id, reason, source, created_at)
       SELECT $1::bytea, ch.channel, t.sender_id, t.id, 'unsubscribed', $3, e.occurred_at
         FROM consent_event e
         JOIN (VALUES ('email'), ('sms')) AS ch (channel) ON e.channel IS NULL OR e.channel = ch.channel
         JOIN topic t ON (e.topic_id IS NULL OR t.id = e.topic_id) AND (e.sender_id IS NULL OR t.sender_id = e.sender_id)
        WHERE e.id = $2
       UNION ALL
       SELECT $1::bytea, ch.channel, COALESCE(e.sender_id, 0), 0, 'unsubscribed', $3, e.occurred_at
         FROM consent_event e
         JOIN (VALUES ('email'), ('sms')) AS ch (channel) ON e.channel IS NULL OR e.channel = ch.channel
        WHERE e.id = $2 AND e.topic_id IS NULL
       ${LATEST_STAYS}`,
      [addressHash, eventId, source],
    );
  }

  /** The same, from the state: for every topic these contacts withdrew from on a channel, and have not agreed to since. */
  async keepWithdrawnStates(
    changes: { contactId: number; channel: Channel; oldHash: Buffer }[],
    source: string,
  ): Promise<void> {
    await this.db.query(
      `INSERT INTO suppression (address_hash, channel, sender_id, topic_id, reason, source, created_at)
       SELECT decode(k.hash, 'hex'), k.channel, t.sender_id, t.id, 'unsubscribed', $2, s.since
         FROM jsonb_to_recordset($1::jsonb) AS k (contact_id bigint, channel text, hash text)
         JOIN consent_state s ON s.contact_id = k.contact_id AND s.channel = k.channel AND s.status = 'withdrawn'
         JOIN topic t ON t.id = s.topic_id
       UNION ALL
       SELECT decode(k.hash, 'hex'), k.channel, COALESCE(e.sender_id, 0), 0, 'unsubscribed', $2, max(e.occurred_at)
         FROM jsonb_to_recordset($1::jsonb) AS k (contact_id bigint, channel text, hash text)
         JOIN consent_event e ON e.contact_id = k.contact_id AND e.action = 'withdrawn' AND e.topic_id IS NULL
              AND (e.channel IS NULL OR e.channel = k.channel)
        WHERE NOT EXISTS (SELECT FROM consent_state g
                           WHERE g.contact_id = k.contact_id AND g.channel = k.channel AND g.status = 'granted')
        GROUP BY k.hash, k.channel, COALESCE(e.sender_id, 0)
       ${LATEST_STAYS}`,
      [
        JSON.stringify(
          changes.map(change => ({
            contact_id: change.contactId,
            channel: change.channel,
            hash: change.oldHash.toString('hex'),
          })),
        ),
        source,
      ],
    );
  }

  /**
   * A new, later consent lifts what the same person took back or had erased before it; never a bounce, a complaint or a
   * manual row. Where everything was taken back, it stays so for each of the other topics.
   */
  async liftUnsubscribed(
    addressHash: Buffer,
    channel: Channel,
    senderId: number,
    topicId: number,
    grantedAt: Date,
  ): Promise<void> {
    await this.db.query(
      `WITH everything AS (
         DELETE FROM suppression
          WHERE address_hash = $1 AND channel = $2 AND sender_id IN (0, $3) AND topic_id = 0
            AND reason IN ('unsubscribed', 'erased') AND created_at < $5
         RETURNING address_hash, channel, sender_id, reason, source, created_at
       )
       INSERT INTO suppression (address_hash, channel, sender_id, topic_id, reason, source, created_at)
       SELECT DISTINCT ON (t.id) w.address_hash, w.channel, t.sender_id, t.id, w.reason, w.source, w.created_at
         FROM everything w JOIN topic t ON w.sender_id IN (0, t.sender_id) AND t.id <> $4
        ORDER BY t.id, w.created_at DESC
       ON CONFLICT DO NOTHING`,
      [addressHash, channel, senderId, topicId, grantedAt],
    );
    await this.db.execute(
      `DELETE FROM suppression
        WHERE address_hash = $1 AND channel = $2 AND sender_id = $3 AND topic_id = $4
          AND reason IN ('unsubscribed', 'erased') AND created_at < $5`,
      [addressHash, channel, senderId, topicId, grantedAt],
    );
  }

  find(addressHash: Buffer, channel: Channel): Promise<Suppression[]> {
    return this.db.query<Suppression>(
      `SELECT ${COLUMNS} FROM suppression WHERE address_hash = $1 AND channel = $2 ORDER BY id`,
      [addressHash, channel],
    );
  }

  /** The row that the gate's own question finds, of those that were there by then. */
  thatGateMet(
    addressHash: Buffer,
    { channel, messageClass, senderId, topicId }: AskedAbout,
    byThen: Date,
  ): Promise<Suppression | null> {
    return this.db.queryOne<Suppression>(
      `SELECT ${COLUMNS} FROM suppression WHERE id = gate_met($1, $2, $3, $4, $5, $6)`,
      [addressHash, channel, messageClass, senderId, topicId, byThen],
    );
  }

  list({ limit, cursor }: PageRequest): Promise<Suppression[]> {
    return this.db.query<Suppression>(
      `SELECT ${COLUMNS} FROM suppression WHERE id > $1 ORDER BY id LIMIT $2`,
      [decodeCursor(cursor) ?? 0, limit + 1],
    );
  }

  /** Takes from the list what stands there for one of these reasons, of this sender (null: of all) and whatever about. */
  lift(
    addressHash: Buffer,
    channel: Channel,
    senderId: number | null,
    reasons: readonly SuppressionReason[],
  ): Promise<Suppression[]> {
    return this.db.query<Suppression>(
      `DELETE FROM suppression
        WHERE address_hash = $1 AND channel = $2 AND sender_id = $3 AND topic_id = 0 AND reason = ANY($4::text[])
       RETURNING ${COLUMNS}`,
      [addressHash, channel, senderId ?? 0, reasons],
    );
  }

  /** Ends the pauses of phones that could not be reached. @returns how many */
  endUnreachable(before: Date): Promise<number> {
    return this.db.execute(`DELETE FROM suppression WHERE reason = 'unreachable' AND created_at < $1`, [
      before,
    ]);
  }

  async remove(id: number): Promise<Suppression | null> {
    return this.db.queryOne<Suppression>(`DELETE FROM suppression WHERE id = $1 RETURNING ${COLUMNS}`, [id]);
  }
}
