import { type CallResult } from './webhook-client.js';
import { type DisabledReason } from './webhook.entity.js';

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Waits after the first, second... attempt; after as many and one more it is given up, some three days later. */
export const RETRY_AFTER_MS = [
  ...[5 * SECOND_MS, 5 * MINUTE_MS, 30 * MINUTE_MS, 2 * HOUR_MS, 5 * HOUR_MS],
  ...[10 * HOUR_MS, 14 * HOUR_MS, 20 * HOUR_MS, 24 * HOUR_MS],
];
/** A webhook to which nothing was delivered for this long is disabled. */
export const DISABLED_AFTER_MS = 5 * DAY_MS;
/** Waits are this much longer or shorter, by chance, so that what failed together does not come back together. */
const JITTER = 0.1;
/** From this failure in a row on the whole webhook rests, twice as long with each, up to the most. */
const RESTS_FROM = 3;
const LONGEST_REST_MS = 5 * MINUTE_MS;
const LONGEST_ASKED_MS = HOUR_MS;

/** How a webhook has fared. */
export interface Health {
  failingSince: Date | null;
  failures: number;
}

export interface Verdict {
  delivery: { state: 'delivered' | 'given_up' } | { state: 'due'; dueAt: Date };
  webhook: Health & { restsUntil: Date | null; disabledReason: DisabledReason | null };
}

/**
 * What follows from an attempt, for the delivery and for its webhook.
 * @param attempts made of this delivery, this one included
 * @param chance from 0 to 1
 */
export function judge(
  result: CallResult,
  attempts: number,
  health: Health,
  now: Date,
  chance: number,
): Verdict {
  if (result.error === null) {
    const webhook = { failingSince: null, failures: 0, restsUntil: null, disabledReason: null };
    return { delivery: { state: 'delivered' }, webhook };
  }
  const failingSince = health.failingSince ?? now;
  const failures = health.failures + 1;
  const asked = Math.min(result.retryAfterMs ?? 0, LONGEST_ASKED_MS);
  const rest = Math.max(asked, restAfter(failures));
  const wait = RETRY_AFTER_MS[attempts - 1];
  const jitter = 1 - JITTER + 2 * JITTER * chance;
  return {
    delivery:
      wait === undefined
        ? { state: 'given_up' }
        : { state: 'due', dueAt: new Date(now.getTime() + Math.max(asked, Math.round(wait * jitter))) },
    webhook: {
      ...{ failingSince, failures, restsUntil: rest > 0 ? new Date(now.getTime() + rest) : null },
      disabledReason: disabledBecause(result, now.getTime() - failingSince.getTime()),
    },
  };
}

function restAfter(failures: number): number {
  return failures < RESTS_FROM ? 0 : Math.min(LONGEST_REST_MS, SECOND_MS * 2 ** (failures - RESTS_FROM));
}

function disabledBecause(result: CallResult, failingMs: number): DisabledReason | null {
  if (result.status === 410) return 'gone';
  return failingMs >= DISABLED_AFTER_MS ? 'failing' : null;
}
