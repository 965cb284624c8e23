import { type Channel } from '#common';

export const bases = ['express', 'double_opt_in', 'soft_opt_in', 'implied'] as const;
export type Basis = (typeof bases)[number];

export type ConsentAction = 'granted' | 'withdrawn' | 'voided' | 'imported_unknown';

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

/** What the ledger amounts to for one channel and topic. */
export interface ConsentState {
  channel: Channel;
  topicId: number;
  status: 'granted' | 'withdrawn' | 'unknown';
  basis: Basis | null;
  eventId: number;
  since: Date;
  expiresAt: Date | null;
}

/** How much a person takes back. */
export type WithdrawalScope =
  | { kind: 'topic'; topicId: number; channel: Channel | null }
  | { kind: 'channel'; channel: Channel; senderId: number | null }
  | { kind: 'everything'; senderId: number | null };
