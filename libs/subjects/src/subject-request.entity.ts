import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';

/** What people may ask of whoever holds their data: a copy, erasure, to be left alone, a correction, a standstill. */
export const subjectRequestKinds = [
  'export',
  'erasure',
  'objection',
  'rectification',
  'restriction',
] as const;
export type SubjectRequestKind = (typeof subjectRequestKinds)[number];

/** What a person asked of us, until when, and when it was done. It names them by number alone. */
@Entity('subject_request')
export class SubjectRequest {
  @PrimaryGeneratedColumn('identity', { type: 'bigint' })
  id!: number;

  @Column('text')
  kind!: SubjectRequestKind;

  @Column('bigint', { name: 'contact_id' })
  contactId!: number;

  /** How it reached us: `api`, `preference_page`, `letter`... */
  @Column('text')
  method!: string;

  /** Who recorded it. */
  @Column('text')
  actor!: string;

  @Column('timestamptz', { name: 'requested_at' })
  requestedAt!: Date;

  /** The end of the time that the strictest law which may apply gives for an answer. */
  @Column('timestamptz', { name: 'due_at' })
  dueAt!: Date;

  /** That law pack. */
  @Column('text')
  law!: string;

  @Column('timestamptz', { name: 'done_at', nullable: true })
  doneAt!: Date | null;

  @Column('text', { name: 'done_by', nullable: true })
  doneBy!: string | null;
}
