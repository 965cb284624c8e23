import { Injectable } from '@nestjs/common';
import { type Channel, type MessageClass } from '#common';
import { Database } from '#database';
import { gateSql } from './gate.sql.js';
import { type Deferral, type Denial } from './reasons.js';

/** Whom to ask about, and for what kind of message. */
export interface GateQuestion {
  contactIds: number[];
  channel: Channel;
  senderId: number;
  topicId: number;
  /** `marketing` when absent. */
  messageClass?: MessageClass;
  /** What the message offers. */
  productCategories?: readonly string[];
}

export interface GateRow {
  contactId: number;
  address: string | null;
  addressHash: Buffer | null;
  /** null: allowed, now or from `deferUntil` on. */
  denial: Denial | null;
  deferUntil: Date | null;
  deferReason: Deferral | null;
  consentEventId: number | null;
  basis: string | null;
  consentSince: Date | null;
  /** The law packs that were read, e.g. `GB@2+SA@1`. */
  law: string | null;
  /** Whose laws these are: of the postal address, of the phone, and of where the person was when they agreed. */
  country: string | null;
  phoneCountry: string | null;
  consentCountry: string | null;
}

/** Asks the gate about contacts one names; the pipeline wraps the gate's SQL into its own statements instead. */
@Injectable()
export class GateRepository {
  constructor(private readonly db: Database) {}

  /** A decision for each contact that exists, in one statement: the countries told are those that were decided by. */
  decide(question: GateQuestion, now: Date): Promise<GateRow[]> {
    const { contactIds, channel, senderId, topicId, messageClass = 'marketing' } = question;
    const gate = gateSql({
      candidates: 'SELECT unnest($1::bigint[]) AS contact_id',
      channel,
      messageClass,
      categories: '$5::text[]',
      dispatchId: '0',
      senderId: '$2',
      topicId: '$3',
      now: '$4',
    });
    return this.db.query<GateRow>(
      `SELECT d.contact_id AS "contactId", d.address, d.address_hash AS "addressHash", d.denial,
              d.defer_until AS "deferUntil", d.defer_reason AS "deferReason", d.consent_event_id AS "consentEventId",
              d.basis, d.consent_since AS "consentSince", d.law,
              c.country, c.phone_country AS "phoneCountry", s.country AS "consentCountry"
         FROM (${gate}) d
         JOIN contact c ON c.id = d.contact_id
         LEFT JOIN consent_state s ON s.contact_id = d.contact_id AND s.channel = '${channel}' AND s.topic_id = $3
        ORDER BY d.contact_id`,
      [contactIds, senderId, topicId, now, question.productCategories ?? []],
    );
  }
}
