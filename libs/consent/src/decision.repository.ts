import { Injectable } from '@nestjs/common';
import { Database } from '#database';
import { type DecidedRow } from './decision.js';
import { type GateQuestion } from './gate.repository.js';
import { gateSql } from './gate.sql.js';

/** Asks the gate, and in the same statement what it went by. */
@Injectable()
export class DecisionRepository {
  constructor(private readonly db: Database) {}

  /** A row for each contact that exists. One statement: the countries told are those that were decided by. */
  decide(question: Required<GateQuestion>, now: Date): Promise<DecidedRow[]> {
    const { contactIds, channel, senderId, topicId, messageClass, productCategories } = question;
    const gate = gateSql({
      ...{ candidates: 'SELECT unnest($1::bigint[]) AS contact_id', channel, messageClass },
      ...{ categories: '$5::text[]', dispatchId: '0', senderId: '$2', topicId: '$3', now: '$4' },
    });
    return this.db.query(
      `SELECT d.contact_id AS "contactId", d.denial, d.defer_until AS "deferUntil",
              d.defer_reason AS "deferReason", d.consent_event_id AS "consentEventId", d.basis, d.law,
              c.country, c.phone_country AS "phoneCountry", s.country AS "consentCountry"
         FROM (${gate}) d
         JOIN contact c ON c.id = d.contact_id
         LEFT JOIN consent_state s ON s.contact_id = d.contact_id AND s.channel = '${channel}' AND s.topic_id = $3`,
      [contactIds, senderId, topicId, now, productCategories],
    );
  }
}
