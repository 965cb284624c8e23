import { Injectable } from '@nestjs/common';
import { Clock } from '#common';
import { JobQueue } from '#queue';
import { type NewEvent } from './new-event.js';
import { OutgoingEventRepository } from './outgoing-event.repository.js';

/** The outbox: what is emitted in a transaction is told if, and only if, that transaction commits. */
@Injectable()
export class OutgoingEvents {
  constructor(
    private readonly repository: OutgoingEventRepository,
    private readonly queue: JobQueue,
    private readonly clock: Clock,
  ) {}

  /**
   * Writes events in the caller's open transaction, in this order, and returns their numbers. A worker finds them within a
   * second or two by itself; `announce()` after the commit makes it quick.
   */
  async emit(events: readonly NewEvent[]): Promise<number[]> {
    return events.length === 0 ? [] : this.repository.insert(events, this.clock.now());
  }

  /** Wakes a worker to hand out what was emitted. Call it after the commit. */
  announce(): Promise<void> {
    return this.queue.wake('deliver-webhooks', {});
  }

  /** Empties what events tell of these people; part of an erasure. @returns how many events told something. */
  forget(contactIds: readonly number[]): Promise<number> {
    return this.repository.forget(contactIds);
  }
}
