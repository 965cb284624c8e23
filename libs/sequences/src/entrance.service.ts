import { Inject, Injectable } from '@nestjs/common';
import { Clock, DomainError, LOGGER, type Logger } from '#common';
import { Database } from '#database';
import { type Predicate, SegmentsService } from '#segments';
import { type Arrival, ArrivalRepository, type EarlierWays } from './arrival.repository.js';
import { type Plan } from './plan.js';
import { SequenceMetrics } from './sequence-metrics.js';
import { SequenceRepository } from './sequence.repository.js';

const ADMITTED_AT_ONCE = 1000;
const DAY_MS = 86_400_000;
/** Parameters of `stillTrue` before those of the rule. */
const FIRST_PARAMETER = 10;

/** Lets people into a sequence: those of whom it is still true what brought them, as often as it lets anybody in. */
@Injectable()
export class Entrance {
  constructor(
    private readonly db: Database,
    private readonly sequences: SequenceRepository,
    private readonly arrivals: ArrivalRepository,
    private readonly segments: SegmentsService,
    private readonly metrics: SequenceMetrics,
    private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Those first in line. @returns how many were looked at; 0: nobody is there, it lets nobody in, or another worker is at it */
  async admit(sequenceId: number): Promise<number> {
    const now = this.clock.now();
    let entered = 0;
    const looked = await this.db.transaction(async () => {
      if (!(await this.sequences.holdEntering(sequenceId)) || !(await this.arrivals.isOurTurn(sequenceId)))
        return 0;
      const sequence = await this.sequences.find(sequenceId);
      const version = sequence && (await this.sequences.version(sequence.versionId));
      if (!version) return 0;
      const taken = await this.arrivals.take(sequenceId, ADMITTED_AT_ONCE);
      if (taken.length === 0) return 0;
      const { plan, definition } = version;
      const topicId =
        definition.trigger.on === 'consent.given' ? Number(definition.trigger.topicId.slice(4)) : null;
      const where = await this.#where(plan, now);
      if (where === undefined) return taken.length;
      const { senderId, data, exit } = plan;
      const about = { topicId, data, leavesOnPurchase: exit.purchase, senderId };
      const fitting = await this.arrivals.stillTrue(taken, about, where);
      const earlier = new Map(
        (
          await this.arrivals.earlier(
            sequenceId,
            taken.map(({ contactId }) => contactId),
          )
        ).map(ways => [ways.contactId, ways]),
      );
      const people: (Arrival & { ordinal: number })[] = [];
      // One after another, as they came: whoever stands there twice has entered once by their second turn.
      for (const arrival of taken.sort((a, b) => a.id - b.id)) {
        const ways = earlier.get(arrival.contactId);
        if (!fitting.has(arrival.id) || !mayEnter(plan, arrival, ways)) continue;
        people.push({ ...arrival, ordinal: ways?.times ?? 0 });
        earlier.set(arrival.contactId, withThis(arrival, ways));
      }
      if (people.length > 0) {
        await this.sequences.markUsed(version.id, now);
        entered = await this.arrivals.enter(sequenceId, version.id, people, plan.exit, now);
      }
      return taken.length;
    });
    if (entered > 0) this.metrics.moved('entered', entered);
    return looked;
  }

  /** undefined: the rule names what is there no more, and nobody fits it. */
  async #where({ where }: Plan, now: Date): Promise<Predicate | null | undefined> {
    if (where === null) return null;
    try {
      return await this.segments.compile(where, now, FIRST_PARAMETER, true);
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      this.logger.warn(
        { code: error.code },
        'the rule at the entrance of a sequence names what is there no more: nobody enters',
      );
      return undefined;
    }
  }
}

/** Whether somebody who was there before may enter again. The same occasion never counts twice, whatever this says. */
function mayEnter({ reentry }: Plan, { happenedAt }: Arrival, earlier: EarlierWays | undefined): boolean {
  if (!earlier || reentry.mode === 'per_order') return true;
  if (reentry.mode === 'never' || earlier.isActive || earlier.lastEnteredAt === null) return false;
  return happenedAt.getTime() >= earlier.lastEnteredAt.getTime() + reentry.days * DAY_MS;
}

function withThis({ contactId, happenedAt }: Arrival, ways: EarlierWays | undefined): EarlierWays {
  const last = ways?.lastEnteredAt ?? happenedAt;
  return {
    ...{ contactId, times: (ways?.times ?? 0) + 1, isActive: true },
    lastEnteredAt: last > happenedAt ? last : happenedAt,
  };
}
