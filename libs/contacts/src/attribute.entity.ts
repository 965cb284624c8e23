import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
import { type AttributeType } from './attribute-values.js';

/** A field of one's own, which every contact may have a value of. */
@Entity('attribute')
export class Attribute {
  @PrimaryGeneratedColumn('identity', { type: 'bigint' })
  id!: number;

  @Column('text')
  key!: string;

  /** Never changes: the values already stored would no longer be of it. */
  @Column('text')
  type!: AttributeType;

  @Column('text')
  description!: string;

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;
}
