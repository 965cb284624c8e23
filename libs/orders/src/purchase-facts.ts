/** What a person's orders amount to. Amounts in millionths, by currency. */
export interface PurchaseFacts {
  contactId: number;
  count: number;
  firstAt: Date;
  lastAt: Date;
  /** Whole days since the last order. */
  daysSinceLast: number;
  categories: string[];
  totals: { currency: string; total: bigint; average: bigint; count: number }[];
  scores: PurchaseScores;
}

/** 1 to 5, 5 the best fifth of the customers there are; null while there is no scale to score by. */
export interface PurchaseScores {
  recency: number | null;
  frequency: number | null;
  /** Of several currencies the best. */
  value: number | null;
}

export const purchaseMeasures = ['recency', 'frequency', 'value'] as const;
export type PurchaseMeasure = (typeof purchaseMeasures)[number];

/** Where each next fifth begins, rising. */
export interface PurchaseScale {
  measure: PurchaseMeasure;
  /** Of value; empty otherwise. */
  currency: string;
  /** Recency in days since the last order (fewer are better), frequency in orders, value in millionths; exact, as digits. */
  bounds: string[];
  /** An operator set it: the daily job leaves it. */
  isSet: boolean;
  updatedAt: Date;
}
