import { Injectable } from '@nestjs/common';
import { type EngagementEvent } from './engagement-event.js';
import { EngagementRepository } from './engagement.repository.js';

/** What is held of one person's opens and clicks: theirs to read, and to have erased. */
@Injectable()
export class EngagementRecords {
  constructor(private readonly repository: EngagementRepository) {}

  /** Oldest first. */
  ofContact(contactId: number): Promise<EngagementEvent[]> {
    return this.repository.ofContact(contactId);
  }

  /** @returns how many were deleted. */
  forget(contactIds: readonly number[]): Promise<number> {
    return this.repository.forget(contactIds);
  }
}
