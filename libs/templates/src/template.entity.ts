import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
import { type Locale } from '#common';
import { type TemplateContent } from './template-content.js';

/** A template by name. What it says is in its versions. */
@Entity('template')
export class Template {
  @PrimaryGeneratedColumn('identity', { type: 'bigint' })
  id!: number;

  @Column('text')
  name!: string;

  @Column('text')
  channel!: 'email' | 'sms';

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'updated_at' })
  updatedAt!: Date;
}

/** One wording of a template. Once used it never changes again; the database refuses it too. */
@Entity('template_version')
export class TemplateVersion {
  @PrimaryGeneratedColumn('identity', { type: 'bigint' })
  id!: number;

  @Column('bigint', { name: 'template_id' })
  templateId!: number;

  /** Counts from 1 within the template. */
  @Column('integer')
  number!: number;

  @Column('text', { name: 'default_locale' })
  defaultLocale!: Locale;

  @Column('jsonb')
  content!: TemplateContent;

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'used_at', nullable: true })
  usedAt!: Date | null;
}
