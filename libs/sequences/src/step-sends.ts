import { Injectable } from '@nestjs/common';
import { isEnded } from '#sending';
import { type PlanStep } from './plan.js';
import { SequenceDispatches } from './sequence-dispatches.js';
import { type MessageState, StepWorldRepository } from './step-world.repository.js';
import { type Walker } from './walker.js';

type SendStep = Extract<PlanStep, { type: 'send' }>;

/** After how long a message is asked after, in milliseconds; each further look takes twice as long, up to the last. */
const FIRST_LOOK_MS = 3000;
const LONGEST_LOOK_MS = 5 * 60_000;
/** So long after a deferral has ended. */
const AFTERWARDS_MS = 1000;

/**
 * Steps that send. Somebody stands at the step until it is known what became of their message: quiet hours and caps put it off
 * and with it all that follows, so that nothing arrives before what it comes after.
 */
@Injectable()
export class StepSends {
  constructor(
    private readonly world: StepWorldRepository,
    private readonly dispatches: SequenceDispatches,
  ) {}

  async take(step: SendStep, group: readonly Walker[], now: Date): Promise<void> {
    const asked = group.filter(({ enrolment }) => enrolment.phase === 'sending');
    const fresh = group.filter(({ enrolment }) => enrolment.phase !== 'sending');
    await this.#ask(step, asked, now);
    for (const walker of fresh) {
      if (isLate(step, walker.enrolment.since, now)) tooLate(walker, step);
      else walker.willSend(step);
    }
  }

  /** Hands over all messages of a move at once: whoever else moves people takes the same dispatches in the same order. */
  async flush(walkers: readonly Walker[], now: Date): Promise<void> {
    const sending = walkers.filter(({ sends }) => sends !== null);
    if (sending.length === 0) return;
    const through = await this.dispatches.add(sending, now);
    for (const walker of sending)
      walker.sendThrough(through.get(walker.enrolment.id) as number, new Date(now.getTime() + FIRST_LOOK_MS));
  }

  async #ask(step: SendStep, group: readonly Walker[], now: Date): Promise<void> {
    for (const [dispatchId, walkers] of byDispatch(group)) {
      const states = new Map(
        (
          await this.world.messages(
            dispatchId,
            walkers.map(({ contactId }) => contactId),
          )
        ).map(state => [state.contactId, state]),
      );
      for (const walker of walkers) settle(walker, step, states.get(walker.contactId), now);
    }
  }
}

/** Goes on where it is known what became of the message; else looks again, when there may be something to see. */
function settle(walker: Walker, step: SendStep, message: MessageState | undefined, now: Date): void {
  const { dispatchId, since } = walker.enrolment;
  const state = message?.state ?? null;
  if (!message) {
    // The records of its time were dropped.
    walker.note('not_sent', 'UNKNOWN', dispatchId);
    return walker.goOn(step.next, since);
  }
  if (state === 'accepted') {
    walker.note('sent', null, dispatchId);
    return walker.goOn(step.next, message.settledAt ?? now);
  }
  if (state === 'rejected' || state === 'skipped' || state === 'unknown') {
    const isLate = message.reason === 'TOO_LATE';
    walker.note(isLate ? 'too_late' : 'not_sent', message.reason, dispatchId);
    return walker.goOn(step.next, isLate ? since : (message.settledAt ?? now));
  }
  // On its way this moment; whatever its time, it may arrive.
  if (state !== 'attempting') {
    if (message.endsAt !== null && message.endsAt <= now) return tooLate(walker, step);
    if (message.dispatchState !== 'finished' && isEnded(message.dispatchState)) {
      walker.note('not_sent', 'CANCELLED', dispatchId);
      return walker.goOn(step.next, now);
    }
  }
  const look = Math.min(FIRST_LOOK_MS * 2 ** Math.min(walker.enrolment.looks, 20), LONGEST_LOOK_MS);
  let lookAt = now.getTime() + look;
  if (state === 'deferred' && message.retryAt !== null)
    lookAt = Math.max(message.retryAt.getTime() + AFTERWARDS_MS, now.getTime() + FIRST_LOOK_MS);
  if (message.endsAt !== null)
    lookAt = Math.min(lookAt, Math.max(message.endsAt.getTime(), now.getTime() + AFTERWARDS_MS));
  walker.lookAgain(new Date(lookAt));
}

function isLate({ patienceMs }: SendStep, since: Date, now: Date): boolean {
  return patienceMs !== null && now.getTime() > since.getTime() + patienceMs;
}

function tooLate(walker: Walker, step: SendStep): void {
  const { dispatchId } = walker.enrolment;
  walker.note('too_late', null, dispatchId);
  // Another worker's clock may say that there is time.
  if (dispatchId !== null) walker.takeBack(dispatchId, 'TOO_LATE');
  walker.goOn(step.next, walker.enrolment.since);
}

function byDispatch(group: readonly Walker[]): Map<number, Walker[]> {
  const groups = new Map<number, Walker[]>();
  for (const walker of group) {
    const id = walker.enrolment.dispatchId as number;
    const known = groups.get(id);
    if (known) known.push(walker);
    else groups.set(id, [walker]);
  }
  return groups;
}
