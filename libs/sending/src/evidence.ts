import { type MessageState } from './message.repository.js';

/** What tells later that a message of which nothing was known had been taken: each is impossible without that. */
export const laterEvidence = ['delivered', 'bounced', 'clicked', 'replied', 'taken'] as const;
export type LaterEvidence = (typeof laterEvidence)[number];

/** What an operator can say of such a message, who looked it up at the relay. */
export const operatorWords = ['accepted', 'not_sent'] as const;
export type OperatorWord = (typeof operatorWords)[number];

/** Something that was heard of a message after it was sent. */
export interface Evidence {
  kind: LaterEvidence;
  occurredAt: Date;
  /** Who said so, e.g. `ses`, `link`. */
  source: string;
  /** A provider's event id or status; no address of anybody. */
  detail?: string | null;
}

/** As it is kept. */
export interface KeptEvidence {
  kind: LaterEvidence | OperatorWord | 'resent';
  occurredAt: Date;
  recordedAt: Date;
  /** The source of later evidence, or the API key of an operator. */
  actor: string;
  detail: string | null;
  /** Whether it changed what is known of the message. */
  decided: boolean;
}

/** An operator's word, as the ledger keeps it. Only later evidence overrules "not sent". */
export const operatorVerdicts: Record<OperatorWord, { state: MessageState; reason: string }> = {
  accepted: { state: 'accepted', reason: 'OPERATOR_ACCEPTED' },
  not_sent: { state: 'rejected', reason: 'OPERATOR_NOT_SENT' },
};
