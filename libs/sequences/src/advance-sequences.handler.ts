import { Inject, Injectable } from '@nestjs/common';
import { Clock, LOGGER, type Logger } from '#common';
import { type JobHandler } from '#queue';
import { EnrolmentRepository } from './enrolment.repository.js';
import { Entrance } from './entrance.service.js';
import { MOVED_AT_ONCE, Mover } from './mover.js';
import { SequenceRepository } from './sequence.repository.js';

const LEAVING_AT_ONCE = 1000;
/** How long whoever cannot be moved is put off, in milliseconds. */
const PUT_OFF_MS = 10 * 60_000;

type Work = Awaited<ReturnType<SequenceRepository['withWork']>>[number];

/**
 * Lets people in and moves them along, whether the queue says that there is something to do or the sweep looks. Sequences take
 * turns, a batch each, so that a large one does not keep a small one waiting; and what goes wrong in one does not keep the others.
 */
@Injectable()
export class AdvanceSequencesHandler implements JobHandler<'advance-sequences'> {
  readonly job = 'advance-sequences';

  constructor(
    private readonly sequences: SequenceRepository,
    private readonly entrance: Entrance,
    private readonly mover: Mover,
    private readonly enrolments: EnrolmentRepository,
    private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  handle(): Promise<void> {
    return this.sweep();
  }

  async sweep(stop?: AbortSignal): Promise<void> {
    /** What went wrong is left alone until the next sweep. */
    const failed = new Set<number>();
    for (let moved = 1; moved > 0 && stop?.aborted !== true;) {
      moved = 0;
      for (const work of await this.sequences.withWork(this.clock.now())) {
        if (stop?.aborted) return;
        if (failed.has(work.id)) continue;
        try {
          moved += await this.#advance(work);
        } catch (error) {
          failed.add(work.id);
          this.logger.error(
            { sequence: work.id, err: error },
            'a sequence could not be moved; the next sweep tries again',
          );
        }
      }
    }
  }

  async #advance({ id, arrivals, due, state }: Work): Promise<number> {
    if (state === 'stopped') {
      const some = await this.enrolments.someActive(id, LEAVING_AT_ONCE);
      return this.enrolments.leave(some, 'STOPPED', this.clock.now());
    }
    const admitted = arrivals ? await this.entrance.admit(id) : 0;
    return admitted + (due || arrivals ? await this.#move(id) : 0);
  }

  /** All who are due; where that fails half of them, and so on: the one with whom it fails is put off. */
  async #move(id: number): Promise<number> {
    for (let most = MOVED_AT_ONCE; ; most = Math.floor(most / 2)) {
      try {
        return await this.mover.move(id, most);
      } catch (error) {
        if (most > 1) continue;
        const enrolment = await this.mover.putOff(id, PUT_OFF_MS);
        this.logger.error(
          { sequence: id, enrolment, err: error },
          'somebody could not be moved and is put off',
        );
        return 1;
      }
    }
  }
}
