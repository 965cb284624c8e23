import { type Outcome } from '#transports';

/** A lane that goes slower than it could. Rates are messages per second, times milliseconds since 1970. */
export interface SlowLane {
  rate: number;
  /** How fast it went when the trouble began. */
  peak: number;
  since: number;
  /** When it was slowed last. */
  slowedAt: number;
  changedAt: number;
  /** What the receiving side said, in its words. */
  reason: string;
}

/** What a worker heard in a lane of late, and how fast all workers go there. */
export interface Heard {
  attempts: number;
  /** Answers that say we go too fast. */
  tooFast: number;
  /** Other answers that say "not now". */
  later: number;
  /** Attempts per second, of all workers together: what is halved is the lane's speed, not one worker's. */
  perSecond: number;
  reason: string;
}

/**
 * Additive increase, multiplicative decrease: of the simple rules the one that lets several who share a path of unknown
 * width settle on it fairly and without swinging (Chiu and Jain 1989, "Analysis of the Increase and Decrease
 * Algorithms"; RFC 5681 section 3.1 halves likewise). Gmail asks for the same in words: reduce the volume while messages are
 * deferred, then increase slowly (its sender guidelines, "Increase sending volume slowly").
 */
export const HALF = 0.5;
/** What is on its way when a lane slows goes out at the old speed; its answers are no reason to slow again. */
export const COOL_DOWN_MS = 10_000;
/** So long without trouble, then a step up. A step is a twentieth of the old speed: from half to whole in ten minutes. */
export const STEP_UP_MS = 60_000;
export const STEP_UP = 0.05;
/** A lane with no other limit is free again at twice the speed at which the trouble began. */
export const FREE_AT = 2;
/** Never slower than a message in ten seconds: silence would teach us nothing. */
export const SLOWEST = 0.1;
/** Providers judge by the day; after one without any trouble the old story is over. */
export const FORGOTTEN_MS = 24 * 3_600_000;
/** "Many deferrals": this share of at least so many attempts. Greylisting and full mailboxes alone stay below. */
export const MANY_LATER = 0.3;
export const MANY_OF = 20;

/**
 * How fast a lane goes from now on.
 * @param limit what people allow it, in messages per second; null: no limit
 * @returns the lane as it goes from now on; null when it is slowed no longer; undefined when nothing changes
 */
export function nextSpeed(
  slow: SlowLane | null,
  heard: Heard,
  limit: number | null,
  now: number,
): SlowLane | null | undefined {
  const many = heard.attempts >= MANY_OF && heard.later > heard.attempts * MANY_LATER;
  if (heard.tooFast > 0 || many) {
    if (slow && now - slow.slowedAt < COOL_DOWN_MS) return undefined;
    const speed = slow?.rate ?? Math.min(limit ?? Infinity, Math.max(1, heard.perSecond));
    return {
      ...{ rate: Math.max(SLOWEST, speed * HALF), peak: slow?.peak ?? speed, since: slow?.since ?? now },
      ...{ slowedAt: now, changedAt: now, reason: heard.reason },
    };
  }
  if (!slow) return undefined;
  const quiet = now - slow.changedAt;
  if (quiet >= FORGOTTEN_MS) return null;
  if (quiet < STEP_UP_MS || heard.attempts <= heard.later) return undefined;
  const rate = slow.rate + slow.peak * STEP_UP;
  return rate >= (limit ?? slow.peak * FREE_AT) ? null : { ...slow, rate, changedAt: now };
}

export type Hearing = 'fine' | 'too fast' | 'later' | 'nothing';

/**
 * What an outcome says of our speed.
 *
 * 421 closes the connection on us (RFC 5321 section 3.8), 429 is HTTP's "too many requests" (RFC 6585 section 4); 4.7.x is policy
 * and 4.3.2 "not accepting messages" (RFC 3463): Gmail's rate limit is 421 4.7.28, Yahoo's 421 4.7.0 [TSS04], Microsoft's
 * 451 4.7.650. Greylisting is no matter of speed, a full or busy mailbox (x.2.x) or an address (x.1.x) one of that person's
 * alone. A 4.4.2 only ends a connection nobody used.
 */
export function hear(outcome: Outcome): Hearing {
  if (outcome.state === 'accepted') return 'fine';
  if (outcome.state === 'unknown' || outcome.offered === false || outcome.code === null) return 'nothing';
  const { code, reply } = outcome;
  const enhanced = outcome.enhanced ?? /\b[45]\.\d{1,3}\.\d{1,3}\b/.exec(reply)?.[0] ?? '';
  if (outcome.state === 'rejected') return saysTooFast.test(reply) ? 'too fast' : 'fine';
  if (/^4\.[12]\./.test(enhanced)) return 'nothing';
  if (/gr[ae]y-?list/i.test(reply) || enhanced === '4.4.2') return 'later';
  const isTooFast = code === 421 || code === 429 || /^4\.7\./.test(enhanced) || enhanced === '4.3.2';
  return isTooFast || saysTooFast.test(reply) ? 'too fast' : 'later';
}

const saysTooFast =
  /too (?:many|much|fast|frequent)|rate[ -]?limit|throttl|slow down|unusual rate|exceed\w* (?:the |its |your )?(?:rate|quota|limit)|TSS0\d/i;
