import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { DomainError, LOGGER, type Logger } from '#common';
import { SegmentsService } from '#segments';
import { type PlanStep } from './plan.js';
import { StepWorldRepository } from './step-world.repository.js';
import { type Walker } from './walker.js';

type RuleStep = Extract<PlanStep, { type: 'branch' | 'split' | 'goal' }>;

/** Steps that choose a way, and what ends one because of what is true of somebody. */
@Injectable()
export class StepRules {
  constructor(
    private readonly world: StepWorldRepository,
    private readonly segments: SegmentsService,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Who has reached the goal of their version does nothing more; nor who left the segment, where that ends it. */
  async endThoseAtTheirGoal(walkers: readonly Walker[], now: Date): Promise<void> {
    for (const group of byPlan(walkers)) {
      const { exit, segmentId } = (group[0] as Walker).plan;
      if (exit.goal !== null) {
        const reached = await this.matching(exit.goal, group, now);
        for (const walker of group) if (reached.has(walker.contactId)) walker.finish('GOAL');
      }
      if (!exit.leftSegment || segmentId === null) continue;
      const members = await this.#members(segmentId, group, now);
      for (const walker of group)
        if (!walker.rests && !members.has(walker.contactId)) walker.leave('LEFT_SEGMENT');
    }
  }

  async take(step: RuleStep, group: readonly Walker[], now: Date): Promise<void> {
    switch (step.type) {
      case 'split':
        for (const walker of group) {
          const arm = armOf(step, walker.enrolment.id);
          walker.note('split', arm.name);
          walker.goOn(arm.next, walker.enrolment.since);
        }
        return;
      case 'goal': {
        const reached = await this.matching(step.when, group, now);
        for (const walker of group) {
          if (reached.has(walker.contactId)) walker.finish('GOAL');
          else {
            walker.note('goal_missed');
            walker.goOn(step.next, walker.enrolment.since);
          }
        }
        return;
      }
      case 'branch': {
        let left = [...group];
        const take = (walker: Walker, name: string, next: number): void => {
          walker.note('branched', name);
          walker.goOn(next, walker.enrolment.since);
        };
        for (const [at, { when, next }] of step.branches.entries()) {
          if (left.length === 0) return;
          const matching = await this.matching(when, left, now);
          for (const walker of left) if (matching.has(walker.contactId)) take(walker, String(at + 1), next);
          left = left.filter(({ contactId }) => !matching.has(contactId));
        }
        for (const walker of left) take(walker, 'otherwise', step.otherwise);
      }
    }
  }

  /**
   * Of whom a rule is true. A rule that names what is there no more (an attribute, a topic) is true of nobody: people go on by
   * the other way, and the log says so.
   */
  async matching(rule: unknown, group: readonly Walker[], now: Date): Promise<Set<number>> {
    try {
      const predicate = await this.segments.compile(rule, now, 2, true);
      return await this.world.matching(
        group.map(({ contactId }) => contactId),
        predicate,
      );
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      this.logger.warn(
        { code: error.code },
        'a rule of a sequence names what is there no more: it is true of nobody',
      );
      return new Set();
    }
  }

  /** Of a segment that cannot be read any more nobody has left. */
  async #members(segmentId: number, group: readonly Walker[], now: Date): Promise<Set<number>> {
    const contactIds = group.map(({ contactId }) => contactId);
    try {
      return await this.world.matching(contactIds, await this.segments.predicateFor(segmentId, now, 2, true));
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      return new Set(contactIds);
    }
  }
}

/** Weighed by chance, and always the same for one way and step: a crash does not draw again. */
function armOf(
  step: Extract<RuleStep, { type: 'split' }>,
  enrolmentId: number,
): { name: string; next: number } {
  const total = step.arms.reduce((sum, { weight }) => sum + weight, 0);
  const drawn = createHash('sha256').update(`${step.id} ${enrolmentId}`).digest().readUInt32BE(0) / 2 ** 32;
  let upTo = 0;
  for (const arm of step.arms) {
    upTo += arm.weight;
    if (drawn * total < upTo) return arm;
  }
  return step.arms.at(-1) as { name: string; next: number };
}

function byPlan(walkers: readonly Walker[]): Walker[][] {
  const groups = new Map<number, Walker[]>();
  for (const walker of walkers) {
    const group = groups.get(walker.enrolment.versionId);
    if (group) group.push(walker);
    else groups.set(walker.enrolment.versionId, [walker]);
  }
  return [...groups.values()];
}
