import { Injectable } from '@nestjs/common';
import { Clock } from '#common';
import { type JobHandler } from '#queue';
import { EnrolmentRepository } from './enrolment.repository.js';
import { Entrance } from './entrance.service.js';
import { Mover } from './mover.js';
import { SequenceRepository } from './sequence.repository.js';
import { Watches } from './watches.service.js';

const LEAVING_AT_ONCE = 1000;

/**
 * Lets people in and moves them along, whether the queue says that there is something to do or the sweep looks. Sequences take
 * turns, a batch each, so that a large one does not keep a small one waiting.
 */
@Injectable()
export class AdvanceSequencesHandler implements JobHandler<'advance-sequences'> {
  readonly job = 'advance-sequences';

  constructor(
    private readonly sequences: SequenceRepository,
    private readonly watches: Watches,
    private readonly entrance: Entrance,
    private readonly mover: Mover,
    private readonly enrolments: EnrolmentRepository,
    private readonly clock: Clock,
  ) {}

  handle(): Promise<void> {
    return this.sweep();
  }

  async sweep(stop?: AbortSignal): Promise<void> {
    await this.watches.look();
    for (let moved = 1; moved > 0 && stop?.aborted !== true;) {
      moved = 0;
      for (const { id, arrivals, due, state } of await this.sequences.withWork(this.clock.now())) {
        if (stop?.aborted) return;
        if (arrivals) moved += await this.entrance.admit(id);
        if (state === 'stopped') moved += await this.#empty(id);
        else if (due || arrivals) moved += await this.mover.move(id);
      }
    }
  }

  /** Of a sequence that was stopped everybody leaves. */
  async #empty(id: number): Promise<number> {
    return this.enrolments.leave(
      await this.enrolments.someActive(id, LEAVING_AT_ONCE),
      'STOPPED',
      this.clock.now(),
    );
  }
}
