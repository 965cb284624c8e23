import { Injectable } from '@nestjs/common';
import { AuditTrail } from '#access';
import { Clock, formatId, notFound, type Page } from '#common';
import { Database, type PageRequest, toPage } from '#database';
import { JobQueue } from '#queue';
import { AttributesService } from './attributes.service.js';
import { planImport } from './column-mapping.js';
import { readHeader } from './csv-header.js';
import { type Import } from './import.entity.js';
import { type ImportRequest } from './import-options.js';
import { ImportTraceRepository } from './import-trace.repository.js';
import { ImportRepository, type StoredRejection } from './import.repository.js';
import { importError } from './import.errors.js';
import { notCancellable } from './import-state.js';
import { cutInPieces } from './pieces.js';

/** Bytes of a stored piece of a file. Every piece but the last has exactly this size, so an offset names its piece. */
export const PIECE_BYTES = 1024 * 1024;

/** An upload that sent no piece for this long is taken for broken off. */
const UPLOAD_SILENCE_MS = 10 * 60 * 1000;

/** How long the rows that were refused can be fetched, and how many are forgotten in one statement. */
const REJECTIONS_KEPT_MS = 30 * 24 * 60 * 60 * 1000;
const REJECTIONS_AT_ONCE = 5000;

/** Injectable, so that a test need not send two gigabytes. */
export class ImportLimits {
  /** Bytes of the largest file. */
  mostBytes = 2 * 1024 * 1024 * 1024;
}

/** Uploads and what is told about them; the work itself is the ImportRunner's. */
@Injectable()
export class ImportsService {
  constructor(
    private readonly db: Database,
    private readonly imports: ImportRepository,
    private readonly traces: ImportTraceRepository,
    private readonly attributes: AttributesService,
    private readonly audit: AuditTrail,
    private readonly clock: Clock,
    private readonly queue: JobQueue,
    private readonly limits: ImportLimits,
  ) {}

  /**
   * Takes in a file as it arrives, piece by piece: at no time more than two pieces are in memory. The header is checked
   * with the first piece, so that a wrong mapping is refused before the rest is sent.
   * @throws DomainError for an unusable file, header or option (400), a topic that is none (404), IMPORT_TOO_LARGE (413)
   */
  async upload(
    file: AsyncIterable<Buffer>,
    fileName: string | null,
    request: ImportRequest,
    actor: string,
  ): Promise<Import> {
    let entry: Import | undefined;
    try {
      let seq = 0;
      let bytes = 0;
      for await (const piece of cutInPieces(file, PIECE_BYTES)) {
        bytes += piece.length;
        if (bytes > this.limits.mostBytes) throw tooLarge(this.limits.mostBytes);
        entry ??= await this.#begin(piece, fileName, request, actor);
        if (!(await this.imports.addPart(entry.id, seq++, piece, this.#silenceEnds()))) throw cancelled();
      }
      // No piece came: the same refusal as for an empty one.
      entry ??= await this.#begin(Buffer.alloc(0), fileName, request, actor);
    } catch (error) {
      if (entry) await this.imports.discard(entry.id);
      throw error;
    }
    const { id } = entry;
    await this.db.transaction(async () => {
      if (!(await this.imports.markReady(id))) throw cancelled();
      await this.audit.record(actor, 'import.created', formatId('import', id), {
        dryRun: request.dryRun ?? false,
      });
    });
    await this.queue.wake('run-import', { importId: id });
    return this.get(id);
  }

  /** @throws DomainError IMPORT_NOT_FOUND */
  async get(id: number): Promise<Import> {
    const found = await this.imports.find(id);
    if (!found) throw notFound('import', formatId('import', id));
    return found;
  }

  /** Newest first. */
  async list(request: PageRequest): Promise<Page<Import>> {
    return toPage(await this.imports.list(request), request.limit, entry => entry);
  }

  /**
   * Stops an import before its next batch. What was imported stays, and the numbers tell it.
   * @throws DomainError IMPORT_NOT_FOUND, IMPORT_OVER
   */
  async cancel(id: number, actor: string): Promise<Import> {
    return this.db.transaction(async () => {
      if (!(await this.imports.end(id, 'cancelled', this.clock.now()))) {
        throw notCancellable((await this.get(id)).state);
      }
      await this.audit.record(actor, 'import.cancelled', formatId('import', id), {});
      return this.get(id);
    });
  }

  /** Imports by their numbers, those that are still known. */
  named(ids: readonly number[]): Promise<Import[]> {
    return this.imports.findAll(ids);
  }

  /**
   * Forgets the rows that imports refused, a month after their end: they hold people's data, and by then nobody mends
   * the file any more. The counts stay.
   * @returns how many rows
   */
  async forgetOldRejections(): Promise<number> {
    const before = new Date(this.clock.now().getTime() - REJECTIONS_KEPT_MS);
    let total = 0;
    for (let forgotten = REJECTIONS_AT_ONCE; forgotten === REJECTIONS_AT_ONCE;) {
      forgotten = await this.traces.forgetRejections(before, REJECTIONS_AT_ONCE);
      total += forgotten;
    }
    return total;
  }

  /** @throws DomainError IMPORT_NOT_FOUND */
  async rejections(id: number, request: PageRequest): Promise<Page<StoredRejection>> {
    await this.get(id);
    return toPage(await this.imports.rejections(id, request), request.limit, rejection => rejection);
  }

  async #begin(
    head: Buffer,
    fileName: string | null,
    request: ImportRequest,
    actor: string,
  ): Promise<Import> {
    const header = await readHeader(head, request.delimiter);
    const plan = planImport(request, header, await this.attributes.types());
    const missing = await this.imports.missingTopic(plan.consents.map(consent => consent.topicId));
    if (missing !== null) throw notFound('topic', formatId('topic', missing));
    return this.imports.insert({
      fileName,
      plan,
      dryRun: request.dryRun ?? false,
      actor,
      bytesRead: header.end,
      nextLine: header.nextLine,
      now: this.clock.now(),
      leaseUntil: this.#silenceEnds(),
    });
  }

  #silenceEnds(): Date {
    return new Date(this.clock.now().getTime() + UPLOAD_SILENCE_MS);
  }
}

function tooLarge(mostBytes: number): Error {
  const megabytes = Math.floor(mostBytes / 1024 / 1024);
  return importError(
    'IMPORT_TOO_LARGE',
    `A file may have at most ${megabytes} MB. Split it and import the parts one after another.`,
    'too_large',
  );
}

function cancelled(): Error {
  return importError('IMPORT_CANCELLED', 'This import was cancelled while its file was sent.', 'conflict');
}
