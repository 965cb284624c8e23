import { Injectable } from '@nestjs/common';
import { HUMAN_AFTER_MS } from '#common';
import { type PlanStep } from './plan.js';
import { StepWorldRepository } from './step-world.repository.js';
import { type Walker } from './walker.js';

/** Longer than any move takes, in milliseconds. */
const ONCE_MORE_MS = 5000;
/** By then a click that was heard of is written, in milliseconds. */
const WRITTEN_AFTER_MS = 2000;

type WaitStep = Extract<PlanStep, { type: 'wait' | 'wait-until' | 'wait-for-replenishment' | 'listen' }>;

/**
 * Steps that let time pass. All count from when the step was reached by what the steps before it say; after an outage the way
 * goes on at once past what has passed meanwhile, in order, and no wait is made longer by it.
 */
@Injectable()
export class StepWaits {
  constructor(private readonly world: StepWorldRepository) {}

  async take(step: WaitStep, group: readonly Walker[], now: Date): Promise<void> {
    switch (step.type) {
      case 'wait':
        for (const walker of group) pass(walker, later(walker.enrolment.since, step.ms), step.next, now);
        return;
      case 'wait-until': {
        const { senderId } = (group[0] as Walker).plan;
        const people = group.map(({ enrolment }) => enrolment);
        const moments = await this.world.momentsOfDay(people, step.weekdays, step.minutes, senderId);
        for (const walker of group) {
          const due = moments.get(walker.enrolment.id);
          // The contact is gone, or will be in a moment: nothing more is to be done for them.
          if (due) pass(walker, due, step.next, now);
          else walker.leave('REMOVED');
        }
        return;
      }
      case 'wait-for-replenishment':
        return this.#replenish(step, group, now);
      case 'listen':
        return this.#listen(step, group, now);
    }
  }

  async #replenish(
    step: Extract<WaitStep, { type: 'wait-for-replenishment' }>,
    group: readonly Walker[],
    now: Date,
  ): Promise<void> {
    const orders = group.flatMap(({ enrolment }) => enrolment.orderId ?? []);
    const usedUp = await this.world.usedUpAt(orders);
    for (const walker of group) {
      const { orderId, since } = walker.enrolment;
      const at = orderId === null ? undefined : usedUp.get(orderId);
      if (at) pass(walker, latest(later(at, -step.beforeMs), since), step.next, now);
      else if (step.otherwiseMs !== null) pass(walker, later(since, step.otherwiseMs), step.next, now);
      else walker.leave('NOTHING_TO_WAIT_FOR');
    }
  }

  async #listen(
    step: Extract<WaitStep, { type: 'listen' }>,
    group: readonly Walker[],
    now: Date,
  ): Promise<void> {
    const people = group.map(({ enrolment }) => enrolment);
    const senderId = (group[0] as Walker).plan.senderId;
    const did = await this.world.whoDid(step.for, people, senderId, now);
    for (const walker of group) {
      const givesUp = later(walker.enrolment.since, step.ms);
      // A click of the last moment is known for a person's only a while later, and counts all the same.
      const decides = later(givesUp, step.for === '@click' ? HUMAN_AFTER_MS + WRITTEN_AFTER_MS : 0);
      if (did.has(walker.enrolment.id)) {
        walker.note('did');
        walker.goOn(step.next, now);
      } else if (decides <= now) {
        walker.note('did_not');
        walker.goOn(step.otherwise, givesUp);
      } else {
        // What they did while they came here woke nobody: looked for once more, a moment later.
        const soon = new Date(now.getTime() + ONCE_MORE_MS);
        const isNew = walker.enrolment.phase !== 'listening';
        walker.listenUntil(givesUp, step.for, isNew && soon < decides ? soon : decides);
      }
    }
  }
}

function pass(walker: Walker, due: Date, next: number, now: Date): void {
  if (due > now) return walker.waitUntil(due);
  walker.note('waited');
  walker.goOn(next, due);
}

function later(since: Date, ms: number): Date {
  return new Date(since.getTime() + ms);
}

function latest(a: Date, b: Date): Date {
  return a > b ? a : b;
}
