import { Injectable } from '@nestjs/common';
import { type Channel, Clock, type MessageClass } from '#common';
import { LAW_PACK } from './gate.sql.js';
import { GateRepository, type GateRow } from './gate.repository.js';
import { Grant } from './grant.js';

/** A row the gate let through, as the pipeline's statement returns it. */
export interface AllowedRow {
  contactId: number;
  address: string;
  consentEventId: number;
  basis: string;
}

/** Asks the gate, and mints grants from what it allowed. */
@Injectable()
export class Gate {
  constructor(
    private readonly repository: GateRepository,
    private readonly clock: Clock,
  ) {}

  decide(contactIds: number[], channel: Channel, senderId: number, topicId: number): Promise<GateRow[]> {
    return this.repository.decide(contactIds, channel, senderId, topicId, this.clock.now());
  }

  /** Only for rows that the gate's SQL returned with no denial, in the transaction that recorded the attempt. */
  mint(row: AllowedRow, channel: Channel, messageClass: MessageClass): Grant {
    return new Grant(
      row.contactId,
      channel,
      row.address,
      messageClass,
      row.consentEventId,
      row.basis,
      LAW_PACK,
    );
  }
}
