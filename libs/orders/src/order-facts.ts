import { createHash } from 'node:crypto';
import { type OrderDetails, type Refund, type ToldOrder } from './told-order.js';

/** What was told of an order so far, as much of it as the next word may meet. */
export interface OrderFacts {
  toldAt: Date;
  /** Of when the details are that stand; null: none were told. */
  detailedAt: Date | null;
  detailsHash: Buffer | null;
  placedAt: Date | null;
  fulfilledAt: Date | null;
  /** When it was told to be cancelled, rising, as far as nothing later told that it stands. */
  cancellations: Date[];
  /** The newest moment at which it was told to stand. */
  stoodAt: Date | null;
  refunds: Refund[];
}

/** What the facts amount to. */
export interface OrderOutcome {
  cancelledAt: Date | null;
  /** In millionths. */
  refunded: number;
  refundedAt: Date | null;
}

/**
 * The facts after one more word. Whatever order the words come in, and however often each, the same facts come out: the
 * first moment of what happens once, the newest of what can change, each refund by its own name.
 * @returns also whether the word's details are the ones that stand now
 */
export function learn(
  known: OrderFacts | null,
  word: ToldOrder,
): { facts: OrderFacts; takesDetails: boolean } {
  const detailsHash = word.details && hashOf(word.details);
  const takesDetails = detailsHash !== null && isNewer(word.toldAt, detailsHash, known);
  const stoodAt = latest(known?.stoodAt ?? null, word.stands ? word.toldAt : null);
  return {
    takesDetails,
    facts: {
      toldAt: latest(known?.toldAt ?? null, word.toldAt) as Date,
      detailedAt: takesDetails ? word.toldAt : (known?.detailedAt ?? null),
      detailsHash: takesDetails ? detailsHash : (known?.detailsHash ?? null),
      placedAt: first(known?.placedAt ?? null, word.placedAt),
      fulfilledAt: first(known?.fulfilledAt ?? null, word.fulfilledAt),
      stoodAt,
      cancellations: cancellationsAfter(stoodAt, [...(known?.cancellations ?? []), word.cancelledAt]),
      refunds: mergeRefunds(known?.refunds ?? [], word.refunds),
    },
  };
}

/** @param total of the order in millionths; null while nobody has told it */
export function outcomeOf({ cancellations, refunds }: OrderFacts, total: number | null): OrderOutcome {
  let refunded = 0;
  let refundedAt: Date | null = null;
  for (const { amount, at } of inTime(refunds)) {
    refunded += amount ?? 0;
    const isAll = amount === null || (total !== null && total > 0 && refunded >= total);
    if (isAll) refundedAt ??= at;
  }
  const all = refunds.some(({ amount }) => amount === null) ? Math.max(refunded, total ?? 0) : refunded;
  return { cancelledAt: cancellations[0] ?? null, refunded: all, refundedAt };
}

/** The categories of what was bought, each once. */
export function categoriesOf({ items }: OrderDetails): string[] {
  const named = items.flatMap(({ category }) => (category === null ? [] : [category]));
  return [...new Set(named)].sort();
}

/** Of two tellings of the same moment the same one stands, whichever came first. */
function isNewer(toldAt: Date, hash: Buffer, known: OrderFacts | null): boolean {
  if (!known?.detailedAt || !known.detailsHash) return true;
  const later = toldAt.getTime() - known.detailedAt.getTime();
  return later === 0 ? hash.compare(known.detailsHash) > 0 : later > 0;
}

function hashOf(details: OrderDetails): Buffer {
  return createHash('sha256').update(JSON.stringify(details)).digest();
}

/** At the same moment a cancellation stays: nothing is then sent that should not be. */
function cancellationsAfter(stoodAt: Date | null, told: readonly (Date | null)[]): Date[] {
  const times = told.flatMap(at =>
    at !== null && (stoodAt === null || at >= stoodAt) ? [at.getTime()] : [],
  );
  return [...new Set(times)].sort((a, b) => a - b).map(time => new Date(time));
}

/** Each refund once; told differently, the larger amount and the earlier moment stand. */
function mergeRefunds(known: readonly Refund[], told: readonly Refund[]): Refund[] {
  const byId = new Map(known.map(refund => [refund.externalId, refund]));
  for (const refund of told) {
    const before = byId.get(refund.externalId);
    const amount =
      !before || refund.amount === null || before.amount === null
        ? before?.amount === null
          ? null
          : refund.amount
        : Math.max(before.amount, refund.amount);
    byId.set(refund.externalId, { ...refund, amount, at: first(before?.at ?? null, refund.at) as Date });
  }
  return inTime([...byId.values()]);
}

function inTime(refunds: readonly Refund[]): Refund[] {
  return [...refunds].sort(
    (a, b) => a.at.getTime() - b.at.getTime() || (a.externalId < b.externalId ? -1 : 1),
  );
}

function first(a: Date | null, b: Date | null): Date | null {
  return a === null || b === null ? (a ?? b) : a <= b ? a : b;
}

function latest(a: Date | null, b: Date | null): Date | null {
  return a === null || b === null ? (a ?? b) : a >= b ? a : b;
}
