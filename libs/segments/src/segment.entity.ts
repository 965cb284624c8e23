import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
import { type RuleGroup } from './rule.js';

/** A named rule that says which contacts are meant. Who is in it is asked anew each time. */
@Entity('segment')
export class Segment {
  @PrimaryGeneratedColumn('identity', { type: 'bigint' })
  id!: number;

  @Column('text')
  name!: string;

  @Column('jsonb')
  rule!: RuleGroup;

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'updated_at' })
  updatedAt!: Date;
}
