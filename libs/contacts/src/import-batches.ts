import { isDeepStrictEqual } from 'node:util';
import { Inject, Injectable } from '@nestjs/common';
import { AddressHasher, Clock } from '#common';
import { Database } from '#database';
import { type AttributeTypes } from './attribute-values.js';
import { AttributesService } from './attributes.service.js';
import { CONSENT_RECORDER, type ConsentRecorder } from './consent-recorder.port.js';
import { type CsvRow } from './csv-reader.js';
import { type BatchOutcome, decideBatch, type Person } from './import-batch.js';
import { Fingerprints } from './fingerprints.js';
import { ImportBatchRepository } from './import-batch.repository.js';
import { type Import } from './import.entity.js';
import { UnreadableFile } from './import.errors.js';
import { ImportRepository, type Progress } from './import.repository.js';
import { type ImportRow, isRejection, readRow, type Rejection } from './import-row.js';

/** `lost`: the import was cancelled or another worker has it; nothing of the batch was kept. */
export type BatchFate = 'kept' | 'lost';

const TRIES = 5;

/** A batch as it stands in the file: read and checked, and nothing decided. */
export interface ReadBatch {
  raw: readonly CsvRow[];
  rows: ImportRow[];
  rejections: Rejection[];
  /** The definitions it was read by. */
  types: AttributeTypes;
  /** Of the addresses in it, by channel and address. */
  fingerprints: Fingerprints;
}

/** Carries one batch out: people, consents, rejections and the checkpoint in one transaction, or nothing. */
@Injectable()
export class ImportBatches {
  constructor(
    private readonly db: Database,
    private readonly imports: ImportRepository,
    private readonly batches: ImportBatchRepository,
    private readonly attributes: AttributesService,
    private readonly hasher: AddressHasher,
    private readonly clock: Clock,
    @Inject(CONSENT_RECORDER) private readonly consents: ConsentRecorder,
  ) {}

  /** Does what takes time and needs no lock, so that it can be done while the batch before is being written. */
  async read(job: Import, raw: readonly CsvRow[]): Promise<ReadBatch> {
    return this.#read(job, raw, await this.attributes.types());
  }

