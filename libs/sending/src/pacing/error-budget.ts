/** What a sender tolerates before its campaigns pause by themselves: shares of messages; null never pauses. */
export interface ErrorBudget {
  /** Messages refused for good as they were handed over. */
  refusals: number | null;
  /** Messages that were accepted and came back for good. */
  bounces: number | null;
  /** People who called it spam. */
  complaints: number | null;
  /** Nothing is judged by fewer messages. */
  minimumMessages: number;
  /** Only what happened in so many minutes counts. */
  windowMinutes: number;
}

/**
 * Gmail and Yahoo ask for a spam rate below 0.1 % and that 0.3 % is never reached (Email sender guidelines; Yahoo sender
 * best practices). Amazon SES puts an account under review at 5 % bounces, and stops it at 10 %; a refusal is a bounce that
 * came at once. 200 messages, lest a few bad addresses at the beginning decide. A day, as providers reckon.
 */
export const defaultBudget: ErrorBudget = {
  refusals: 0.05,
  bounces: 0.05,
  complaints: 0.003,
  minimumMessages: 200,
  windowMinutes: 24 * 60,
};

/** One or two of a kind are chance, however few messages there were. */
export const FEWEST = 3;

export interface ErrorCounts {
  /** Messages whose fate is known: accepted or refused. */
  settled: number;
  refused: number;
  bounced: number;
  complained: number;
}

export const errorKinds = ['refusals', 'bounces', 'complaints'] as const;
export type ErrorKind = (typeof errorKinds)[number];

const columns = { refusals: 'refused', bounces: 'bounced', complaints: 'complained' } as const;

/** A budget that is spent. */
export interface Overspent {
  kind: ErrorKind;
  count: number;
  settled: number;
  allowed: number;
}

/** Whether a budget is spent, and by what. Complaints must not reach their share; the others must not exceed it. */
export function overspent(budget: ErrorBudget, counts: ErrorCounts): Overspent | null {
  const { settled } = counts;
  if (settled < budget.minimumMessages) return null;
  for (const kind of errorKinds) {
    const allowed = budget[kind];
    const count = counts[columns[kind]];
    if (allowed === null || count < FEWEST) continue;
    const most = allowed * settled;
    if (kind === 'complaints' ? count >= most : count > most) return { kind, count, settled, allowed };
  }
  return null;
}

const words: Record<ErrorKind, string> = {
  refusals: 'were refused for good',
  bounces: 'bounced',
  complaints: 'were called spam',
};

/** "31 of 412 messages were refused for good (7.5 %); at most 5 % are tolerated." */
export function overspentWords({ kind, count, settled, allowed }: Overspent): string {
  const tolerated =
    kind === 'complaints' ? `less than ${percent(allowed)} is` : `at most ${percent(allowed)} are`;
  return `${count} of ${settled} messages ${words[kind]} (${percent(count / settled)}); ${tolerated} tolerated.`;
}

function percent(share: number): string {
  return `${Number((share * 100).toFixed(2))} %`;
}
