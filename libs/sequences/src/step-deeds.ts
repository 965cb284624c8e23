import { Injectable } from '@nestjs/common';
import { formatId } from '#common';
import { OutgoingEvents } from '#webhooks';
import { type PlanStep } from './plan.js';
import { StepWorldRepository } from './step-world.repository.js';
import { type Walker } from './walker.js';
import { MOST_ATTRIBUTE_BYTES } from '#contacts';

type DeedStep = Extract<PlanStep, { type: 'update' | 'webhook' }>;

/** Somebody else is changing this person: asked again after this many milliseconds. */
const BUSY_MS = 2000;

/** Steps that change or tell something, in the transaction that moves on. */
@Injectable()
export class StepDeeds {
  constructor(
    private readonly world: StepWorldRepository,
    private readonly events: OutgoingEvents,
  ) {}

  async take(step: DeedStep, group: readonly Walker[], now: Date): Promise<void> {
    if (step.type === 'webhook') await this.#tell(step, group, now);
    else await this.#update(step, group, now);
  }

  async #update(
    step: Extract<DeedStep, { type: 'update' }>,
    group: readonly Walker[],
    now: Date,
  ): Promise<void> {
    const contactIds = group.map(({ contactId }) => contactId);
    const done = await this.world.setAttribute(
      contactIds,
      step.attribute,
      step.value,
      MOST_ATTRIBUTE_BYTES,
      now,
    );
    for (const walker of group) {
      const fits = done.get(walker.contactId);
      if (fits !== undefined) {
        walker.note(fits ? 'updated' : 'not_updated', step.attribute);
        walker.goOn(step.next, walker.enrolment.since);
      } else walker.lookAgain(new Date(now.getTime() + BUSY_MS));
    }
  }

  async #tell(
    step: Extract<DeedStep, { type: 'webhook' }>,
    group: readonly Walker[],
    now: Date,
  ): Promise<void> {
    await this.events.emit(
      group.map(({ contactId, enrolment }) => ({
        kind: 'sequence.step' as const,
        contactId,
        subject: {
          sequenceId: formatId('sequence', enrolment.sequenceId),
          enrolmentId: formatId('enrolment', enrolment.id),
          ...(enrolment.orderId === null ? {} : { orderId: formatId('order', enrolment.orderId) }),
          ...(enrolment.eventId === null ? {} : { eventId: formatId('personEvent', enrolment.eventId) }),
        },
        payload: { step: step.id },
        occurredAt: now,
      })),
    );
    for (const walker of group) {
      walker.note('told');
      walker.goOn(step.next, walker.enrolment.since);
    }
  }
}
