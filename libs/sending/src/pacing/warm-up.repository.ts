import { Injectable } from '@nestjs/common';
import { Database } from '#database';
import { type WarmUp, type WarmUpToday } from './warm-up.js';

/** Warm-ups and what was sent on each of their days. */
@Injectable()
export class WarmUpRepository {
  constructor(private readonly db: Database) {}

  /**
   * The warm-ups of these domains, and the database's time.
   * @param now for tests; null is the database's clock
   */
  async read(domains: readonly string[], now: Date | null): Promise<{ now: Date; warmUps: WarmUp[] }> {
    const rows = await this.db.query<Partial<WarmUp> & { now: Date }>(
      `SELECT COALESCE($2::timestamptz, clock_timestamp()) AS now, w.domain, w.sender_id AS "senderId", s.time_zone AS "timeZone",
              w.ceilings, w.started_at AS "startedAt",
              (SELECT COALESCE(json_agg(json_build_object('day', d.day, 'ceiling', d.ceiling, 'used', d.used)), '[]')
                 FROM warm_up_day d WHERE d.domain = w.domain) AS days
         FROM (SELECT 1) always LEFT JOIN (warm_up w JOIN sender s ON s.id = w.sender_id) ON w.domain = ANY($1::text[])`,
      [domains, now],
    );
    return {
      now: (rows[0] as { now: Date }).now,
      warmUps: rows.filter((row): row is WarmUp & { now: Date } => row.domain !== null),
    };
  }

  /**
   * Takes of what a domain may still send today: one row, one statement, so that it is exact whoever else asks.
   * @param force messages that do not wait for tomorrow are counted all the same, be it beyond the ceiling
   * @returns how many may be sent; null when the day is over or the warm-up gone: read it anew.
   */
  async take(
    domain: string,
    today: WarmUpToday,
    want: number,
    force: boolean,
    now: Date | null,
  ): Promise<number | null> {
    const free = 'GREATEST(0, excluded.ceiling - d.used)';
    const row = await this.db.queryOne<{ granted: number }>(
      `INSERT INTO warm_up_day AS d (domain, day, ceiling, used, granted, ends_at)
       SELECT domain, $2, $3, g.n, g.n, $4
         FROM warm_up CROSS JOIN (SELECT CASE WHEN $6::boolean THEN $5::int ELSE LEAST($5::int, $3::int) END AS n) g
        WHERE domain = $1 AND COALESCE($7::timestamptz, clock_timestamp()) < $4
       ON CONFLICT (domain, day) DO UPDATE
          SET ceiling = excluded.ceiling, ends_at = excluded.ends_at,
              granted = CASE WHEN $6::boolean THEN $5::int ELSE LEAST($5::int, ${free}) END,
              used = d.used + CASE WHEN $6::boolean THEN $5::int ELSE LEAST($5::int, ${free}) END
       RETURNING granted`,
      [domain, today.day, today.ceiling, today.endsAt, want, force, now],
    );
    return row?.granted ?? null;
  }

  /** What was taken and not used. */
  async giveBack(domain: string, day: string, count: number): Promise<void> {
    await this.db.execute(
      'UPDATE warm_up_day SET used = GREATEST(0, used - $3) WHERE domain = $1 AND day = $2',
      [...[domain, day, count]],
    );
  }

  /** Begins a warm-up, or gives a running one another plan; the days it had stay. */
  async save(domain: string, senderId: number, ceilings: readonly number[], now: Date): Promise<void> {
    await this.db.query(
      `INSERT INTO warm_up (domain, sender_id, ceilings, started_at) VALUES ($1, $2, $3, $4)
       ON CONFLICT (domain) DO UPDATE SET sender_id = excluded.sender_id, ceilings = excluded.ceilings`,
      [domain, senderId, ceilings, now],
    );
  }

  async delete(domain: string): Promise<boolean> {
    return (await this.db.execute('DELETE FROM warm_up WHERE domain = $1', [domain])) > 0;
  }
}
