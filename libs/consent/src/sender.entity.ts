import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
import { type Locale } from '#common';

/** Who writes: the legal identity that every message names, and the addresses it comes from. */
@Entity('sender')
export class Sender {
  @PrimaryGeneratedColumn('identity', { type: 'bigint' })
  id!: number;

  /** A short name for List-Id and Feedback-ID; it never changes. */
  @Column('text')
  key!: string;

  @Column('text', { name: 'legal_name', nullable: true })
  legalName!: string | null;

  @Column('text', { name: 'trading_name', nullable: true })
  tradingName!: string | null;

  @Column('text', { name: 'registration_number', nullable: true })
  registrationNumber!: string | null;

  @Column('text', { name: 'registration_place', nullable: true })
  registrationPlace!: string | null;

  @Column('text', { name: 'registered_address', nullable: true })
  registeredAddress!: string | null;

  @Column('text', { name: 'contact_email', nullable: true })
  contactEmail!: string | null;

  @Column('text', { nullable: true })
  phone!: string | null;

  @Column('text', { nullable: true })
  website!: string | null;

  @Column('text', { name: 'privacy_url', nullable: true })
  privacyUrl!: string | null;

  @Column('text', { name: 'from_name', nullable: true })
  fromName!: string | null;

  @Column('text', { name: 'from_email', nullable: true })
  fromEmail!: string | null;

  @Column('text', { name: 'reply_to', nullable: true })
  replyTo!: string | null;

  @Column('text', { name: 'default_locale' })
  defaultLocale!: Locale;

  @Column('text', { name: 'time_zone' })
  timeZone!: string;

  @Column('text', { nullable: true })
  country!: string | null;

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'updated_at' })
  updatedAt!: Date;
}
