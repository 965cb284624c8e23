import { createHash } from 'node:crypto';
import { type ShopWebhook } from './shop-secret.js';
import { type ShopKind } from './shop.entity.js';
import { type ToldValue } from './told-value.js';

/** Bytes that a shop signed. */
export interface SignedBody {
  digest: Buffer;
  /** How long a second one of them is told apart; null: for good. */
  keptUntil: Date | null;
}

/** Far longer than any shop tries again; later, a dated word is older than what it would undo. */
const KEPT_MS = 30 * 24 * 60 * 60 * 1000;

/**
 * What a webhook is known again by. Headers that no signature covers (the topic, the time, the id of the delivery) can be set
 * by whoever has a body: of the same bytes the first is taken and no other.
 *
 * A shop sends the same bytes again only to repeat itself: its orders bear the time of their last change, so that one which
 * goes back to an earlier state has other bytes. A deletion alone bears no time. A second one, of an order that was restored
 * in between, cannot be told from somebody's replay of the first; it is not heard, for good. (Cancelling the order is: that
 * changes its time.)
 *
 * A generic shop signs the id of its message too, which is another when it says the same again and the same in a retry.
 */
export function signedBody(
  kind: ShopKind,
  { headers, body }: ShopWebhook,
  read: ToldValue,
  now: Date,
): SignedBody {
  const id = kind === 'generic' ? `${headers['webhook-id'] ?? ''}.` : '';
  const isDated = read.keys().some(key => key !== 'id');
  return {
    digest: createHash('sha256').update(id).update(body).digest(),
    keptUntil: isDated ? new Date(now.getTime() + KEPT_MS) : null,
  };
}
