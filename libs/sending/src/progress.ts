import { type Dispatch } from './dispatch.js';
import { isEnded } from './dispatch-state.js';
import { type MessageState } from './message.repository.js';

/**
 * Where a dispatch stands. These balance at every moment:
 * candidates = frozen + excluded; frozen = accepted + rejected + deferred + skipped + unknown + cancelled + attempting
 * + notYetAttempted.
 */
export interface Progress {
  state: Dispatch['state'];
  candidates: number | null;
  frozen: number | null;
  excluded: Record<string, number>;
  accepted: number;
  rejected: number;
  deferred: number;
  skipped: Record<string, number>;
  unknown: number;
  cancelled: number;
  /** Allowed and under way this very moment. */
  attempting: number;
  notYetAttempted: number;
}

type Count = { state: MessageState; reason: string | null; count: number };

/** Puts the counts of a dispatch's rows into words. What an ended dispatch left undone counts as cancelled. */
export function progressOf(dispatch: Dispatch, counts: Count[]): Progress {
  const total = (state: MessageState): number =>
    counts.filter(row => row.state === state).reduce((sum, row) => sum + row.count, 0);
  const skipped: Record<string, number> = {};
  for (const row of counts) {
    if (row.state === 'skipped') skipped[row.reason ?? 'UNKNOWN'] = row.count;
  }
  const untouched = (dispatch.frozen ?? 0) - counts.reduce((sum, row) => sum + row.count, 0);
  const stopped = dispatch.state !== 'finished' && isEnded(dispatch.state);
  const excluded = dispatch.excluded ?? {};
  return {
    state: dispatch.state,
    candidates:
      dispatch.frozen === null
        ? null
        : dispatch.frozen + Object.values(excluded).reduce((sum, n) => sum + n, 0),
    frozen: dispatch.frozen,
    excluded,
    accepted: total('accepted'),
    rejected: total('rejected'),
    deferred: stopped ? 0 : total('deferred'),
    skipped,
    unknown: total('unknown'),
    cancelled: stopped ? untouched + total('deferred') : 0,
    attempting: total('attempting'),
    notYetAttempted: stopped ? 0 : untouched,
  };
}
