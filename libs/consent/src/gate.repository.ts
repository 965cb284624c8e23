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
}

/** Asks the gate about contacts one names; the pipeline wraps the gate's SQL into its own statements instead. */
@Injectable()
export class GateRepository {
  constructor(private readonly db: Database) {}

  /** A decision for each contact that exists, in one statement. */
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
      `SELECT contact_id AS "contactId", address, address_hash AS "addressHash", denial,
              defer_until AS "deferUntil", defer_reason AS "deferReason", consent_event_id AS "consentEventId", basis,
              consent_since AS "consentSince", law
         FROM (${gate}) decided ORDER BY contact_id`,
      [contactIds, senderId, topicId, now, question.productCategories ?? []],
    );
  }
}
