import { Injectable } from '@nestjs/common';
import { type ConsentEvent } from './consent-event.js';
import { LedgerRepository } from './ledger.repository.js';

/** What the ledger tells of a contact's past, for whoever hears the same thing again. */
@Injectable()
export class ConsentHistory {
  constructor(private readonly ledger: LedgerRepository) {}

  /** What a contact granted and withdrew by something that the evidence names, as in `{ order: 'ord_7' }`. */
  eventsBy(contactId: number, evidence: Record<string, string>): Promise<ConsentEvent[]> {
    return this.ledger.eventsBy(contactId, evidence);
  }
}
