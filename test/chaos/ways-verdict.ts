import { type Arrived } from './way.js';

/** One entry of somebody's way, beside the message it speaks of. */
export interface StepRow {
  enrolmentId: number;
  contactId: number;
  enrolmentState: string;
  step: number | null;
  outcome: string;
  seq: number;
  dispatchId: number | null;
  messageState: string | null;
}

export interface WaysVerdict {
  finished: number;
  /** Mails beyond the first that a person got of one step. */
  duplicates: number;
  /** Steps that somebody came past although no message of theirs was ever attempted. */
  skipped: number;
  /**
   * Ways that do not agree with the messages: a step begun twice or out of order, "sent" without an accepted row, an accepted row
   * that never arrived, a mail of a step that nobody was at.
   */
  inconsistent: number;
  unknown: number;
}

/** Holds people's ways against what the ledger says and what arrived. */
export function judgeWays(
  rows: readonly StepRow[],
  arrivals: readonly Arrived[],
  sends: number,
): WaysVerdict {
  const arrived = new Map<string, number>();
  for (const { dispatchId, contactId } of arrivals) {
    const key = `${dispatchId} ${contactId}`;
    arrived.set(key, (arrived.get(key) ?? 0) + 1);
  }
  const verdict: WaysVerdict = { finished: 0, duplicates: 0, skipped: 0, inconsistent: 0, unknown: 0 };
  verdict.duplicates = [...arrived.values()].reduce((sum, count) => sum + count - 1, 0);
  const known = new Set<string>();
  for (const way of byEnrolment(rows)) {
    const [first] = way as [StepRow];
    const began = way.filter(({ outcome }) => outcome === 'sending');
    const ended = way.filter(({ outcome }) => outcome === 'sent' || outcome === 'not_sent');
    const isWhole = first.enrolmentState === 'finished';
    if (isWhole) verdict.finished++;
    if (isWhole) verdict.skipped += sends - ended.length;
    const inOrder = (entries: readonly StepRow[]): boolean =>
      entries.every(({ step }, at) => step === at * 2);
    const isGapless = way.every(({ seq }, at) => seq === at + 1);
    if (!inOrder(began) || !inOrder(ended) || !isGapless || began.length - ended.length > 1)
      verdict.inconsistent++;
    for (const { outcome, dispatchId, contactId, messageState } of ended) {
      const key = `${dispatchId} ${contactId}`;
      known.add(key);
      const came = arrived.has(key);
      if (messageState === null) verdict.skipped++;
      else if (messageState === 'unknown') verdict.unknown++;
      else if (
        (outcome === 'sent') !== (messageState === 'accepted') ||
        came !== (messageState === 'accepted')
      )
        verdict.inconsistent++;
    }
  }
  for (const key of arrived.keys()) if (!known.has(key)) verdict.inconsistent++;
  return verdict;
}

function byEnrolment(rows: readonly StepRow[]): StepRow[][] {
  const ways = new Map<number, StepRow[]>();
  for (const row of rows) {
    const way = ways.get(row.enrolmentId);
    if (way) way.push(row);
    else ways.set(row.enrolmentId, [row]);
  }
  return [...ways.values()];
}
