import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
import { type LocalizedText, type MessageClass, messageClasses } from '#common';

/** What a topic's messages are for; the tracking purposes bear no messages, people agree to being measured there. */
export const topicPurposes = [
  'marketing',
  'service',
  'transactional',
  'open_tracking',
  'link_tracking',
] as const;
export type TopicPurpose = (typeof topicPurposes)[number];

/** What a person subscribes to, e.g. "Offers". It belongs to one sender. */
@Entity('topic')
export class Topic {
  @PrimaryGeneratedColumn('identity', { type: 'bigint' })
  id!: number;

  @Column('bigint', { name: 'sender_id' })
  senderId!: number;

  /** A short name for List-Id; it never changes. */
  @Column('text')
  key!: string;

  @Column('text')
  purpose!: TopicPurpose;

  @Column('jsonb')
  name!: LocalizedText;

  @Column('jsonb')
  description!: LocalizedText;

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'updated_at' })
  updatedAt!: Date;
}

/** What a topic's messages are; null for one of tracking, which bears none. */
export function messageClassOf({ purpose }: Pick<Topic, 'purpose'>): MessageClass | null {
  return messageClasses.find(messageClass => messageClass === purpose) ?? null;
}
