import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
import { type OutgoingEventKind } from './event-kinds.js';

export const disabledReasons = ['by_request', 'failing', 'gone', 'secret_lost'] as const;
/** `failing`: nothing was delivered for days. `gone`: it answered 410. `secret_lost`: ITHN_SECRET was replaced too soon. */
export type DisabledReason = (typeof disabledReasons)[number];

/** Where somebody wants to be told of events, and how that goes. */
@Entity('webhook')
export class Webhook {
  @PrimaryGeneratedColumn('identity', { type: 'bigint' })
  id!: number;

  @Column('text')
  url!: string;

  @Column('text', { nullable: true })
  description!: string | null;

  /** Null: all kinds, also those to come. */
  @Column('text', { array: true, nullable: true })
  kinds!: OutgoingEventKind[] | null;

  @Column('text')
  state!: 'active' | 'disabled';

  @Column('text', { name: 'disabled_reason', nullable: true })
  disabledReason!: DisabledReason | null;

  /** Sealed (`SecretBox`). */
  @Column('bytea')
  secret!: Buffer;

  @Column('bytea', { name: 'old_secret', nullable: true })
  oldSecret!: Buffer | null;

  @Column('timestamptz', { name: 'old_until', nullable: true })
  oldUntil!: Date | null;

  @Column('timestamptz', { name: 'failing_since', nullable: true })
  failingSince!: Date | null;

  @Column('integer')
  failures!: number;

  @Column('timestamptz', { name: 'rests_until', nullable: true })
  restsUntil!: Date | null;

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'updated_at' })
  updatedAt!: Date;

  @Column('timestamptz', { name: 'deleted_at', nullable: true })
  deletedAt!: Date | null;
}
