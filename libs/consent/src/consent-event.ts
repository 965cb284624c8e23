import { type Channel } from '#common';

/** What a permission rests on. Which of them suffices, for which message and where, the law packs say. */
export const bases = [
  'express',
  'double_opt_in',
  'soft_opt_in',
  'implied_purchase',
  'implied_inquiry',
  'service',
  'transactional',
] as const;
export type Basis = (typeof bases)[number];

export const consentActions = [
  'requested',
  'granted',
  'confirmed',
  'refused',
  'withdrawn',
  'expired',
  'voided',
  'imported_unknown',
] as const;
export type ConsentAction = (typeof consentActions)[number];

/**
 * What makes a soft opt-in one: PECR reg 22(3), ePrivacy art 13(2). Any part that is missing makes it worth nothing.
 */
export interface SoftOptIn {
  /** The sale, or the negotiation of one. */
  orderId?: string | undefined;
  /** What was bought: only offers of similar products may follow. */
  productCategories?: string[] | undefined;
  /** Who took the details down; only the sender's own customers count. */
  collectedBy?: 'self' | 'other' | undefined;
  /** The refusal that was offered then: its wording and its time. */
  refusalText?: string | undefined;
  refusalOfferedAt?: Date | undefined;
}

/** Where and how it happened: what makes an event a proof. */
export interface Evidence {
  /** The full wording the person saw. */
  textShown?: string | undefined;
  textVersion?: string | undefined;
  locale?: string | undefined;
  /** How: `checkbox`, `one_click`, `preference_page`, `import`, `api`, `paper`, `verbal`... */
  method: string;
  /** Where: a form's URL, an import's id, `list_unsubscribe`... */
  source: string;
  ip?: string | undefined;
  userAgent?: string | undefined;
  /** ISO 3166-1 alpha-2: where the person was; their country when absent. */
  country?: string | undefined;
  privacyNoticeVersion?: string | undefined;
  /** Where more of it is kept: a scan, a recording. */
  evidenceUrl?: string | undefined;
  softOptIn?: SoftOptIn | undefined;
  /** Anything further, e.g. a link to a scan. */
  more?: Record<string, unknown> | undefined;
}

/** What is appended to the ledger. null widens: no topic is every topic of the sender, no sender is every sender. */
export interface NewConsentEvent {
  contactId: number;
  addressHash: Buffer | null;
  channel: Channel | null;
  senderId: number | null;
  topicId: number | null;
  action: ConsentAction;
  basis: Basis | null;
  evidence: Evidence;
  actor: string;
  occurredAt: Date;
  expiresAt: Date | null;
}

export interface ConsentEvent {
  id: number;
  contactId: number;
  channel: Channel | null;
  senderId: number | null;
  topicId: number | null;
  action: ConsentAction;
  basis: Basis | null;
  textShown: string | null;
  textHash: Buffer | null;
  textVersion: string | null;
  locale: string | null;
  method: string;
  source: string;
  evidence: Record<string, unknown>;
  ip: string | null;
  userAgent: string | null;
  actor: string;
  occurredAt: Date;
  recordedAt: Date;
  expiresAt: Date | null;
}

export const stateStatuses = ['granted', 'withdrawn', 'unknown', 'requested', 'refused', 'expired'] as const;
export type StateStatus = (typeof stateStatuses)[number];

/** What the ledger amounts to for one channel and topic. */
export interface ConsentState {
  channel: Channel;
  topicId: number;
  status: StateStatus;
  basis: Basis | null;
  eventId: number;
  since: Date;
  expiresAt: Date | null;
  /** Of a soft opt-in: what was bought, and so may be offered the like of. */
  categories: string[] | null;
}

/** How much a person takes back. */
export type WithdrawalScope =
  | { kind: 'topic'; topicId: number; channel: Channel | null }
  | { kind: 'channel'; channel: Channel; senderId: number | null }
  | { kind: 'everything'; senderId: number | null };
