import { Injectable } from '@nestjs/common';
import { type Channel, Clock } from '#common';
import { type Tracking, untracked } from './tracking.js';
import { TrackingRepository } from './tracking.repository.js';

/** Whether people may be measured in a sender's messages: by their own word, and where there is none by the law. */
@Injectable()
export class TrackingService {
  constructor(
    private readonly repository: TrackingRepository,
    private readonly clock: Clock,
  ) {}

  /** An answer for each of these contacts; one that does not exist is not measured. */
  async decide(
    contactIds: readonly number[],
    senderId: number,
    channel: Channel = 'email',
  ): Promise<Map<number, Tracking>> {
    const rows = await this.repository.decide(contactIds, senderId, channel, this.clock.now());
    const decided = new Map(rows.map(({ contactId, opens, links }) => [contactId, { opens, links }]));
    return new Map(contactIds.map(id => [id, decided.get(id) ?? { ...untracked }]));
  }
}
