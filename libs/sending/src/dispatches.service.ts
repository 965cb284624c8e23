import { Injectable } from '@nestjs/common';
import { Clock, DomainError, formatId, notFound } from '#common';
import { JobQueue } from '#queue';
import { type Dispatch, type NewDispatch } from './dispatch.js';
import { type AddedPerson, DispatchPersonRepository } from './dispatch-person.repository.js';
import { DispatchRepository } from './dispatch.repository.js';
import { type Halt, HaltRepository } from './halt.repository.js';
import { type DispatchState, statesBefore } from './dispatch-state.js';
import { LocalHourRepository } from './local-hour.repository.js';
import { MessageRepository } from './message.repository.js';
import { type Progress, progressOf } from './progress.js';

const LOOK_EVERY_MS = 25;

/** What campaigns and sequences ask of the pipeline. */
@Injectable()
export class DispatchesService {
  /** How long a pause waits for the workers to heed, in milliseconds; they ask several times in that time. A test gives them longer. */
  heedWithinMs = 2000;

  constructor(
    private readonly dispatches: DispatchRepository,
    private readonly messages: MessageRepository,
    private readonly halts: HaltRepository,
    private readonly hours: LocalHourRepository,
    private readonly people: DispatchPersonRepository,
    private readonly queue: JobQueue,
    private readonly clock: Clock,
  ) {}

  /** Records a dispatch; call it inside the transaction that launches, then `begin` after the commit. */
  create(dispatch: NewDispatch): Promise<Dispatch> {
    return this.dispatches.insert(dispatch, this.clock.now());
  }

  /**
   * Records a dispatch to one person. The gate is asked at the attempt, as ever. Call it inside the transaction that
   * decides it, then `wake` after the commit.
   * @returns null when the contact is gone.
   */
  createForOne(dispatch: Omit<NewDispatch, 'audience'>, contactId: number): Promise<Dispatch | null> {
    return this.dispatches.insertForOne(dispatch, contactId, this.clock.now());
  }

  /** Records a dispatch that runs with nobody in it; `addPeople` adds them. Call it inside the transaction that needs it. */
  createOpen(dispatch: Omit<NewDispatch, 'audience'>): Promise<Dispatch> {
    return this.dispatches.insertOpen(dispatch, this.clock.now());
  }

  /**
   * Adds people to such a dispatch, nobody twice, in the caller's transaction; `wake` after the commit. The gate is asked at
   * each attempt, as ever.
   */
  async addPeople(id: number, people: readonly AddedPerson[]): Promise<void> {
    if (people.length > 0) await this.people.add(id, people, this.clock.now());
  }

  /** Takes people out of it, in the caller's transaction: once that is committed no attempt is allowed for them. */
  async takeBack(id: number, contactIds: readonly number[], reason: string): Promise<void> {
    if (contactIds.length > 0) await this.people.takeBack(id, contactIds, reason);
  }

  /** Wakes a worker for a dispatch that runs, once that is committed; without this a sweep finds it a moment later. */
  wake(dispatchId: number): Promise<void> {
    return this.queue.wake('send-dispatch', { dispatchId });
  }

  /** Wakes a worker for a new dispatch; without this a sweep finds it a moment later. */
  begin(dispatchId: number): Promise<void> {
    return this.queue.wake('freeze-dispatch', { dispatchId });
  }

  /** @throws DomainError DISPATCH_NOT_FOUND */
  async get(id: number): Promise<Dispatch> {
    const dispatch = await this.dispatches.find(id);
    if (!dispatch) throw notFound('dispatch', formatId('dispatch', id));
    return dispatch;
  }

  /** Once this returns, no further attempt is allowed; `halted` tells of those that were. @throws DomainError DISPATCH_STATE */
  pause(id: number): Promise<Dispatch> {
    return this.#move(id, 'paused', 'paused');
  }

  /** @throws DomainError DISPATCH_STATE */
  resume(id: number): Promise<Dispatch> {
    return this.#move(id, 'running', 'resumed', ['paused']);
  }

  /** Once this returns, no further attempt is allowed; `halted` tells of those that were. @throws DomainError DISPATCH_STATE */
  cancel(id: number): Promise<Dispatch> {
    return this.#move(id, 'cancelled', 'cancelled');
  }

  /** Pauses those of these that run; one that has just finished needs none. Of whoever does so for many. @returns which were */
  pauseAll(ids: readonly number[]): Promise<number[]> {
    return this.dispatches.moveAll(ids, ['running'], 'paused', this.clock.now());
  }

  /** Lets those of these that are paused go on; `wake` after the commit. @returns which were */
  resumeAll(ids: readonly number[]): Promise<number[]> {
    return this.dispatches.moveAll(ids, ['paused'], 'running', this.clock.now());
  }

  /** Cancels what of these is not over. @returns which were */
  cancelAll(ids: readonly number[]): Promise<number[]> {
    return this.dispatches.moveAll(ids, statesBefore('cancelled'), 'cancelled', this.clock.now());
  }

  /**
   * Waits a moment until every worker has heeded a pause or a cancel, which must be committed. From then on no SMTP
   * transaction of it begins; those that had begun end by themselves.
   */
  async halted(id: number): Promise<Halt> {
    const deadline = performance.now() + this.heedWithinMs;
    for (;;) {
      const halt = await this.halts.standing(id);
      if (halt.heeded || performance.now() > deadline) return halt;
      await new Promise(resolve => setTimeout(resolve, LOOK_EVERY_MS));
    }
  }

  async progress(id: number): Promise<Progress> {
    // Rows first: a dispatch frozen in between would otherwise seem to have more rows than people.
    const counts = await this.messages.counts(id);
    const dispatch = await this.get(id);
    const dues = dispatch.localTime === null ? [] : await this.hours.dues(id, this.clock.now());
    return progressOf(dispatch, counts, dues);
  }

  async #move(id: number, to: DispatchState, word: string, from = statesBefore(to)): Promise<Dispatch> {
    const moved = await this.dispatches.move(id, from, to, this.clock.now());
    if (moved) return moved;
    throw refused(await this.get(id), word);
  }
}

function refused(dispatch: Dispatch, word: string): DomainError {
  return new DomainError({
    kind: 'conflict',
    code: 'DISPATCH_STATE',
    message: `It is ${dispatch.state} and cannot be ${word}.`,
  });
}
