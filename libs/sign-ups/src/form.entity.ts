import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';

export const formStates = ['active', 'archived'] as const;
export type FormState = (typeof formStates)[number];

/** A form that people sign up with. What it says lives in its versions. */
@Entity('sign_up_form')
export class SignUpForm {
  @PrimaryGeneratedColumn('identity', { type: 'bigint' })
  id!: number;

  @Column('bigint', { name: 'sender_id' })
  senderId!: number;

  /** For the shop's own eyes. */
  @Column('text')
  name!: string;

  @Column('text')
  state!: FormState;

  /** Sites that may frame the form or post to it, e.g. `https://shop.example`. */
  @Column('text', { name: 'allowed_origins', array: true })
  allowedOrigins!: string[];

  /** Whether somebody who has not confirmed is reminded once. */
  @Column('boolean')
  remind!: boolean;

  /** The version that is shown now. */
  @Column('integer')
  version!: number;

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'updated_at' })
  updatedAt!: Date;
}
