/** What the SMS of one dispatch cost, and what its budgets have room for. Amounts are millionths of the currency. */
export interface SmsPurse {
  /** Of one part; null: no price is known. */
  priceOf(country: string | null, source: string): number | null;
  /**
   * Takes each cost that there is still room for, in their order; all of them where there is no budget. null: of what nobody
   * knows the price of.
   * @returns which were taken; when to look again for the others; and whether nothing at all can be paid any more, however cheap
   */
  take(costs: readonly (number | null)[]): Promise<{ taken: boolean[]; retryAt: Date; isSpent: boolean }>;
  giveBack(amount: number): Promise<void>;
}
