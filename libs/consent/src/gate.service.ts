import { Injectable } from '@nestjs/common';
import { type Channel, Clock, type MessageClass } from '#common';
import { type GateQuestion, GateRepository, type GateRow } from './gate.repository.js';
import { Grant } from './grant.js';

/** A row the gate let through, as the pipeline's statement returns it. */
export interface AllowedRow {
  contactId: number;
  address: string;
  consentEventId: number;
  basis: string;
  law: string;
}

/** Asks the gate, and mints grants from what it allowed. */
@Injectable()
export class Gate {
  constructor(
    private readonly repository: GateRepository,
    private readonly clock: Clock,
  ) {}

  /** A decision for each of these contacts that exists, as of `at` (now). */
  decide(question: GateQuestion, at: Date = this.clock.now()): Promise<GateRow[]> {
    return this.repository.decide(question, at);
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
      row.law,
    );
  }
}
