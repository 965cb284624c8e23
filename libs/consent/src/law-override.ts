/** An operator's value in the place of what a pack says; kept for good, also when it was removed. */
export interface LawOverride {
  id: number;
  pack: string;
  cell: string;
  value: unknown;
  reason: string;
  actor: string;
  createdAt: Date;
  removedAt: Date | null;
  removedBy: string | null;
}

export type NewLawOverride = Omit<LawOverride, 'id' | 'removedAt' | 'removedBy'>;
