import { type Channel } from '#common';

/** What an imported row says about one permission. Without a basis it is no permission: it is recorded as unknown. */
export interface ImportedConsent {
  contactId: number;
  channel: Channel;
  topicId: number;
  /** Of the address the permission was given for. */
  addressHash: Buffer;
  basis: ConsentBasis | null;
  evidence: { text?: string; source?: string; url?: string };
  occurredAt: Date | null;
  expiresAt: Date | null;
  /** Line of the file the row begins on; the header is line 1. */
  line: number;
}

/** Bases a row of a file can give; a soft opt-in needs more evidence than a row holds and never suffices from a file. */
export const consentBases = [
  'express',
  'double_opt_in',
  'soft_opt_in',
  'implied_purchase',
  'implied_inquiry',
] as const;
export type ConsentBasis = (typeof consentBases)[number];

/**
 * What contacts need of the consent ledger. Contacts own this port and `consent`, which stands above them, implements
 * it: whoever changes a person tells the ledger within the same transaction, and nobody else writes it.
 */
export interface ConsentRecorder {
  /** Set-based, inside the open transaction. Never weakens a withdrawal or suppression. */
  recordImported(
    items: ImportedConsent[],
    source: { importId: number; actor: string; fileName: string | null },
  ): Promise<{ granted: number; unknown: number; keptWithdrawn: number }>;
  /** A contact's address on a channel changed or went away: consent given for the old address is void. */
  addressChanged(changes: AddressChange[], actor: string): Promise<void>;
  /** The profile goes; the ledger stays. Called inside the deleting transaction. */
  contactDeleted(contactId: number, actor: string): Promise<void>;
}

export interface AddressChange {
  contactId: number;
  channel: Channel;
  oldHash: Buffer;
}

/** Injection token of the ConsentRecorder. */
export const CONSENT_RECORDER = Symbol('CONSENT_RECORDER');
