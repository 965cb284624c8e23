import { Injectable } from '@nestjs/common';
import { AuditTrail } from '#access';
import { Clock, DomainError, formatId, notFound, type Page } from '#common';
import { brokenUnique, Database, toPage } from '#database';
import { JobQueue } from '#queue';
import { DispatchesService } from '#sending';
import { TemplatesService } from '#templates';
import { type Definition } from './definition.js';
import { type Checked, DefinitionCheck } from './definition-check.js';
import { hearingOf, isOtherTrigger } from './hearing.js';
import { type SendingPause, SequenceDispatchRepository } from './sequence-dispatch.repository.js';
import { canMove, type Sequence, type SequenceState, type SequenceVersion } from './sequence.js';
import { SequenceReadiness } from './sequence-readiness.js';
import { SequenceRepository, type SequencesRequest } from './sequence.repository.js';

export interface SequenceWithVersion {
  sequence: Sequence;
  /** The one that people enter. */
  version: SequenceVersion;
}

/** A sequence's life: written, started, paused, closed to newcomers, stopped. */
@Injectable()
export class SequencesService {
  constructor(
    private readonly db: Database,
    private readonly repository: SequenceRepository,
    private readonly placed: SequenceDispatchRepository,
    private readonly check: DefinitionCheck,
    private readonly readiness: SequenceReadiness,
    private readonly dispatches: DispatchesService,
    private readonly templates: TemplatesService,
    private readonly audit: AuditTrail,
    private readonly queue: JobQueue,
    private readonly clock: Clock,
  ) {}

