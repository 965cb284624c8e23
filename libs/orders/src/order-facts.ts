import { createHash } from 'node:crypto';
import { type OrderDetails, type Refund, type ToldOrder } from './told-order.js';

/** What was told of one refund. */
export interface RefundFact {
  externalId: string;
  /** Of the newest word about it; null: all there was. */
  amount: bigint | null;
  /** The earliest moment that was told; null: nobody told of it, only that it did not happen. */
  at: Date | null;
  /** Of when the newest word is that tells of it, and the newest that takes it back. */
  toldAt: Date | null;
  withdrawnAt: Date | null;
}

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
  /** The newest moment at which it was told that not all of it was given back. */
  keptAt: Date | null;
  refundFacts: RefundFact[];
}

/** What the facts amount to. */
export interface OrderOutcome {
  cancelledAt: Date | null;
  /** In millionths. */
  refunded: bigint;
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
      keptAt: latest(known?.keptAt ?? null, word.keeps ? word.toldAt : null),
      refundFacts: refundFactsAfter(known?.refundFacts ?? [], word),
    },
  };
}

/** @param total of the order in millionths; null while nobody has told it */
export function outcomeOf(facts: OrderFacts, total: bigint | null): OrderOutcome {
  const refunds = refundsOf(facts);
  let refunded = 0n;
  let refundedAt: Date | null = null;
  for (const { amount, at } of refunds) {
    refunded += amount ?? 0n;
    const isAll = amount === null || (total !== null && total > 0n && refunded >= total);
    if (isAll) refundedAt ??= at;
  }
  const isWhole = refunds.some(({ amount }) => amount === null);
  const all = isWhole && total !== null && total > refunded ? total : refunded;
  return { cancelledAt: facts.cancellations[0] ?? null, refunded: all, refundedAt };
}

/** The refunds that stand. At the same moment one stays: whoever got their money back gets no message as a customer. */
export function refundsOf({ refundFacts, keptAt }: OrderFacts): Refund[] {
  return refundFacts.flatMap(({ externalId, amount, at, toldAt, withdrawnAt }) => {
    const undone = latest(withdrawnAt, amount === null ? keptAt : null);
    const stands = toldAt !== null && (undone === null || toldAt >= undone);
    return at !== null && stands ? [{ externalId, amount, at }] : [];
  });
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
  return createHash('sha256').update(detailsText(details)).digest();
}

/** Amounts as digits: JSON has no whole numbers as large as they may be. */
export function detailsText(details: unknown): string {
  return JSON.stringify(details, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
}

/** At the same moment a cancellation stays: nothing is then sent that should not be. */
function cancellationsAfter(stoodAt: Date | null, told: readonly (Date | null)[]): Date[] {
  const times = told.flatMap(at =>
    at !== null && (stoodAt === null || at >= stoodAt) ? [at.getTime()] : [],
  );
  return [...new Set(times)].sort((a, b) => a - b).map(time => new Date(time));
}

/** Each refund once, as its newest word has it; of two words of the same moment the larger amount, and all above all. */
function refundFactsAfter(known: readonly RefundFact[], word: ToldOrder): RefundFact[] {
  const { toldAt } = word;
  const byId = new Map(known.map(fact => [fact.externalId, fact]));
  const factOf = (externalId: string): RefundFact =>
    byId.get(externalId) ?? { externalId, amount: null, at: null, toldAt: null, withdrawnAt: null };
  for (const refund of word.refunds) {
    const before = factOf(refund.externalId);
    const age = before.toldAt === null ? 1 : toldAt.getTime() - before.toldAt.getTime();
    const isTaken = age > 0 || (age === 0 && isMore(refund.amount, before.amount));
    byId.set(refund.externalId, {
      ...before,
      amount: isTaken ? refund.amount : before.amount,
      at: first(before.at, refund.at),
      toldAt: latest(before.toldAt, toldAt),
    });
  }
  for (const externalId of word.withdrawnRefunds) {
    const before = factOf(externalId);
    byId.set(externalId, { ...before, withdrawnAt: latest(before.withdrawnAt, toldAt) });
  }
  return inTime([...byId.values()]);
}

function isMore(a: bigint | null, b: bigint | null): boolean {
  return b !== null && (a === null || a > b);
}

function inTime(facts: readonly RefundFact[]): RefundFact[] {
  const time = ({ at }: RefundFact): number => at?.getTime() ?? 0;
  return [...facts].sort((a, b) => time(a) - time(b) || (a.externalId < b.externalId ? -1 : 1));
}

function first(a: Date | null, b: Date | null): Date | null {
  return a === null || b === null ? (a ?? b) : a <= b ? a : b;
}

function latest(a: Date | null, b: Date | null): Date | null {
  return a === null || b === null ? (a ?? b) : a >= b ? a : b;
}
