import { Injectable } from '@nestjs/common';
import { type Channel } from '#common';
import { Database } from '#database';
import { type MessageKey } from './message-key.js';
import { type MessageState } from './message.repository.js';
import { CARRIER_LOST } from './settlement.js';

/** What is known of a message that something was told of. */
export interface MessageFacts {
  /** Of the newest generation of keys; null once the person was erased. */
  addressHash: Buffer | null;
  channel: Channel;
  senderId: number;
  topicId: number;
  isKnown: boolean;
  state: MessageState;
  allowedAt: Date;
  /** What its provider knows the last attempt by, and an earlier one that was lost. */
  providerMessageId: string | null;
  earlierSid: string | null;
  /** Where its mail goes; null: nowhere any more, or it went by SMS. */
  lane: string | null;
}

/** A message that its relay refused for good. */
export interface RefusedMessage extends MessageKey {
  channel: Channel;
  attempt: number;
  reply: string;
  settledAt: Date;
}

/** What was told of a message that its relay took. */
export interface DeliveryNews extends MessageKey {
  delivery: 'delivered' | 'delayed';
  occurredAt: Date;
}

const ARRIVED_AFTER_ALL = `m.state = 'deferred' AND m.reason = '${CARRIER_LOST}' AND l.delivery = 'delivered'`;

/** Where messages stand after their relay took or refused them. */
@Injectable()
export class DeliveryRepository {
  constructor(private readonly db: Database) {}

  /** The message, held until the transaction ends; null: there is none. */
  lock({ dispatchId, contactId }: MessageKey): Promise<MessageFacts | null> {
    return this.db.queryOne<MessageFacts>(
      `SELECT m.address_hash AS "addressHash", COALESCE(m.channel, d.channel) AS channel, d.sender_id AS "senderId", d.topic_id AS "topicId",
              (c.id IS NOT NULL) AS "isKnown",
              m.state, m.allowed_at AS "allowedAt", m.provider_message_id AS "providerMessageId", m.earlier ->> 'sid' AS "earlierSid",
              CASE COALESCE(m.channel, d.channel) WHEN 'email' THEN address_lane('email', c.email) END AS lane
         FROM message m JOIN dispatch d ON d.id = m.dispatch_id LEFT JOIN contact c ON c.id = m.contact_id
        WHERE m.dispatch_id = $1 AND m.contact_id = $2 FOR UPDATE OF m`,
      [dispatchId, contactId],
    );
  }

  async markBounced({ dispatchId, contactId }: MessageKey, at: Date): Promise<void> {
    await this.db.execute(
      `UPDATE message SET delivery = 'bounced', delivery_at = $3
        WHERE dispatch_id = $1 AND contact_id = $2 AND delivery IS DISTINCT FROM 'bounced'`,
      [dispatchId, contactId, at],
    );
  }

  /**
   * Deliveries and delays, each message named once. A bounce stays a bounce, whatever came late; but what arrived after all
   * is not tried again.
   */
  async note(news: readonly DeliveryNews[]): Promise<void> {
    await this.db.execute(
      `WITH told AS (
         SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::timestamptz[])
                    AS t (dispatch_id, contact_id, delivery, occurred_at)
       ), locked AS (
         SELECT m.dispatch_id, m.contact_id, t.delivery, t.occurred_at
           FROM message m JOIN told t USING (dispatch_id, contact_id)
          WHERE m.delivery IS NULL OR (m.delivery = 'delayed' AND t.delivery = 'delivered')
          ORDER BY m.dispatch_id, m.contact_id FOR UPDATE OF m
       )
       UPDATE message m
          SET delivery = l.delivery, delivery_at = l.occurred_at,
              state = CASE WHEN ${ARRIVED_AFTER_ALL} THEN 'accepted' ELSE m.state END,
              reason = CASE WHEN ${ARRIVED_AFTER_ALL} THEN NULL ELSE m.reason END,
              retry_at = CASE WHEN ${ARRIVED_AFTER_ALL} THEN NULL ELSE m.retry_at END
         FROM locked l
        WHERE m.dispatch_id = l.dispatch_id AND m.contact_id = l.contact_id`,
      [
        ...[news.map(one => one.dispatchId), news.map(one => one.contactId)],
        ...[news.map(one => one.delivery), news.map(one => one.occurredAt.toISOString())],
      ],
    );
  }

  /** What relays refused and nobody judged yet; with that it counts as bounced. */
  takeRefused(most: number): Promise<RefusedMessage[]> {
    return this.db.query<RefusedMessage>(
      `WITH refused AS (
         SELECT dispatch_id, contact_id FROM message
          WHERE state = 'rejected' AND reason = 'REFUSED' AND delivery IS NULL
          ORDER BY dispatch_id, contact_id LIMIT $1 FOR UPDATE SKIP LOCKED
       )
       UPDATE message m SET delivery = 'bounced', delivery_at = m.settled_at FROM refused r, dispatch d
        WHERE m.dispatch_id = r.dispatch_id AND m.contact_id = r.contact_id AND d.id = r.dispatch_id
       RETURNING COALESCE(m.channel, d.channel) AS channel, m.dispatch_id AS "dispatchId", m.contact_id AS "contactId", m.attempt, COALESCE(m.reply, '') AS reply,
                 COALESCE(m.settled_at, m.allowed_at) AS "settledAt"`,
      [most],
    );
  }
}
