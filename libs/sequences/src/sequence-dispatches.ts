import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { type AddedPerson, DispatchesService } from '#sending';
import { type PlanStep } from './plan.js';
import { type DispatchPlace, SequenceDispatchRepository } from './sequence-dispatch.repository.js';
import { SequenceRepository } from './sequence.repository.js';
import { StepWorldRepository } from './step-world.repository.js';
import { type Walker } from './walker.js';

type SendStep = Extract<PlanStep, { type: 'send' }>;

/** Where a dispatch belongs, and what it sends. */
interface Place extends DispatchPlace {
  categories: string[];
  send: SendStep;
}

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

  /**
   * Hands the messages of one move to the pipeline, in the open transaction: first every dispatch that is needed, then the people,
   * each in one order, so that two who do so do not wait for each other.
   * @returns the dispatch of each way, by its number
   */
  async add(walkers: readonly Walker[], now: Date): Promise<Map<number, number>> {
    const bought = await this.world.categoriesOf(
      walkers.flatMap(({ sends, enrolment }) =>
        sends?.categories === 'order' ? (enrolment.orderId ?? []) : [],
      ),
    );
    const places = new Map<string, Place & { walkers: Walker[] }>();
    for (const walker of walkers) {
      const place = placeOf(walker, bought);
      const key = `${place.versionId} ${place.step} ${place.slot}`;
      const known = places.get(key);
      if (known) known.walkers.push(walker);
      else places.set(key, { ...place, walkers: [walker] });
    }
    const found: { dispatchId: number; walkers: Walker[] }[] = [];
    for (const [, place] of [...places].sort(([a], [b]) => (a < b ? -1 : 1)))
      found.push({ dispatchId: await this.#dispatch(place, now), walkers: place.walkers });
    const through = new Map<number, number>();
    for (const { dispatchId, walkers: there } of found.sort((a, b) => a.dispatchId - b.dispatchId)) {
      await this.dispatches.addPeople(dispatchId, there.map(added));
      for (const { enrolment } of there) through.set(enrolment.id, dispatchId);
    }
    return through;
  }

  async #dispatch(place: Place, now: Date): Promise<number> {
    const { send } = place;
    const known = await this.repository.find(place, now);
    if (known !== null) return known;
    await this.repository.lock(place.versionId);
    const made = await this.repository.find(place, now);
    if (made !== null) return made;
    const name = `${await this.sequences.nameOfVersion(place.versionId)}: ${send.id}`;
    const { id } = await this.dispatches.createOpen({
      ...{ name, channel: send.channel, messageClass: send.messageClass, senderId: send.senderId },
      ...{
        topicId: send.topicId,
        templateVersionId: send.templateVersionId,
        smsVersionId: send.smsVersionId,
      },
      ...{ productCategories: place.categories, notAfter: null, utm: send.utm },
    });
    await this.repository.insert(place, id, now);
    return id;
  }
}

function placeOf({ enrolment, sends }: Walker, bought: ReadonlyMap<number, string[]>): Place {
  const send = sends as SendStep;
  const { versionId, step, ordinal, laps, orderId } = enrolment;
  const categories = send.categories === 'order' ? (bought.get(orderId ?? 0) ?? []) : send.categories;
  // However many they are: a basket may be of a thousand.
  const basket = send.categories === 'order' ? ` ${digest([...categories].sort().join('\n'))}` : '';
  return { versionId, step, slot: `${ordinal}.${laps}${basket}`, categories, send };
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 22);
}

function added({ enrolment, sends }: Walker): AddedPerson {
  const { contactId, orderId, eventId, since } = enrolment;
  const patienceMs = sends?.patienceMs ?? null;
  return {
    ...{ contactId, orderId, eventId },
    endsAt: patienceMs === null ? null : new Date(since.getTime() + patienceMs),
  };
}
