import { type Dispatch } from './dispatch.js';
import { isEnded } from './dispatch-state.js';
import { type MessageCount, type MessageState } from './message.repository.js';

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
  /** What waits, for what, and until when; of `deferred` by reason, of `notYetAttempted` by the hour it waits for. */
  waiting: Waiting[];
}

export interface Waiting {
  /** LOCAL_TIME: for its hour on the person's own clock. Else the reason of the deferral. */
  reason: string;
  count: number;
  /** When the first of them comes due, and the last. */
  from: Date;
  until: Date;
}

/** How many people wait for one moment. */
export interface Due {
  at: Date;
  count: number;
}

/** Puts the counts of a dispatch's rows into words. What an ended dispatch left undone counts as cancelled. */
export function progressOf(dispatch: Dispatch, counts: MessageCount[], dues: readonly Due[] = []): Progress {
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
    waiting: stopped ? [] : [...dues.map(waitForHour), ...counts.flatMap(waitDeferred)],
  };
}

function waitForHour({ at, count }: Due): Waiting {
  return { reason: 'LOCAL_TIME', count, from: at, until: at };
}

function waitDeferred({ state, reason, count, from, until }: MessageCount): Waiting[] {
  return state === 'deferred' && from && until ? [{ reason: reason ?? 'TRY_LATER', count, from, until }] : [];
}
