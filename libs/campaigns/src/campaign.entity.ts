import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
import { type Channel } from '#common';
import { type PastHour, type RatePeriod } from '#sending';
import { type UtmTags } from '#templates';
import { type CampaignState } from './campaign-state.js';

/** A one-off send: a template to a segment about a topic. Once launched, its dispatch tells how it goes. */
@Entity('campaign')
export class Campaign {
  @PrimaryGeneratedColumn('identity', { type: 'bigint' })
  id!: number;

  @Column('text')
  name!: string;

  @Column('text')
  state!: CampaignState;

  @Column('text')
  channel!: Channel;

  @Column('bigint', { name: 'topic_id', nullable: true })
  topicId!: number | null;

  /** null: everybody who agreed to the topic. */
  @Column('bigint', { name: 'segment_id', nullable: true })
  segmentId!: number | null;

  @Column('bigint', { name: 'template_id', nullable: true })
  templateId!: number | null;

  /** Of a campaign by email: what those get who cannot or may not be reached by it but by SMS; null: nothing. */
  @Column('bigint', { name: 'sms_template_id', nullable: true })
  smsTemplateId!: number | null;

  /** Of SMS: quotation marks, dashes and spaces in the cheaper alphabet, where the whole text can be said in it. */
  @Column('boolean', { name: 'smart_encoding' })
  smartEncoding!: boolean;

  /** Of SMS: long links become short ones of ours, where the law lets them. */
  @Column('boolean', { name: 'short_links' })
  shortLinks!: boolean;

  /** What it offers, e.g. `shoes`: who is only a customer (soft opt-in) gets offers of similar things alone. */
  @Column('text', { name: 'product_categories', array: true })
  productCategories!: string[];

  @Column('bigint', { name: 'dispatch_id', nullable: true })
  dispatchId!: number | null;

  @Column('timestamptz', { name: 'scheduled_at', nullable: true })
  scheduledAt!: Date | null;

  /** The zone the hour was given in, for people to read. */
  @Column('text', { name: 'time_zone', nullable: true })
  timeZone!: string | null;

  /** The hour on each person's own clock, e.g. `2026-12-01T09:00`; then `scheduledAt` is when the launch begins. */
  @Column('text', { name: 'local_time', nullable: true })
  localTime!: string | null;

  /** Of a local time: what is done where it has passed by the launch. */
  @Column('text', { name: 'past_hour', nullable: true })
  pastHour!: PastHour | null;

  /** "Not if later than": after this nothing of it is sent. */
  @Column('timestamptz', { name: 'not_after', nullable: true })
  notAfter!: Date | null;

  /** How fast it may send: `rateMessages` per `ratePer`; both null: as fast as its sender may. */
  @Column('int', { name: 'rate_messages', nullable: true })
  rateMessages!: number | null;

  @Column('text', { name: 'rate_per', nullable: true })
  ratePer!: RatePeriod | null;

  /** What its SMS may cost in all, in millionths of the installation's currency; null: no limit. */
  @Column('bigint', { nullable: true })
  budget!: number | null;

  /** Tags its web links get for the shop's own statistics; null: none. */
  @Column('jsonb', { nullable: true })
  utm!: UtmTags | null;

  /** Why it could not be launched when its hour came. */
  @Column('text', { nullable: true })
  problem!: string | null;

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'updated_at' })
  updatedAt!: Date;
}