  /** @throws DomainError SEQUENCE_INVALID, SEQUENCE_NAME_TAKEN */
  async create(name: string, definition: Definition, actor: string): Promise<SequenceWithVersion> {
    const checked = await this.check.check(definition);
    const now = this.clock.now();
    return this.#uniquely(name, async () => {
      const hearing = hearingOf(definition, checked);
      const id = await this.repository.insert(name, hearing, now);
      await this.#enter(id, name, definition, checked, now);
      await this.audit.record(actor, 'sequence.created', formatId('sequence', id), { name });
      return this.get(id);
    });
  }

  /** @throws DomainError SEQUENCE_NOT_FOUND */
  async get(id: number): Promise<SequenceWithVersion> {
    const sequence = await this.repository.find(id);
    const version = sequence && (await this.repository.version(sequence.versionId));
    if (!sequence || !version) throw notFound('sequence', formatId('sequence', id));
    return { sequence, version };
  }

  async list(request: SequencesRequest): Promise<Page<Sequence>> {
    return toPage(await this.repository.list(request), request.limit, sequence => sequence);
  }

  /** One that somebody is on. @throws DomainError SEQUENCE_NOT_FOUND */
  async version(id: number): Promise<SequenceVersion> {
    const version = await this.repository.version(id);
    if (!version) throw notFound('sequence', `version ${id}`);
    return version;
  }

  /** Newest first. @throws DomainError SEQUENCE_NOT_FOUND */
  async versions(id: number): Promise<SequenceVersion[]> {
    await this.get(id);
    return this.repository.versions(id);
  }

  /**
   * Changes name, definition or both. Whoever is on their way goes on by the version they entered; the new one is for those
   * who enter from now on.
   * @throws DomainError SEQUENCE_NOT_FOUND, SEQUENCE_STATE, SEQUENCE_INVALID, SEQUENCE_NOT_READY, SEQUENCE_NAME_TAKEN
   */
  async update(
    id: number,
    changes: { name?: string | undefined; definition?: Definition | undefined },
    actor: string,
  ): Promise<SequenceWithVersion> {
    if (changes.definition === undefined) return this.#rename(id, changes.name, actor);
    const current = await this.get(id);
    const name = changes.name ?? current.sequence.name;
    const { definition } = changes;
    const checked = await this.check.check(definition);
    const now = this.clock.now();
    return this.#uniquely(name, async () => {
      const sequence = await this.#locked(id);
      if (sequence.state === 'stopped') throw wrongState(sequence, 'changed');
      if (sequence.state !== 'draft') await this.#commit(checked, now);
      if (isOtherTrigger(current.version, definition)) await this.repository.forgetTrigger(id);
      await this.repository.dropUnused(id, sequence.versionId);
      await this.#enter(id, name, definition, checked, now);
      await this.audit.record(actor, 'sequence.updated', formatId('sequence', id), {
        changed: Object.keys(changes),
      });
      return this.get(id);
    });
  }

  /**
   * People enter and are moved from now on; also after a pause, and for one that was closed.
   * @throws DomainError SEQUENCE_NOT_FOUND, SEQUENCE_STATE, SEQUENCE_INVALID, SEQUENCE_NOT_READY
   */
  async start(id: number, actor: string): Promise<SequenceWithVersion> {
    const now = this.clock.now();
    const started = await this.db.transaction(async () => {
      const sequence = await this.#locked(id);
      if (!canMove(sequence.state, 'running')) throw wrongState(sequence, 'started');
      if (sequence.state === 'draft') {
        // What its templates say today is what is sent, and what its topics are.
        const { version } = await this.get(id);
        const checked = await this.check.check(version.definition);
        await this.#commit(checked, now);
        await this.repository.dropUnused(id, version.id);
        await this.#enter(id, sequence.name, version.definition, checked, now);
      }
      // Nobody knows who joined meanwhile of those who were not let in.
      if (sequence.state === 'closed') await this.repository.forgetTrigger(id);
      await this.dispatches.resumeAll(await this.placed.pausedByPeople(id));
      await this.repository.setState(id, 'running', now);
      await this.audit.record(actor, 'sequence.started', formatId('sequence', id), {});
      return this.get(id);
    });
    await this.wake();
    return started;
  }

  /**
   * Nobody is moved, and no further message begins once this returns. Who arrives meanwhile waits outside.
   * @throws DomainError SEQUENCE_NOT_FOUND, SEQUENCE_STATE
   */
  async pause(id: number, actor: string): Promise<SequenceWithVersion> {
    return this.#halt(id, 'paused', actor, ids => this.dispatches.pauseAll(ids), ['running']);
  }

  /** Over: everybody leaves, nothing more is sent. @throws DomainError SEQUENCE_NOT_FOUND, SEQUENCE_STATE */
  async stop(id: number, actor: string): Promise<SequenceWithVersion> {
    const open = ['running', 'paused'];
    const stopped = await this.#halt(id, 'stopped', actor, ids => this.dispatches.cancelAll(ids), open);
    await this.wake();
    return stopped;
  }

  /** Nobody enters any more; who is in it goes on. @throws DomainError SEQUENCE_NOT_FOUND, SEQUENCE_STATE */
  async close(id: number, actor: string): Promise<SequenceWithVersion> {
    return this.db.transaction(async () => {
      const sequence = await this.#locked(id);
      if (!canMove(sequence.state, 'closed')) throw wrongState(sequence, 'closed');
      await this.repository.forgetTrigger(id);
      await this.dispatches.resumeAll(await this.placed.pausedByPeople(id));
      await this.repository.setState(id, 'closed', this.clock.now());
      await this.audit.record(actor, 'sequence.closed', formatId('sequence', id), {});
      return this.get(id);
    });
  }

  /** @throws DomainError SEQUENCE_NOT_FOUND, SEQUENCE_STATE once it was started: its record stays */
  async delete(id: number, actor: string): Promise<void> {
    await this.db.transaction(async () => {
      const sequence = await this.#locked(id);
      if (sequence.state !== 'draft') throw wrongState(sequence, 'deleted: what it sent must stay explained');
      await this.repository.delete(id);
      await this.audit.record(actor, 'sequence.deleted', formatId('sequence', id), {});
    });
  }

  /**
   * Goes on with what the program itself paused, such as an error budget (`pauses`).
   * @returns how many of its dispatches go on
   * @throws DomainError SEQUENCE_NOT_FOUND, SEQUENCE_STATE unless it runs or is closed
   */
  async resumeSending(id: number, actor: string): Promise<number> {
    const ids = await this.db.transaction(async () => {
      const sequence = await this.#locked(id);
      if (sequence.state !== 'running' && sequence.state !== 'closed') throw wrongState(sequence, 'resumed');
      const paused = await this.placed.pauses(id);
      const resumed = await this.dispatches.resumeAll(paused.map(({ dispatchId }) => dispatchId));
      const told = { dispatches: resumed.length };
      await this.audit.record(actor, 'sequence.sending_resumed', formatId('sequence', id), told);
      return resumed;
    });
    for (const dispatchId of ids) await this.dispatches.wake(dispatchId);
    return ids.length;
  }

  /** What the program paused of it by itself, and why. @throws DomainError SEQUENCE_NOT_FOUND */
  async pauses(id: number): Promise<SendingPause[]> {
    await this.get(id);
    return this.placed.pauses(id);
  }

  /** Wakes a worker to let people in and move them; a sweep would a moment later. */
  wake(): Promise<void> {
    return this.queue.wake('advance-sequences', {});
  }

  async #halt(
    id: number,
    to: SequenceState,
    actor: string,
    halt: (dispatchIds: readonly number[]) => Promise<unknown>,
    states: readonly string[],
  ): Promise<SequenceWithVersion> {
    const dispatchIds = await this.db.transaction(async () => {
      const sequence = await this.#locked(id);
      if (!canMove(sequence.state, to)) throw wrongState(sequence, to);
      await this.repository.setState(id, to, this.clock.now());
      const ids = await this.placed.inState(id, states);
      await halt(ids);
      if (to === 'stopped') await this.repository.forgetTrigger(id);
      await this.audit.record(actor, `sequence.${to}`, formatId('sequence', id), {});
      return ids;
    });
    for (const dispatchId of dispatchIds) await this.dispatches.halted(dispatchId);
    return this.get(id);
  }

  /** What it sends from now on never changes. @throws DomainError SEQUENCE_NOT_READY */
  async #commit(checked: Checked, now: Date): Promise<void> {
    await this.readiness.check(checked);
    for (const step of checked.plan.steps) {
      if (step.type !== 'send') continue;
      for (const versionId of [step.templateVersionId, step.smsVersionId])
        if (versionId !== null) await this.templates.markUsed(versionId, now);
    }
  }

  async #enter(id: number, name: string, definition: Definition, checked: Checked, now: Date): Promise<void> {
    const versionId = await this.repository.insertVersion(
      id,
      definition,
      checked.plan,
      checked.templateIds,
      now,
    );
    await this.repository.enter(id, name, versionId, hearingOf(definition, checked), now);
  }

  /** The name alone: no new version, and nothing that its templates say today is taken over. */
  #rename(id: number, name: string | undefined, actor: string): Promise<SequenceWithVersion> {
    return this.#uniquely(name ?? '', async () => {
      const sequence = await this.#locked(id);
      if (sequence.state === 'stopped') throw wrongState(sequence, 'changed');
      if (name !== undefined) await this.repository.rename(id, name, this.clock.now());
      await this.audit.record(actor, 'sequence.updated', formatId('sequence', id), { changed: ['name'] });
      return this.get(id);
    });
  }

  async #locked(id: number): Promise<Sequence> {
    const sequence = await this.repository.lock(id);
    if (!sequence) throw notFound('sequence', formatId('sequence', id));
    return sequence;
  }

  async #uniquely<T>(name: string, work: () => Promise<T>): Promise<T> {
    try {
      return await this.db.transaction(work);
    } catch (error) {
      const broken = brokenUnique(error);
      if (broken !== 'sequence_name_key') throw error;
      throw new DomainError({
        ...{ kind: 'conflict', code: 'SEQUENCE_NAME_TAKEN' },
        message: `There is a sequence named "${name}" already. Choose another name.`,
      });
    }
  }
}

function wrongState({ state }: Sequence, word: string): DomainError {
  return new DomainError({
    ...{ kind: 'conflict', code: 'SEQUENCE_STATE' },
    message: `The sequence is ${state} and cannot be ${word}.`,
  });
}
