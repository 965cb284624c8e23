import { Injectable } from '@nestjs/common';
import { Database } from '#database';
import { type Basis } from './consent-event.js';

/** A permission that a person took back by SMS. */
export interface StoppedTopic {
  topicId: number;
  /** What it had rested on. */
  basis: Basis;
}

/** What the ledger says of the permissions of phones. */
@Injectable()
export class PhoneConsentRepository {
  constructor(private readonly db: Database) {}

  /** What a contact permits a sender by SMS: the basis by the topic's public id. */
  async granted(contactId: number, senderId: number, now: Date): Promise<Record<string, Basis>> {
    const rows = await this.db.query<{ topic: string; basis: Basis }>(
      `SELECT 'top_' || s.topic_id AS topic, s.basis
         FROM consent_state s JOIN topic t ON t.id = s.topic_id
        WHERE s.contact_id = $1 AND s.channel = 'sms' AND t.sender_id = $2 AND s.status = 'granted'
          AND (s.expires_at IS NULL OR s.expires_at > $3) AND t.purpose <> 'transactional'`,
      [contactId, senderId, now],
    );
    return Object.fromEntries(rows.map(({ topic, basis }) => [topic, basis]));
  }

  /**
   * What stands withdrawn because of a stop by SMS alone: the stop says that it was granted then, and nothing else took it
   * back or voided it after that.
   */
  stopped(contactId: number, senderId: number, methods: readonly string[]): Promise<StoppedTopic[]> {
    return this.db.query<StoppedTopic>(
      `SELECT DISTINCT ON (t.id) t.id AS "topicId", stop.evidence -> 'granted' ->> ('top_' || t.id) AS basis
         FROM consent_state s
         JOIN topic t ON t.id = s.topic_id AND t.sender_id = $2
         JOIN consent_event last ON last.id = s.event_id AND last.method = ANY($3::text[])
         JOIN consent_event stop ON stop.contact_id = s.contact_id AND stop.id <= last.id AND stop.action = 'withdrawn'
              AND stop.method = ANY($3::text[]) AND stop.evidence -> 'granted' ->> ('top_' || t.id) IS NOT NULL
        WHERE s.contact_id = $1 AND s.channel = 'sms' AND s.status = 'withdrawn'
          AND NOT EXISTS (SELECT FROM consent_event other
                           WHERE other.contact_id = $1 AND other.id > stop.id AND other.action IN ('withdrawn', 'voided')
                             AND other.method <> ALL ($3::text[])
                             AND (other.channel IS NULL OR other.channel = 'sms')
                             AND (other.sender_id IS NULL OR other.sender_id = $2)
                             AND (other.topic_id IS NULL OR other.topic_id = t.id))
        ORDER BY t.id, stop.id DESC`,
      [contactId, senderId, methods],
    );
  }
}
