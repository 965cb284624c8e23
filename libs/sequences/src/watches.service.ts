import { Inject, Injectable } from '@nestjs/common';
import { Clock, DomainError, LOGGER, type Logger } from '#common';
import { Database } from '#database';
import { SegmentsService } from '#segments';
import { EnrolmentRepository } from './enrolment.repository.js';
import { WatchRepository, type Watched } from './watch.repository.js';

/** How often people are looked for, in milliseconds: a look asks about every contact. */
const SEGMENT_EVERY_MS = 5 * 60_000;
const DAY_EVERY_MS = 15 * 60_000;
/** How far back a first look goes for days, and the longest a look that was missed is made up for. */
const DAYS_BACK_MS = 3 * 86_400_000;
const LEAVING_AT_ONCE = 1000;
/** Parameters of `joined` before those of the rule. */
const FIRST_PARAMETER = 4;

/** Looks for people whom nothing announces: who joined or left a segment, and whose birthday it is. */
@Injectable()
export class Watches {
  /** A test looks more often. */
  segmentEveryMs = SEGMENT_EVERY_MS;
  dayEveryMs = DAY_EVERY_MS;

  constructor(
    private readonly db: Database,
    private readonly repository: WatchRepository,
    private readonly enrolments: EnrolmentRepository,
    private readonly segments: SegmentsService,
    private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Looks where that was long ago; another worker's look is not repeated. */
  async look(): Promise<void> {
    while (await this.#next('segment.joined', this.segmentEveryMs, (one, now) => this.#segment(one, now)));
    while (await this.#next('date', this.dayEveryMs, (one, now) => this.#day(one, now)));
  }

  #next(kind: string, everyMs: number, look: (one: Watched, now: Date) => Promise<void>): Promise<boolean> {
    const now = this.clock.now();
    return this.db.transaction(async () => {
      const watched = await this.repository.next(kind, new Date(now.getTime() + everyMs), now);
      if (watched) await look(watched, now);
      return watched !== null;
    });
  }

  async #segment({ id, plan, before }: Watched, now: Date): Promise<void> {
    if (plan.segmentId === null) return;
    try {
      const predicate = await this.segments.predicateFor(plan.segmentId, now, FIRST_PARAMETER);
      await this.repository.joined(id, predicate, before !== null || plan.takesPresent, now);
      await this.repository.looked(id, now);
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      this.logger.warn(
        { code: error.code, sequence: id },
        'the segment of a sequence cannot be read: nobody joins',
      );
      return;
    }
    if (!plan.exit.leftSegment) return;
    for (;;) {
      const strayed = await this.repository.strayed(id, LEAVING_AT_ONCE);
      if (strayed.length > 0) await this.enrolments.leave(strayed, 'LEFT_SEGMENT', now);
      if (strayed.length < LEAVING_AT_ONCE) return;
    }
  }

  async #day({ id, plan, before, startedAt }: Watched, now: Date): Promise<void> {
    if (plan.day === null) return;
    const furthest = new Date(now.getTime() - DAYS_BACK_MS);
    const since = before ?? startedAt;
    await this.repository.daysCome(id, plan.day, plan.senderId, since > furthest ? since : furthest, now);
    await this.repository.looked(id, now);
  }
}
