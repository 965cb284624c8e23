import { setImmediate as nextTurn } from 'node:timers/promises';
import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { Clock, formatId, LOGGER, type Logger } from '#common';
import { CsvReader, type CsvRow } from './csv-reader.js';
import { type BatchFate, ImportBatches } from './import-batches.js';
import { type Import } from './import.entity.js';
import { ImportRepository } from './import.repository.js';
import { UnreadableFile } from './import.errors.js';
import { PIECE_BYTES } from './imports.service.js';

/** Rows that commit together; fewer when they are long, so that memory stays flat whatever the file. */
export const BATCH_ROWS = 1000;
const BATCH_BYTES = 4 * 1024 * 1024;
/** What the parser is given at once: some hundred rows. */
const SLICE_BYTES = 64 * 1024;

/** From a file of this size on the statistics of the tables are made anew: some thousand people. */
const WORTH_ANALYSING_BYTES = 1024 * 1024;

/** A worker that was not heard of for this long is taken for dead; a batch takes a fraction of a second. */
export const LEASE_MS = 60_000;
const RETRY_MS = 5_000;
/** Leases in a row that got nowhere: then it is the file or us, and trying on helps nobody. */
const MOST_ATTEMPTS = 5;

/** Works uploaded files off, batch by batch, from the checkpoint that committed with the last batch. */
@Injectable()
export class ImportRunner implements OnModuleDestroy {
  #stopping = false;
  #sweeping = false;
  readonly #underWay = new Set<Promise<unknown>>();

  constructor(
    private readonly imports: ImportRepository,
    private readonly batches: ImportBatches,
    private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Runs an import to its end, if it waits for that; harmless for any other, and to call twice. */
  async run(importId: number): Promise<void> {
    if (this.#stopping) return;
    const work = this.#run(importId);
    this.#underWay.add(work);
    try {
      await work;
    } finally {
      this.#underWay.delete(work);
    }
  }

  /**
   * Finds in PostgreSQL what nobody works at (the queue may have lost its job, or a worker died), and does it.
   * To be called every second or so; while one sweep is at work a second does nothing.
   * @returns how many imports it worked at.
   */
  async sweep(): Promise<number> {
    if (this.#sweeping || this.#stopping) return 0;
    this.#sweeping = true;
    try {
      await this.imports.discardBrokenUploads(this.clock.now());
      let worked = 0;
      for (;;) {
        const id = this.#stopping ? null : await this.imports.nextOpen(this.clock.now());
        if (id === null) return worked;
        await this.run(id);
        worked++;
      }
    } finally {
      this.#sweeping = false;
    }
  }

  /** Stops after the open batch; the rest is left for the next worker, which need not wait for the lease to end. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await Promise.allSettled(this.#underWay);
  }

  onModuleDestroy(): Promise<void> {
    return this.stop();
  }

  async #run(importId: number): Promise<void> {
    const job = await this.imports.lease(importId, this.clock.now(), this.#in(LEASE_MS));
    if (!job) return;
    try {
      // Its workers died without a word, again and again.
      if (job.attempts > MOST_ATTEMPTS) throw new Error('The import got nowhere in several attempts.');
      const fate = await this.#work(job);
      if (fate === 'stopped') await this.imports.release(job, null);
      if (fate === 'done') {
        if (job.bytes >= WORTH_ANALYSING_BYTES && !job.dryRun) await this.imports.analyse();
        await this.imports.end(job.id, 'finished', this.clock.now(), {
          leaseGeneration: job.leaseGeneration,
        });
      }
    } catch (error) {
      await this.#giveUp(job, error);
    }
  }

  async #work(job: Import): Promise<'done' | 'stopped' | 'lost'> {
    const { delimiter } = job.plan;
    const reader = new CsvReader({ delimiter, offset: job.bytesRead, line: job.nextLine });
    let waiting: CsvRow[] = [];
    let begin = job.bytesRead;
    const isFull = (): boolean =>
      waiting.length >= BATCH_ROWS || (waiting.at(-1)?.end ?? begin) - begin >= BATCH_BYTES;
    // While PostgreSQL writes one batch the next is being read and checked.
    let carried: Promise<BatchFate> = Promise.resolve('kept');
    const flush = async (): Promise<BatchFate> => {
      const batch = waiting.slice(0, BATCH_ROWS);
      waiting = waiting.slice(BATCH_ROWS);
      begin = batch.at(-1)?.end ?? begin;
      const read = await this.batches.read(job, batch);
      if ((await carried) === 'lost') return 'lost';
      carried = this.batches.carryOut(job, read, this.#in(LEASE_MS));
      // Whoever awaits it next hears of a failure.
      carried.catch(() => undefined);
      // Parsing and deciding run without a pause; the rest of the process shall get its turn.
      await nextTurn();
      return 'kept';
    };

    for await (const slice of this.#slices(job)) {
      waiting.push(...(await reader.write(slice)));
      while (isFull()) {
        if ((await flush()) === 'lost') return 'lost';
        if (this.#stopping) return (await carried) === 'lost' ? 'lost' : 'stopped';
      }
      if (reader.failure) break;
    }
    waiting.push(...(await reader.end()));
    while (waiting.length > 0) if ((await flush()) === 'lost') return 'lost';
    if ((await carried) === 'lost') return 'lost';
    if (reader.failure) throw reader.failure;
    return 'done';
  }

  /** The file from the checkpoint on. */
  async *#slices(job: Import): AsyncGenerator<Buffer> {
    const from = job.bytesRead;
    for (let seq = Math.floor(from / PIECE_BYTES); seq * PIECE_BYTES < job.bytes; seq++) {
      const piece = await this.imports.part(job.id, seq);
      // Cancelled: the pieces are gone. The next batch finds that out and stops.
      if (!piece) return;
      for (let at = Math.max(0, from - seq * PIECE_BYTES); at < piece.length; at += SLICE_BYTES) {
        yield piece.subarray(at, at + SLICE_BYTES);
      }
    }
  }

  async #giveUp(job: Import, error: unknown): Promise<void> {
    const now = this.clock.now();
    const { leaseGeneration } = job;
    if (error instanceof UnreadableFile) {
      const reason = { leaseGeneration, errorCode: error.code, errorMessage: error.message };
      await this.imports.end(job.id, 'failed', now, reason);
      return;
    }
    this.logger.error({ err: error, import: formatId('import', job.id) }, 'import interrupted');
    if (job.attempts >= MOST_ATTEMPTS) {
      await this.imports.end(job.id, 'failed', now, {
        leaseGeneration,
        errorCode: 'IMPORT_INTERRUPTED',
        errorMessage:
          'The import failed several times at the same place because of a fault on our side; it was logged. ' +
          'The rows before it were imported. Upload the file again later.',
      });
      return;
    }
    await this.imports.release(job, this.#in(RETRY_MS));
    throw error;
  }

  #in(milliseconds: number): Date {
    return new Date(this.clock.now().getTime() + milliseconds);
  }
}
