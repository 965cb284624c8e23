import { Injectable } from '@nestjs/common';
import { type Channel } from '#common';
import { Database } from '#database';
import { gateSql } from './gate.sql.js';
import { type Denial } from './reasons.js';

export interface GateRow {
  contactId: number;
  address: string | null;
  denial: Denial | null;
  consentEventId: number | null;
  basis: string | null;
  consentSince: Date | null;
}

/** Asks the gate about contacts one names; the pipeline wraps the gate's SQL into its own statements instead. */
@Injectable()
export class GateRepository {
  constructor(private readonly db: Database) {}

  /** A decision for each contact that exists, in one statement. */
  decide(
    contactIds: number[],
    channel: Channel,
    senderId: number,
    topicId: number,
    now: Date,
  ): Promise<GateRow[]> {
    const gate = gateSql({
      candidates: 'SELECT unnest($1::bigint[]) AS contact_id',
      channel,
      senderId: '$2',
      topicId: '$3',
      now: '$4',
    });
    return this.db.query<GateRow>(
      `SELECT contact_id AS "contactId", address, denial, consent_event_id AS "consentEventId", basis,
              consent_since AS "consentSince"
         FROM (${gate}) decided ORDER BY contact_id`,
      [contactIds, senderId, topicId, now],
    );
  }
}
