import { Injectable } from '@nestjs/common';
import { Database } from '#database';
import { CHUNK_SIZE } from './audience.repository.js';
import { type Dispatch } from './dispatch.js';
import { type Due } from './progress.js';

/** Sending at an hour of each person's own clock: every zone's chunks come due at their hour. */
@Injectable()
export class LocalHourRepository {
  constructor(private readonly db: Database) {}

  /**
   * Cuts the chunks of an audience that was just frozen anew, by when each person's hour is (local_due in migration 23).
   * Call it in the transaction that froze, before any worker sees a chunk. A statement of its own, so that freezing
   * costs nothing more where nobody waits for an hour. The hour is worked out once for all who share zone, countries and the phone's area, of which seven digits tell all.
   * Everybody stays in: LEFT JOIN keeps even whoever was deleted in between, which the attempt then says.
   */
  async spread(
    dispatch: Pick<Dispatch, 'id' | 'senderId' | 'localTime' | 'pastHour'>,
    now: Date,
  ): Promise<void> {
    await this.db.execute(
      `WITH whole AS (
         DELETE FROM chunk WHERE dispatch_id = $1 RETURNING lane, contact_ids
       ), person AS MATERIALIZED (
         SELECT w.lane, u.id, COALESCE(c.time_zone, '') AS zone, COALESCE(c.country, '') AS country,
                COALESCE(c.phone_country, '') AS phone, CASE WHEN own.name IS NULL THEN COALESCE(substr(c.phone, 1, 8), '') ELSE '' END AS area
           FROM whole w CROSS JOIN unnest(w.contact_ids) AS u (id) LEFT JOIN contact c ON c.id = u.id
           LEFT JOIN time_zone own ON own.name = c.time_zone
       ), area AS MATERIALIZED (
         SELECT area, phone_zones(area) AS digits FROM (SELECT DISTINCT area FROM person) met
       ), place AS MATERIALIZED (
         SELECT p.zone, p.country, p.phone, p.area,
                local_due($3::text::timestamp, $4, p.zone, p.country, p.phone, area.digits, sender.time_zone, $5) AS due
           FROM (SELECT DISTINCT zone, country, phone, area FROM person) p JOIN area USING (area) JOIN sender ON sender.id = $2
       ), numbered AS (
         SELECT p.lane, due, p.id, (row_number() OVER (PARTITION BY p.lane, due ORDER BY p.id) - 1) / ${CHUNK_SIZE} AS seq
           FROM person p JOIN place USING (zone, country, phone, area)
       )
       INSERT INTO chunk (dispatch_id, lane, contact_ids, size, due_at)
       SELECT $1, lane, array_agg(id ORDER BY id), count(*)::int, due
         FROM numbered GROUP BY lane, due, seq ORDER BY due, seq, lane`,
      [dispatch.id, dispatch.senderId, dispatch.localTime, dispatch.pastHour, now],
    );
  }

  /** How many wait for which hour. Chunks that were begun, or were put off for want of money, wait for that. */
  dues(dispatchId: number, now: Date): Promise<Due[]> {
    return this.db.query<Due>(
      `SELECT due_at AS at, sum(size)::int AS count FROM chunk
        WHERE dispatch_id = $1 AND state = 'pending' AND lease_generation = 0 AND due_at > $2 AND NOT budget_wait
        GROUP BY due_at ORDER BY due_at`,
      [dispatchId, now],
    );
  }
}
