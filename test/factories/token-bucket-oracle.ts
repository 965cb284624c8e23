/**
 * The arithmetic of token buckets, in seconds and messages per second. PostgreSQL does it (libs/sending,
 * token-bucket.repository.ts); this is the same in words, to hold against it.
 */
export interface Bucket {
  /** Tokens that come in each second. */
  rate: number;
  tokens: number;
  /** When `tokens` was true, in seconds. */
  refilledAt: number;
  /** Workers that wanted tokens, and how many for a second, by worker. */
  holders: Record<string, { at: number; want: number }>;
}

/** A bucket holds a token and what comes in within so many seconds. */
export const BURST_SECONDS = 1.5;
const HOLDER_SECONDS = 3;
const SLACK = 1.1;

export function burstOf(rate: number): number {
  return 1 + rate * BURST_SECONDS;
}

/**
 * Gives tokens back and takes others. In any time T nobody gets more than the rate x T + the burst out of a bucket; of
 * a bucket that several want, each gets its share: what the others do not want is everybody's.
 * @param want tokens for about a second
 */
export function exchange(
  bucket: Bucket,
  owner: string,
  back: number,
  want: number,
  now: number,
): { bucket: Bucket; granted: number } {
  const { rate } = bucket;
  const elapsed = Math.max(0, now - bucket.refilledAt);
  const available = Math.min(burstOf(rate), bucket.tokens + back + rate * elapsed);
  const others = Object.entries(bucket.holders).filter(
    ([holder, { at }]) => holder !== owner && at > now - HOLDER_SECONDS,
  );
  const wanted = others.reduce((sum, [, holder]) => sum + Math.min(holder.want, rate), 0);
  const share = Math.max(rate / (others.length + 1), rate - wanted);
  // Who is late, because it or its machine is busy, makes up for it.
  const late = Math.min(Math.max(now - (bucket.holders[owner]?.at ?? now), 1), BURST_SECONDS);
  const more = Math.min(Math.ceil(share * late * SLACK), available - (rate - share));
  const granted = Math.max(0, Math.floor(Math.min(want, available, Math.max(1, share, more))));
  const holders = Object.fromEntries(others);
  if (want > 0) holders[owner] = { at: now, want };
  return { bucket: { rate, tokens: available - granted, refilledAt: now, holders }, granted };
}
