/** A row of the ledger, as far as a verdict needs it. */
export interface LedgerRow {
  contactId: number;
  /** The person's mail address, or phone. */
  address: string;
  state: string;
}

/** A mail that arrived, by the key its Message-ID stands for (0: none of ours). */
export interface Arrival {
  contactId: number;
  recipient: string;
}

/** The sink beside the ledger. Everything but `unknown` has to be 0. */
export interface Verdict {
  /** Mails beyond the first that one person got of one dispatch. */
  duplicates: number;
  /**
   * People who were frozen and got nothing that anybody answers for: at the end they have no row, or one that is
   * neither final nor `unknown`; or their row says `accepted` and the sink never took a mail for them.
   */
  lost: number;
  /** Mails that arrived for somebody of whom the ledger knows no attempt. */
  delivered_without_row: number;
  /** Mails that arrived although their row says that nothing was sent (rejected, skipped, deferred). */
  contradicted: number;
  /** Mails that went to another address than their person's. */
  misaddressed: number;
  /** Rows that say "this cannot be known", and how many of these mails the sink did take. */
  unknown: number;
  unknown_taken: number;
}

const FINAL = new Set(['accepted', 'rejected', 'skipped', 'unknown']);
const NOT_SENT = new Set(['rejected', 'skipped', 'deferred']);

/** Judges one dispatch. @param frozen the contacts of its chunks */
export function judge(
  frozen: readonly number[],
  rows: readonly LedgerRow[],
  arrivals: readonly Arrival[],
): Verdict {
  const row = new Map(rows.map(one => [one.contactId, one]));
  const count = new Map<number, number>();
  let misaddressed = 0;
  for (const { contactId, recipient } of arrivals) {
    count.set(contactId, (count.get(contactId) ?? 0) + 1);
    const person = row.get(contactId);
    if (person && person.address !== recipient) misaddressed++;
  }
  const unfinished = frozen.filter(id => !FINAL.has(row.get(id)?.state ?? ''));
  const claimed = rows.filter(({ contactId, state }) => state === 'accepted' && !count.has(contactId));
  const unknown = rows.filter(({ state }) => state === 'unknown');
  return {
    duplicates: [...count.values()].reduce((sum, n) => sum + n - 1, 0),
    lost: unfinished.length + claimed.length,
    delivered_without_row: arrivals.filter(({ contactId }) => !row.has(contactId)).length,
    contradicted: rows.filter(({ contactId, state }) => NOT_SENT.has(state) && count.has(contactId)).length,
    misaddressed,
    unknown: unknown.length,
    unknown_taken: unknown.filter(({ contactId }) => count.has(contactId)).length,
  };
}

/** Where a campaign stands, as the API tells it. */
export interface Numbers {
  candidates: number | null;
  frozen: number | null;
  excluded: Record<string, number>;
  skipped: Record<string, number>;
  [state: string]: unknown;
}

const STATES = ['accepted', 'rejected', 'deferred', 'unknown', 'cancelled', 'attempting', 'notYetAttempted'];

/** Whether the numbers balance: the two equations, and none of them below zero. */
export function isBalanced(numbers: Numbers): boolean {
  if (numbers.frozen === null) return true;
  const sum = (counts: number[]): number => counts.reduce((total, n) => total + n, 0);
  const states = [...STATES.map(state => numbers[state] as number), ...Object.values(numbers.skipped)];
  const excluded = Object.values(numbers.excluded);
  return (
    [...states, ...excluded].every(n => n >= 0) &&
    numbers.frozen + sum(excluded) === numbers.candidates &&
    sum(states) === numbers.frozen
  );
}
