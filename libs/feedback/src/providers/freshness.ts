import { type Refusal, refused } from './provider.js';

const MINUTE_MS = 60_000;
/** How far another clock may be ahead of ours. */
const AHEAD_MS = 5 * MINUTE_MS;

/**
 * How old a signed request may be. As long as the provider goes on trying, because it is not documented that a repetition
 * is signed anew, and an event must not be lost to an outage of ours; a replay within that time meets the event ids that
 * are stored already.
 */
export const KEEPS_TRYING_MS = {
  /** An HTTP delivery policy may last an hour; the default does 23 seconds and then some. */
  sns: 75 * MINUTE_MS,
  /** 24 hours after the event, in growing steps. */
  sendgrid: 25 * 60 * MINUTE_MS,
  /** 8 hours: 5, 10 and 15 minutes, 1, 2 and 4 hours. */
  mailgun: 9 * 60 * MINUTE_MS,
} as const;

/** Null when the time is one at which this may have been signed. */
export function ifTooOld(signedAtMs: number, now: Date, longestMs: number): Refusal | null {
  const age = now.getTime() - signedAtMs;
  if (age <= longestMs && age >= -AHEAD_MS) return null;
  return refused(
    'WEBHOOK_TOO_OLD',
    'The request was signed too long ago, or in the future. Check the clock of this server.',
  );
}
