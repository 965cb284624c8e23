import { Injectable } from '@nestjs/common';
import { Database } from '#database';

export interface LanePace {
  senderId: number;
  lane: string;
  /** Attempts per second. */
  perSecond: number;
}

/** What another worker said longer ago is what it did, and not what it does. */
const OLD_SECONDS = 10;

/** How fast lanes go, over all workers. */
@Injectable()
export class LanePaceRepository {
  constructor(private readonly db: Database) {}

  /**
   * Tells how fast this worker goes in some lanes, and asks how fast all go in them together. One statement, lanes in
   * order, rows of this worker alone: nobody waits for anybody.
   * @param now the database's time
   */
  tell(worker: string, paces: readonly LanePace[], now: Date): Promise<LanePace[]> {
    return this.db.query<LanePace>(
      `WITH mine AS (
         SELECT * FROM jsonb_to_recordset($2::jsonb) AS p ("senderId" bigint, lane text, "perSecond" double precision)
       ), told AS (
         INSERT INTO lane_pace (sender_id, lane, worker, per_second, at)
         SELECT "senderId", lane, $1, "perSecond", $3 FROM mine ORDER BY 1, 2
         ON CONFLICT (sender_id, lane, worker) DO UPDATE SET per_second = excluded.per_second, at = excluded.at
       )
       SELECT m."senderId", m.lane, m."perSecond" + COALESCE(sum(o.per_second), 0) AS "perSecond"
         FROM mine m
         LEFT JOIN lane_pace o ON o.sender_id = m."senderId" AND o.lane = m.lane AND o.worker <> $1
                              AND o.at > $3::timestamptz - interval '${OLD_SECONDS} seconds'
        GROUP BY 1, 2, m."perSecond"`,
      [worker, JSON.stringify(paces), now],
    );
  }

  /** How fast all workers go in a lane, in attempts per second; 0 when nobody sends there. */
  async of(senderId: number, lane: string, now: Date): Promise<number> {
    const row = await this.db.queryOne<{ perSecond: number | null }>(
      `SELECT sum(per_second) AS "perSecond" FROM lane_pace
        WHERE sender_id = $1 AND lane = $2 AND at > $3::timestamptz - interval '${OLD_SECONDS} seconds'`,
      [senderId, lane, now],
    );
    return row?.perSecond ?? 0;
  }

  /** This worker rests. What workers left that died goes with it, once it is an hour old. */
  async leave(worker: string): Promise<void> {
    await this.db.execute(
      `DELETE FROM lane_pace p USING (
         SELECT sender_id, lane, worker FROM lane_pace
          WHERE worker = $1 OR at < clock_timestamp() - interval '1 hour' FOR UPDATE SKIP LOCKED) gone
        WHERE p.sender_id = gone.sender_id AND p.lane = gone.lane AND p.worker = gone.worker`,
      [worker],
    );
  }
}
