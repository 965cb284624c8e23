import { type ToldOrder } from './told-order.js';
import { type ToldValue } from './told-value.js';

/** A webhook that was verified. */
export interface VerifiedWebhook {
  headers: Record<string, string | undefined>;
  body: ToldValue;
  now: Date;
}

/**
 * Puts what a shop sent into our words; null: nothing that we care for.
 * @throws DomainError WEBHOOK_UNREADABLE, CURRENCY_UNKNOWN, AMOUNT_INVALID
 */
export type ReadWebhook = (webhook: VerifiedWebhook) => ToldOrder | null;
