import { type Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { Database, decodeCursor, type PageRequest } from '#database';
import { In, LessThan } from 'typeorm';
import { Import } from './import.entity.js';
import { type ImportWarning, type Rejection } from './import-row.js';
import { type ImportState, statesBefore } from './import-state.js';

/** What a batch adds to the numbers, and where the next one begins. */
export interface Progress {
  rowsRead: number;
  created: number;
  updated: number;
  skipped: number;
  rejected: number;
  granted: number;
  unknown: number;
  keptWithdrawn: number;
  /** Totals, not additions. */
  warnings: Partial<Record<ImportWarning, number>>;
  bytesRead: number;
  nextLine: number;
}

export interface StoredRejection {
  /** The line, as the key of the page. */
  id: number;
  line: number;
  code: string;
  message: string;
  field: string | null;
  row: string[];
}

@Injectable()
export class ImportRepository {
  constructor(private readonly db: Database) {}

  async insert(
    fields: Pick<Import, 'fileName' | 'plan' | 'dryRun' | 'actor' | 'bytesRead' | 'nextLine'> & {
      now: Date;
      leaseUntil: Date;
    },
  ): Promise<Import> {
    const { now, ...rest } = fields;
    const imports = this.db.repository(Import);
    const { id } = await imports.save(imports.create({ ...rest, state: 'uploading', createdAt: now }));
    return imports.findOneByOrFail({ id });
  }

  find(id: number): Promise<Import | null> {
    return this.db.repository(Import).findOneBy({ id });
  }

  findAll(ids: readonly number[]): Promise<Import[]> {
    return this.db.repository(Import).find({ where: { id: In([...ids]) }, order: { id: 'ASC' } });
  }

  /** Newest first. */
  list({ limit, cursor }: PageRequest): Promise<Import[]> {
    const before = decodeCursor(cursor);
    return this.db.repository(Import).find({
      where: before === null ? {} : { id: LessThan(before) },
      order: { id: 'DESC' },
      take: limit + 1,
    });
  }

  /** Stores a piece and keeps the upload alive. False: the import was cancelled meanwhile. */
  async addPart(id: number, seq: number, bytes: Buffer, leaseUntil: Date): Promise<boolean> {
    const rows = await this.db.query(
      `WITH alive AS (
         UPDATE import SET bytes = bytes + length($3::bytea), lease_until = $4
          WHERE id = $1 AND state = 'uploading' RETURNING id)
       INSERT INTO import_part (import_id, seq, bytes) SELECT id, $2, $3 FROM alive RETURNING seq`,
      [id, seq, bytes, leaseUntil],
    );
    return rows.length > 0;
  }

  async part(id: number, seq: number): Promise<Buffer | null> {
    const row = await this.db.queryOne<{ bytes: Buffer }>(
      'SELECT bytes FROM import_part WHERE import_id = $1 AND seq = $2',
      [id, seq],
    );
    return row?.bytes ?? null;
  }

  /** An upload that broke off leaves nothing. */
  async discard(id: number): Promise<void> {
    await this.db.execute(`DELETE FROM import WHERE id = $1 AND state = 'uploading'`, [id]);
  }

  discardBrokenUploads(now: Date): Promise<number> {
    return this.db.execute(`DELETE FROM import WHERE state = 'uploading' AND lease_until < $1`, [now]);
  }

  async markReady(id: number): Promise<boolean> {
    return (
      (await this.db.execute(
        `UPDATE import SET state = 'ready', lease_until = NULL WHERE id = $1 AND state = ANY($2)`,
        [id, ['uploading']],
      )) > 0
    );
  }

  /** The oldest that nobody works at. */
  async nextOpen(now: Date): Promise<number | null> {
    const row = await this.db.queryOne<{ id: number }>(
      `SELECT id FROM import
        WHERE state IN ('uploading', 'ready', 'running')
          AND (state = 'ready' OR (state = 'running' AND lease_until < $1)) AND address_keys_current()
        ORDER BY id LIMIT 1`,
      [now],
    );
    return row?.id ?? null;
  }

  /**
   * Takes an import that is ready, or whose worker was not heard of any more. Null: there is nothing to take, or this
   * process lacks the newest address key and could write nobody.
   */
  async lease(id: number, now: Date, until: Date): Promise<Import | null> {
    const leased = await this.db.execute(
      `UPDATE import
          SET state = 'running', started_at = COALESCE(started_at, $2), lease_until = $3,
              lease_generation = lease_generation + 1, attempts = attempts + 1
        WHERE id = $1 AND (state = 'ready' OR (state = 'running' AND lease_until < $2)) AND address_keys_current()`,
      [id, now, until],
    );
    return leased > 0 ? this.find(id) : null;
  }

  /**
   * Holds the row until the batch commits, so that cancelling waits for an open batch and stops the next one.
   * False: cancelled, or another worker has taken over.
   */
  async hold({ id, leaseGeneration }: Import): Promise<boolean> {
    const row = await this.db.queryOne(
      `SELECT 1 FROM import WHERE id = $1 AND state = 'running' AND lease_generation = $2 FOR UPDATE`,
      [id, leaseGeneration],
    );
    return row !== null;
  }

  /** The checkpoint: commits with the batch it tells of. */
  async advance(id: number, progress: Progress, leaseUntil: Date): Promise<void> {
    const { granted, unknown, keptWithdrawn, warnings, bytesRead, nextLine } = progress;
    await this.db.execute(
      `UPDATE import
          SET rows_read = rows_read + $2, created = created + $3, updated = updated + $4, skipped = skipped + $5,
              rejected = rejected + $6, consents = consents + $7, without_consent = without_consent + $8,
              kept_withdrawn = kept_withdrawn + $9, warnings = $10, bytes_read = $11, next_line = $12,
              lease_until = $13, attempts = 0
        WHERE id = $1`,
      [
        id,
        ...[progress.rowsRead, progress.created, progress.updated, progress.skipped, progress.rejected],
        ...[granted, unknown, keptWithdrawn, JSON.stringify(warnings), bytesRead, nextLine, leaseUntil],
      ],
    );
  }

  /**
   * Tells the planner of what came: statements that trust the statistics of a table that was small read all of it for
   * every batch, until autovacuum has been there.
   */
  async analyse(): Promise<void> {
    await this.db.query('ANALYZE contact, consent_event, consent_state');
  }

  /** Lets go of the lease: at once (`ready`), or to be tried again from `retryAt` on. */
  async release({ id, leaseGeneration }: Import, retryAt: Date | null): Promise<void> {
    await this.db.execute(
      `UPDATE import
          SET state = CASE WHEN $3::timestamptz IS NULL THEN 'ready' ELSE state END, lease_until = $3,
              attempts = CASE WHEN $3::timestamptz IS NULL THEN 0 ELSE attempts END
        WHERE id = $1 AND state = 'running' AND lease_generation = $2`,
      [id, leaseGeneration, retryAt],
    );
  }

  /**
   * Ends an import and forgets its file: the pieces are people's data and serve nobody any more.
   * False: it is not in a state that can end so, or another worker has it.
   */
  async end(
    id: number,
    state: ImportState & ('finished' | 'failed' | 'cancelled'),
    now: Date,
    more: { leaseGeneration?: number; errorCode?: string; errorMessage?: string } = {},
  ): Promise<boolean> {
    return this.db.transaction(async () => {
      const ended = await this.db.execute(
        `UPDATE import
            SET state = $2, finished_at = $3, lease_until = NULL, error_code = $4, error_message = $5,
                bytes_read = CASE WHEN $2 = 'finished' THEN bytes ELSE bytes_read END
          WHERE id = $1 AND state = ANY($6) AND lease_generation = COALESCE($7, lease_generation)`,
        [
          id,
          state,
          now,
          more.errorCode ?? null,
          more.errorMessage ?? null,
          statesBefore(state),
          more.leaseGeneration ?? null,
        ],
      );
      if (ended === 0) return false;
      await this.db.execute('DELETE FROM import_part WHERE import_id = $1', [id]);
      await this.db.execute('DELETE FROM import_rehearsal WHERE import_id = $1', [id]);
      return true;
    });
  }

  async addRejections(id: number, rejections: readonly Rejection[]): Promise<void> {
    if (rejections.length === 0) return;
    await this.db.query(
      `INSERT INTO import_rejection (import_id, line, code, message, field, row)
       SELECT $1, r.line, r.code, r.message, r.field, r.cells::jsonb
         FROM unnest($2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[]) AS r (line, code, message, field, cells)
       ON CONFLICT DO NOTHING`,
      [
        id,
        rejections.map(rejection => rejection.line),
        rejections.map(rejection => rejection.code),
        rejections.map(rejection => rejection.message),
        rejections.map(rejection => rejection.field?.replaceAll('\u0000', '\ufffd') ?? null),
        // A NUL is what PostgreSQL cannot hold; the row is refused for it, and shown without.
        rejections.map(rejection =>
          JSON.stringify(rejection.cells.map(cell => cell.replaceAll('\u0000', '\ufffd'))),
        ),
      ],
    );
  }

  rejections(id: number, { limit, cursor }: PageRequest): Promise<StoredRejection[]> {
    return this.db.query<StoredRejection>(
      `SELECT line AS id, line, code, message, field, row FROM import_rejection
        WHERE import_id = $1 AND line > $2 ORDER BY line LIMIT $3`,
      [id, decodeCursor(cursor) ?? 0, limit + 1],
    );
  }

  streamRejections(id: number): Promise<Readable> {
    return this.db.stream(
      'SELECT line, code, message, row FROM import_rejection WHERE import_id = $1 ORDER BY line',
      [id],
    );
  }

  /** Whether these topics exist. They are of `consent`, which stands above; asked as a foreign key would ask. */
  async missingTopic(topicIds: readonly number[]): Promise<number | null> {
    const row = await this.db.queryOne<{ id: number }>(
      `SELECT wanted AS id FROM unnest($1::bigint[]) AS wanted
        WHERE NOT EXISTS (SELECT 1 FROM topic WHERE topic.id = wanted) LIMIT 1`,
      [topicIds],
    );
    return row?.id ?? null;
  }
}
