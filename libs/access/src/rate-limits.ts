import { Injectable } from '@nestjs/common';
import { Clock } from '#common';
import { Database } from '#database';

/** How often something may be done within a while. */
export interface RateLimit {
  /** Keeps the counts of different things apart. */
  kind: string;
  most: number;
  windowMs: number;
}

/**
 * Counts in PostgreSQL: exact over any number of processes, and a restart forgets nothing. A window begins with the
 * first take and ends by itself.
 */
@Injectable()
export class RateLimits {
  constructor(
    private readonly db: Database,
    private readonly clock: Clock,
  ) {}

  /**
   * Counts one; false when there were `most` in this window already. Inside a transaction the count is undone with it,
   * and everybody else who counts for the same key waits for its end.
   * @param key who is counted: an IP (see `networkOf`) or a keyed hash, never an address.
   */
  async take({ kind, most, windowMs }: RateLimit, key: string): Promise<boolean> {
    const now = this.clock.now();
    const row = await this.db.queryOne<{ count: number }>(
      `INSERT INTO rate_limit AS l (kind, key, since, count) VALUES ($1, $2, $3, 1)
       ON CONFLICT (kind, key) DO UPDATE
          SET since = CASE WHEN l.since <= $4 THEN $3 ELSE l.since END,
              count = CASE WHEN l.since <= $4 THEN 1 ELSE LEAST(l.count + 1, $5::integer + 1) END
       RETURNING count`,
      [kind, key, now, new Date(now.getTime() - windowMs), most],
    );
    return (row?.count ?? 0) <= most;
  }

  /** Forgets the windows that began before this moment. */
  async forgetBefore(moment: Date): Promise<void> {
    await this.db.execute('DELETE FROM rate_limit WHERE since < $1', [moment]);
  }
}

/**
 * What one visitor holds: an IPv4 address, or the /64 of an IPv6 one (RFC 6177: a home gets that at least, and can take
 * another address of it for every request).
 * @param ip as `node:net` reads it, without zone
 */
export function networkOf(ip: string): string {
  if (!ip.includes(':')) return ip;
  const [head = '', tail] = ip.split('::');
  const first = head === '' ? [] : head.split(':');
  const last = tail === undefined || tail === '' ? [] : tail.split(':');
  // An IPv4 address at the end stands for two groups.
  const length = first.length + last.length + (ip.includes('.') ? 1 : 0);
  const gap = tail === undefined ? 0 : 8 - length;
  const groups = [...first, ...Array.from({ length: gap }, () => '0'), ...last];
  return `${groups
    .slice(0, 4)
    .map(group => parseInt(group, 16).toString(16))
    .join(':')}::/64`;
}