  /** Moves `job` (its checkpoint and warnings) on when the batch was kept. */
  async carryOut(job: Import, batch: ReadBatch, leaseUntil: Date): Promise<BatchFate> {
    const last = batch.raw.at(-1);
    if (!last) return 'kept';
    const checkpoint = { bytesRead: last.end, nextLine: last.line + last.lines };
    for (let tries = 1; ; tries++) {
      try {
        const progress = await this.db.transaction(() => this.#batch(job, batch, checkpoint, leaseUntil));
        if (!progress) return 'lost';
        Object.assign(job, { ...checkpoint, warnings: progress.warnings });
        return 'kept';
      } catch (error) {
        if (this.batches.isTopicGone(error)) throw topicGone();
        // Read and decided anew: what the other one wrote is now there to be seen.
        if (!this.batches.isRace(error) || tries === TRIES) throw error;
      }
    }
  }

  async #batch(
    job: Import,
    read: ReadBatch,
    checkpoint: Pick<Progress, 'bytesRead' | 'nextLine'>,
    leaseUntil: Date,
  ): Promise<Progress | null> {
    if (!(await this.imports.hold(job))) return null;
    const types = await this.attributes.typesForWriting();
    const isRead = isDeepStrictEqual(types, read.types);
    const { rows, rejections, fingerprints } = isRead ? read : this.#read(job, read.raw, types);
    const { known, rehearsedIds } = await this.#people(job, rows);
    const decide = async (): Promise<{ outcome: BatchOutcome; recorded: Recorded }> => {
      const outcome = decideBatch(rows, known, await this.#newIds(job, rows, known), job.plan);
      await this.batches.clearKeys([...new Set([...outcome.releasing, ...rehearsedIds])]);
      const stored = new Set(known.map(({ id }) => id));
      const [changed, added] = partition(outcome.changed, ({ id }) => stored.has(id));
      await this.batches.overwrite(changed, fingerprints, this.clock.now());
      await this.batches.insert(added, fingerprints, this.clock.now());
      return { outcome, recorded: await this.#recordConsents(job, outcome, fingerprints) };
    };
    const { outcome, recorded } = job.dryRun ? await this.batches.rolledBack(decide) : await decide();
    if (job.dryRun) await this.batches.rehearse(job.id, outcome.changed);

    const refused = [...rejections, ...outcome.rejections];
    await this.imports.addRejections(job.id, refused);
    const progress: Progress = {
      ...checkpoint,
      ...recorded,
      rowsRead: rows.length + rejections.length,
      created: outcome.created,
      updated: outcome.updated,
      skipped: outcome.skipped,
      rejected: refused.length,
      warnings: { ...job.warnings },
    };
    for (const [warning, count] of outcome.warnings) {
      progress.warnings[warning] = (progress.warnings[warning] ?? 0) + count;
    }
    await this.imports.advance(job.id, progress, leaseUntil);
    return progress;
  }

  #read(job: Import, raw: readonly CsvRow[], types: AttributeTypes): ReadBatch {
    const rows: ImportRow[] = [];
    const rejections: Rejection[] = [];
    const fingerprints = new Fingerprints(this.hasher);
    for (const one of raw) {
      if (one.cells.every(cell => cell === '')) continue;
      const result = readRow(one, job.plan, types);
      if (isRejection(result)) {
        rejections.push(result);
        continue;
      }
      rows.push(result);
      const { email, phone } = result.fields;
      if (email !== undefined) fingerprints.of('email', email);
      if (phone !== undefined) fingerprints.of('sms', phone);
    }
    return { raw, rows, rejections, types, fingerprints };
  }

  /** Those stored; in a dry run as the batches before would have left them. */
  async #people(job: Import, rows: ImportRow[]): Promise<{ known: Person[]; rehearsedIds: number[] }> {
    const stored = await this.batches.known(rows);
    if (!job.dryRun) return { known: stored, rehearsedIds: [] };
    const rehearsed = await this.batches.rehearsed(
      job.id,
      rows,
      stored.map(({ id }) => id),
    );
    const rehearsedIds = rehearsed.map(({ id }) => id);
    const isRehearsed = new Set(rehearsedIds);
    return { known: [...stored.filter(({ id }) => !isRehearsed.has(id)), ...rehearsed], rehearsedIds };
  }

  #newIds({ plan }: Import, rows: ImportRow[], known: Person[]): Promise<number[]> {
    const there = new Set(known.map(person => person[plan.matchBy]));
    const absent = rows.map(row => row.fields[plan.matchBy] as string).filter(key => !there.has(key));
    return this.batches.newIds(new Set(absent).size);
  }

  /** Addresses that went first: what the ledger voids for them must not touch what this batch brings. */
  async #recordConsents(job: Import, outcome: BatchOutcome, fingerprints: Fingerprints): Promise<Recorded> {
    if (outcome.addressesGone.length > 0) {
      const changes = outcome.addressesGone.map(({ contactId, channel, oldAddress }) => ({
        contactId,
        channel,
        oldHash: fingerprints.of(channel, oldAddress),
      }));
      await this.consents.addressChanged(changes, job.actor);
    }
    if (outcome.consents.length === 0) return { granted: 0, unknown: 0, keptWithdrawn: 0 };
    const items = outcome.consents.map(({ person, address, line, consent }) => ({
      ...consent,
      contactId: person.id,
      addressHash: fingerprints.of(consent.channel, address),
      line,
    }));
    const { id: importId, actor, fileName } = job;
    return this.consents.recordImported(items, { importId, actor, fileName });
  }
}

interface Recorded {
  granted: number;
  unknown: number;
  keptWithdrawn: number;
}

/** Those for whom it holds, and the others, each in their order. */
function partition<T>(items: readonly T[], holds: (item: T) => boolean): [T[], T[]] {
  return [items.filter(holds), items.filter(item => !holds(item))];
}

function topicGone(): UnreadableFile {
  return new UnreadableFile(
    'TOPIC_NOT_FOUND',
    'A topic of this import was deleted while it ran. The rows before were imported; import the rest anew.',
  );
}
