import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
import { type AttributeValue } from './attribute-values.js';
import { type ContactFields, type ContactProfile } from './contact-profile.js';

/** A person. The hashes are the addresses' keyed fingerprints and always in step with them. */
@Entity('contact')
export class Contact implements ContactFields {
  @PrimaryGeneratedColumn('identity', { type: 'bigint' })
  id!: number;

  @Column('text', { name: 'external_id', nullable: true })
  externalId!: string | null;

  /** Lower-cased, domain in ASCII. */
  @Column('text', { nullable: true })
  email!: string | null;

  @Column('bytea', { name: 'email_hash', nullable: true })
  emailHash!: Buffer | null;

  /** E.164. */
  @Column('text', { nullable: true })
  phone!: string | null;

  @Column('bytea', { name: 'phone_hash', nullable: true })
  phoneHash!: Buffer | null;

  @Column('text', { name: 'first_name', nullable: true })
  firstName!: string | null;

  @Column('text', { name: 'last_name', nullable: true })
  lastName!: string | null;

  @Column('text', { nullable: true })
  locale!: string | null;

  @Column('text', { nullable: true })
  country!: string | null;

  @Column('text', { name: 'time_zone', nullable: true })
  timeZone!: string | null;

  @Column('jsonb')
  attributes!: Record<string, AttributeValue>;

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'updated_at' })
  updatedAt!: Date;
}

export function toProfile(contact: Contact): ContactProfile {
  const { id, firstName, lastName, email, phone, locale, country, timeZone, attributes } = contact;
  return { id, firstName, lastName, email, phone, locale, country, timeZone, attributes };
}
