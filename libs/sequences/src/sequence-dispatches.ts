import { Injectable } from '@nestjs/common';
import { type AddedPerson, DispatchesService } from '#sending';
import { type PlanStep } from './plan.js';
import { SequenceDispatchRepository } from './sequence-dispatch.repository.js';
import { SequenceRepository } from './sequence.repository.js';
import { StepWorldRepository } from './step-world.repository.js';
import { type Walker } from './walker.js';

type SendStep = Extract<PlanStep, { type: 'send' }>;

/**
 * The dispatches that a step sends through: one a day, so that the records of each month go with it (ADR 10), and apart from
 * that one for each time that somebody may come by: a message is its dispatch and contact (ADR 2), and nobody meets a
 * dispatch twice.
 */
@Injectable()
export class SequenceDispatches {
  constructor(
    private readonly dispatches: DispatchesService,
    private readonly repository: SequenceDispatchRepository,
    private readonly sequences: SequenceRepository,
    private readonly world: StepWorldRepository,
  ) {}

  /** Hands these people's messages to the pipeline, in the open transaction. @returns the dispatch of each way, by its number */
  async add(step: SendStep, walkers: readonly Walker[], now: Date): Promise<Map<number, number>> {
    const orders = walkers.flatMap(({ enrolment }) => enrolment.orderId ?? []);
    const bought = step.categories === 'order' ? await this.world.categoriesOf(orders) : null;
    const categoriesOf = ({ enrolment: { orderId } }: Walker): string[] =>
      step.categories === 'order' ? (bought?.get(orderId ?? 0) ?? []) : step.categories;
    const slots = new Map<
      string,
      { versionId: number; at: number; slot: string; categories: string[]; walkers: Walker[] }
    >();
    for (const walker of walkers) {
      const { versionId, step: at, ordinal, laps } = walker.enrolment;
      const categories = categoriesOf(walker);
      const slot = JSON.stringify([ordinal, laps, ...(step.categories === 'order' ? categories : [])]);
      const key = `${versionId} ${at} ${slot}`;
      const known = slots.get(key);
      if (known) known.walkers.push(walker);
      else slots.set(key, { versionId, at, slot, categories, walkers: [walker] });
    }
    const found: { dispatchId: number; walkers: Walker[] }[] = [];
    for (const { versionId, at, slot, categories, walkers: there } of slots.values()) {
      const dispatchId = await this.#dispatch(step, { versionId, step: at, slot, categories }, now);
      found.push({ dispatchId, walkers: there });
    }
    const through = new Map<number, number>();
    // In one order, whoever else adds to some of them.
    for (const { dispatchId, walkers: there } of found.sort((a, b) => a.dispatchId - b.dispatchId)) {
      await this.dispatches.addPeople(
        dispatchId,
        there.map(walker => added(walker, step)),
      );
      for (const { enrolment } of there) through.set(enrolment.id, dispatchId);
    }
    return through;
  }

  async #dispatch(
    step: SendStep,
    place: { versionId: number; step: number; slot: string; categories: string[] },
    now: Date,
  ): Promise<number> {
    const known = await this.repository.find(place, now);
    if (known !== null) return known;
    await this.repository.lock(place.versionId);
    const made = await this.repository.find(place, now);
    if (made !== null) return made;
    const name = `${await this.sequences.nameOfVersion(place.versionId)}: ${step.id}`;
    const { id } = await this.dispatches.createOpen({
      ...{ name, channel: step.channel, messageClass: step.messageClass, senderId: step.senderId },
      ...{
        topicId: step.topicId,
        templateVersionId: step.templateVersionId,
        smsVersionId: step.smsVersionId,
      },
      ...{ productCategories: place.categories, notAfter: null, utm: step.utm },
    });
    await this.repository.insert(place, id, now);
    return id;
  }
}

function added({ enrolment }: Walker, { patienceMs }: SendStep): AddedPerson {
  const { contactId, orderId, eventId, since } = enrolment;
  return {
    ...{ contactId, orderId, eventId },
    endsAt: patienceMs === null ? null : new Date(since.getTime() + patienceMs),
  };
}
