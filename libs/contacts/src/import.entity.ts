import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
import { type ImportPlan } from './import-options.js';
import { type ImportWarning } from './import-row.js';
import { type ImportState } from './import-state.js';

/** A file of contacts on its way in. rows_read = created + updated + skipped + rejected, at every commit. */
@Entity('import')
export class Import {
  @PrimaryGeneratedColumn('identity', { type: 'bigint' })
  id!: number;

  @Column('text')
  state!: ImportState;

  @Column('text', { name: 'file_name', nullable: true })
  fileName!: string | null;

  @Column('bigint')
  bytes!: number;

  @Column('jsonb', { name: 'options' })
  plan!: ImportPlan;

  @Column('boolean', { name: 'dry_run' })
  dryRun!: boolean;

  /** Who uploaded it, for the ledger. */
  @Column('text')
  actor!: string;

  @Column('bigint', { name: 'rows_read' })
  rowsRead!: number;

  /** The checkpoint: where in the file the next row begins, and the line that is. */
  @Column('bigint', { name: 'bytes_read' })
  bytesRead!: number;

  @Column('bigint', { name: 'next_line' })
  nextLine!: number;

  @Column('bigint')
  created!: number;

  @Column('bigint')
  updated!: number;

  @Column('bigint')
  skipped!: number;

  @Column('bigint')
  rejected!: number;

  @Column('jsonb')
  warnings!: Partial<Record<ImportWarning, number>>;

  @Column('bigint')
  consents!: number;

  @Column('bigint', { name: 'without_consent' })
  withoutConsent!: number;

  @Column('bigint', { name: 'kept_withdrawn' })
  keptWithdrawn!: number;

  @Column('text', { name: 'error_code', nullable: true })
  errorCode!: string | null;

  @Column('text', { name: 'error_message', nullable: true })
  errorMessage!: string | null;

  @Column('timestamptz', { name: 'lease_until', nullable: true })
  leaseUntil!: Date | null;

  /** Grows with every lease: a worker that slept through its own cannot go on. */
  @Column('integer', { name: 'lease_generation' })
  leaseGeneration!: number;

  /** Leases in a row that did not get a single batch further. */
  @Column('integer')
  attempts!: number;

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'started_at', nullable: true })
  startedAt!: Date | null;

  @Column('timestamptz', { name: 'finished_at', nullable: true })
  finishedAt!: Date | null;
}
