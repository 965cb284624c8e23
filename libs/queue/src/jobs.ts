/**
 * Every job there is. A payload carries row numbers only, never a person's data: the handler reads the row afresh.
 * A job is a wake-up. Whatever it wakes is also found by polling PostgreSQL, so losing every job loses only seconds.
 */
export interface JobPayloads {
  /** A dispatch waits for its audience to be frozen. */
  'freeze-dispatch': { dispatchId: number };
  /** A dispatch has chunks to send. */
  'send-dispatch': { dispatchId: number };
  /** An uploaded file waits to be imported. */
  'run-import': { importId: number };
  /** Consent events wait for their link in the ledger's chain. */
  'seal-ledger': Record<string, never>;
  /** Consents whose time ran out wait to be recorded as expired. */
  'expire-consents': Record<string, never>;
  /** Whoever changed since the last time waits for their place in the gate's forecast. */
  'fold-forecast': Record<string, never>;
  /** People's clicks may tell what became of messages that were never answered. */
  'resolve-clicked': Record<string, never>;
  /** Look for campaigns whose hour has come. */
  'launch-due-campaigns': Record<string, never>;
  /** People of sequences are due, or stand at an entrance. */
  'advance-sequences': Record<string, never>;
  /** Look for who joined a segment, or whose day has come. */
  'watch-sequences': Record<string, never>;
  /** Forget what has served its time, as the law packs say. */
  'apply-retention': Record<string, never>;
  /** Somebody signed up and waits for the mail that asks them to confirm. */
  'send-confirmations': Record<string, never>;
  /** Forget people who signed up and never confirmed. */
  'purge-unconfirmed': Record<string, never>;
  /** A mail came back and waits to be read. */
  'read-inbound-mail': Record<string, never>;
  /** Something was told of a message and waits to be acted upon. */
  'apply-feedback': Record<string, never>;
  /** Somebody wrote back; it waits to be passed on. */
  'forward-replies': Record<string, never>;
  /** Something happened that somebody's webhook may want to be told of. */
  'deliver-webhooks': Record<string, never>;
  /** Write what customers' recency, frequency and value are scored by. */
  'scale-purchases': Record<string, never>;
}

export type JobName = keyof JobPayloads;

export interface JobPolicy {
  queue: 'sending' | 'imports' | 'schedule';
  /** Tries, the first included. All of these are safe to run again: they find out from PostgreSQL what is left. */
  attempts: number;
  /** First wait between tries, in milliseconds; it doubles. */
  backoffMs: number;
}

/** The retry policy lives here, with the queue; no caller sets its own. */
export const jobPolicies: Record<JobName, JobPolicy> = {
  'freeze-dispatch': { queue: 'sending', attempts: 3, backoffMs: 1000 },
  'send-dispatch': { queue: 'sending', attempts: 3, backoffMs: 1000 },
  'run-import': { queue: 'imports', attempts: 3, backoffMs: 2000 },
  'seal-ledger': { queue: 'schedule', attempts: 1, backoffMs: 1000 },
  'expire-consents': { queue: 'schedule', attempts: 1, backoffMs: 1000 },
  'fold-forecast': { queue: 'schedule', attempts: 1, backoffMs: 1000 },
  'resolve-clicked': { queue: 'schedule', attempts: 1, backoffMs: 1000 },
  'launch-due-campaigns': { queue: 'schedule', attempts: 1, backoffMs: 1000 },
  'advance-sequences': { queue: 'schedule', attempts: 1, backoffMs: 1000 },
  'watch-sequences': { queue: 'schedule', attempts: 1, backoffMs: 1000 },
  'apply-retention': { queue: 'schedule', attempts: 1, backoffMs: 1000 },
  'send-confirmations': { queue: 'schedule', attempts: 1, backoffMs: 1000 },
  'purge-unconfirmed': { queue: 'schedule', attempts: 1, backoffMs: 1000 },
  'read-inbound-mail': { queue: 'schedule', attempts: 1, backoffMs: 1000 },
  'apply-feedback': { queue: 'schedule', attempts: 1, backoffMs: 1000 },
  'forward-replies': { queue: 'schedule', attempts: 1, backoffMs: 1000 },
  'deliver-webhooks': { queue: 'schedule', attempts: 1, backoffMs: 1000 },
  'scale-purchases': { queue: 'schedule', attempts: 1, backoffMs: 1000 },
};

/** Jobs that come round by themselves, and how often in milliseconds. */
export const repeatingJobs: Partial<Record<JobName, number>> = {
  'expire-consents': 60_000,
  'fold-forecast': 30_000,
  'resolve-clicked': 60_000,
  'launch-due-campaigns': 10_000,
  'apply-retention': 3_600_000,
  'purge-unconfirmed': 3_600_000,
  'forward-replies': 30_000,
  'scale-purchases': 86_400_000,
};

export const queueNames = ['sending', 'imports', 'schedule'] as const;
