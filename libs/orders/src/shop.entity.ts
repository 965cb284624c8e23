import { type Locale, type LocalizedText } from '#common';
import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';

export const shopKinds = ['shopify', 'woocommerce', 'salla', 'generic'] as const;
export type ShopKind = (typeof shopKinds)[number];

/** Where orders come from: a web shop that tells of them, or a system that writes them by API. */
@Entity('shop')
export class Shop {
  @PrimaryGeneratedColumn('identity', { type: 'bigint' })
  id!: number;

  @Column('text')
  name!: string;

  @Column('text')
  kind!: ShopKind;

  @Column('bigint', { name: 'sender_id' })
  senderId!: number;

  /** Sealed (`SecretBox`). null: nobody has said yet what the shop signs with. */
  @Column('bytea', { nullable: true })
  secret!: Buffer | null;

  /** What it signed with before, heard until then. */
  @Column('bytea', { name: 'previous_secret', nullable: true })
  previousSecret!: Buffer | null;

  @Column('timestamptz', { name: 'previous_until', nullable: true })
  previousUntil!: Date | null;

  /** Topics (service, transactional) that a purchase is the ground for. */
  @Column('bigint', { name: 'service_topic_ids', array: true })
  serviceTopicIds!: number[];

  /** The topic of offers that a soft opt-in or a ticked box is for. */
  @Column('bigint', { name: 'marketing_topic_id', nullable: true })
  marketingTopicId!: number | null;

  /** The refusal that its checkout offers, by language. */
  @Column('jsonb', { name: 'refusal_text', nullable: true })
  refusalText!: LocalizedText | null;

  /** What its checkout's box for offers says, by language. */
  @Column('jsonb', { name: 'consent_text', nullable: true })
  consentText!: LocalizedText | null;

  /** The one language it speaks to its customers where its orders tell none; null: several, or nobody has said. */
  @Column('text', { nullable: true })
  locale!: Locale | null;

  /** Since when it offers that topic in those words and for its sender: nobody who bought before saw them. */
  @Column('timestamptz', { name: 'offers_since' })
  offersSince!: Date;

  /** Since when it sells for its sender; null: from the beginning. */
  @Column('timestamptz', { name: 'sender_since', nullable: true })
  senderSince!: Date | null;

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'updated_at' })
  updatedAt!: Date;
}
