import { Injectable } from '@nestjs/common';
import { Clock } from '#common';
import { Database } from '#database';
import { DispatchesService } from '#sending';
import { EnrolmentRepository } from './enrolment.repository.js';
import { type PlanStep } from './plan.js';
import { SequenceRepository } from './sequence.repository.js';
import { SequenceMetrics } from './sequence-metrics.js';
import { SequencePlans } from './sequence-plans.js';
import { StepDeeds } from './step-deeds.js';
import { StepRules } from './step-rules.js';
import { StepSends } from './step-sends.js';
import { StepWaits } from './step-waits.js';
import { Walker } from './walker.js';

/** People moved in one transaction: long enough that a commit costs little, short enough that nobody waits for it. */
export const MOVED_AT_ONCE = 1000;

/**
 * Moves whoever is due, in sets: all who stand at the same step take it together, until each waits for something or is at the
 * end. The step somebody took and the message it sends commit together; after a crash nobody took it, or both are there.
 */
@Injectable()
export class Mover {
  constructor(
    private readonly db: Database,
    private readonly sequences: SequenceRepository,
    private readonly plans: SequencePlans,
    private readonly enrolments: EnrolmentRepository,
    private readonly rules: StepRules,
    private readonly waits: StepWaits,
    private readonly deeds: StepDeeds,
    private readonly sends: StepSends,
    private readonly dispatches: DispatchesService,
    private readonly metrics: SequenceMetrics,
    private readonly clock: Clock,
  ) {}

  /** Moves those of one sequence who are due longest. @returns how many; 0: nobody is, or it does not run */
  async move(sequenceId: number, most = MOVED_AT_ONCE): Promise<number> {
    const now = this.clock.now();
    const { walkers, dispatchIds } = await this.db.transaction(async () => {
      // Held until the commit: a pause waits for it, and finds every dispatch that was made.
      if (!(await this.sequences.holdMoving(sequenceId))) return { walkers: [], dispatchIds: [] };
      const due = await this.enrolments.due(sequenceId, now, most);
      const walkers: Walker[] = [];
      for (const enrolment of due)
        walkers.push(new Walker(enrolment, await this.plans.of(enrolment.versionId), now));
      await this.#walk(walkers, now);
      await this.sends.flush(walkers, now);
      await this.enrolments.save(walkers, now);
      await this.#takeBack(walkers);
      return { walkers, dispatchIds: [...new Set(walkers.flatMap(sentThrough))] };
    });
    for (const { moves } of walkers) for (const { outcome } of moves) this.metrics.moved(outcome);
    for (const dispatchId of dispatchIds) await this.dispatches.wake(dispatchId);
    return walkers.length;
  }

  /** Puts the one who is due longest off: whoever cannot be moved must not keep the others. @returns their way's number */
  async putOff(sequenceId: number, milliseconds: number): Promise<number | null> {
    const now = this.clock.now();
    return this.enrolments.putOff(sequenceId, now, new Date(now.getTime() + milliseconds));
  }

  async #walk(walkers: readonly Walker[], now: Date): Promise<void> {
    await this.rules.endThoseAtTheirGoal(walkers, now);
    for (;;) {
      const groups = byStep(walkers.filter(({ rests }) => !rests));
      if (groups.length === 0) return;
      for (const { step, group } of groups) await this.#take(step, group, now);
    }
  }

  /** Who is done, or went on without it, has no use for a message that waits. */
  async #takeBack(walkers: readonly Walker[]): Promise<void> {
    const taken = new Map<string, { dispatchId: number; reason: string; contactIds: number[] }>();
    for (const { takenBack, contactId } of walkers) {
      for (const { dispatchId, reason } of takenBack) {
        const known = taken.get(`${dispatchId} ${reason}`);
        if (known) known.contactIds.push(contactId);
        else taken.set(`${dispatchId} ${reason}`, { dispatchId, reason, contactIds: [contactId] });
      }
    }
    for (const { dispatchId, contactIds, reason } of [...taken.values()].sort(
      (a, b) => a.dispatchId - b.dispatchId,
    ))
      await this.dispatches.takeBack(dispatchId, contactIds, reason);
  }

  async #take(step: PlanStep | undefined, group: readonly Walker[], now: Date): Promise<void> {
    switch (step?.type) {
      case 'send':
        return this.sends.take(step, group, now);
      case 'wait':
      case 'wait-until':
      case 'wait-for-replenishment':
      case 'listen':
        return this.waits.take(step, group, now);
      case 'branch':
      case 'split':
      case 'goal':
        return this.rules.take(step, group, now);
      case 'update':
      case 'webhook':
        return this.deeds.take(step, group, now);
      case 'end':
      case undefined:
        for (const walker of group) walker.finish('COMPLETED');
    }
  }
}

function sentThrough({ enrolment, moves }: Walker): number[] {
  return enrolment.dispatchId !== null && moves.at(-1)?.outcome === 'sending' ? [enrolment.dispatchId] : [];
}

/** Who stands where, earlier steps first: who comes to the same step from two sides takes it with the others. */
function byStep(walkers: readonly Walker[]): { step: PlanStep | undefined; group: Walker[] }[] {
  const groups = new Map<string, { step: PlanStep | undefined; at: number; group: Walker[] }>();
  for (const walker of walkers) {
    const { versionId, step: at } = walker.enrolment;
    const key = `${versionId} ${at}`;
    const known = groups.get(key);
    if (known) known.group.push(walker);
    else groups.set(key, { step: walker.step, at, group: [walker] });
  }
  return [...groups.values()].sort((a, b) => a.at - b.at);
}
