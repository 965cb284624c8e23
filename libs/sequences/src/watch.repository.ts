import { Injectable } from '@nestjs/common';
import { Database } from '#database';
import { type Predicate } from '#segments';
import { type Plan } from './plan.js';

/** A sequence that has to look for its people, because nothing tells of them. */
export interface Watched {
  id: number;
  plan: Plan;
  /** As of when it looked last; null: never, or what it looks for is another since. */
  before: Date | null;
  startedAt: Date;
}

/** Who joined a segment since the last look, who left it, and whose day has come. */
@Injectable()
export class WatchRepository {
  constructor(private readonly db: Database) {}

  /** Takes one whose last look is long ago, for as long as the transaction lasts. */
  async next(kind: string, again: Date, now: Date): Promise<Watched | null> {
    const row = await this.db.queryOne<Watched>(
      `SELECT s.id, v.plan, s.looked_at AS before, s.started_at AS "startedAt"
         FROM sequence s JOIN sequence_version v ON v.id = s.version_id
        WHERE s.state IN ('running', 'paused') AND s.trigger_kind = $1 AND (s.look_after IS NULL OR s.look_after <= $2)
        ORDER BY s.look_after NULLS FIRST LIMIT 1 FOR NO KEY UPDATE OF s SKIP LOCKED`,
      [kind, now],
    );
    if (row) await this.db.query('UPDATE sequence SET look_after = $2 WHERE id = $1', [row.id, again]);
    return row;
  }

  /** The look was done; one that could not be counts for nothing. */
  async looked(sequenceId: number, now: Date): Promise<void> {
    await this.db.query('UPDATE sequence SET looked_at = $2 WHERE id = $1', [sequenceId, now]);
  }

  /** Brings the members up to date. @returns how many joined. Of a first look nobody arrives unless `arrive` says so. */
  async joined(sequenceId: number, predicate: Predicate, arrive: boolean, now: Date): Promise<number> {
    const rows = await this.db.query<{ joined: number }>(
      `WITH present AS MATERIALIZED (
         SELECT c.id FROM contact c WHERE ${predicate.sql}
       ), gone AS (
         DELETE FROM sequence_member m
          WHERE m.sequence_id = $1 AND NOT EXISTS (SELECT FROM present WHERE present.id = m.contact_id)
       ), joined AS (
         INSERT INTO sequence_member (sequence_id, contact_id)
         SELECT $1, id FROM present
          WHERE NOT EXISTS (SELECT FROM sequence_member m WHERE m.sequence_id = $1 AND m.contact_id = present.id)
         RETURNING contact_id
       ), arrived AS (
         INSERT INTO sequence_arrival (sequence_id, contact_id, occasion, happened_at)
         SELECT $1, contact_id, 'joined ' || extract(epoch FROM $2::timestamptz)::bigint, $2 FROM joined WHERE $3::boolean
       )
       SELECT count(*)::int AS joined FROM joined`,
      [sequenceId, now, arrive, ...predicate.parameters],
    );
    return rows[0]?.joined ?? 0;
  }

  /** Those on their way who are no members any more, where leaving the segment ends it. */
  async strayed(sequenceId: number, limit: number): Promise<number[]> {
    const rows = await this.db.query<{ id: number }>(
      `SELECT e.id FROM enrolment e
        WHERE e.sequence_id = $1 AND e.state = 'active'
          AND NOT EXISTS (SELECT FROM sequence_member m WHERE m.sequence_id = $1 AND m.contact_id = e.contact_id)
        LIMIT $2`,
      [sequenceId, limit],
    );
    return rows.map(({ id }) => id);
  }

  /**
   * Whose hour of whose day has come since `from`: the day of an attribute, some days before it, at a time on their own clock. A
   * day of 29 February is the 28th where there is none. Three dates of the calendar are asked for, because at one instant there
   * are up to three on earth.
   */
  async daysCome(
    sequenceId: number,
    { attribute, yearly, daysBefore, minutes }: NonNullable<Plan['day']>,
    senderId: number | null,
    from: Date,
    now: Date,
  ): Promise<number> {
    const rows = await this.db.query<{ id: number }>(
      `WITH day AS (
         SELECT local, local + $4::int AS meant
           FROM generate_series((($6::timestamptz AT TIME ZONE 'UTC')::date - 1)::timestamp,
                                (($7::timestamptz AT TIME ZONE 'UTC')::date + 1)::timestamp, interval '1 day') AS moment
          CROSS JOIN LATERAL (SELECT moment::date AS local) l
       ), wanted AS (
         SELECT local, to_char(meant, CASE WHEN $3 THEN 'MM-DD' ELSE 'YYYY-MM-DD' END) AS text FROM day
          UNION ALL
         SELECT local, '02-29' FROM day
          WHERE $3 AND to_char(meant, 'MM-DD') = '02-28' AND to_char(meant + 1, 'MM-DD') <> '02-29'
       )
       INSERT INTO sequence_arrival (sequence_id, contact_id, occasion, happened_at)
       SELECT $1, c.id, 'day ' || local, due
         FROM contact c
         JOIN wanted ON wanted.text = CASE WHEN $3 THEN substr(c.attributes ->> $2::text, 6) ELSE c.attributes ->> $2::text END
         LEFT JOIN sender s ON s.id = $8
        CROSS JOIN LATERAL (
              SELECT at_local(local + make_interval(mins => $5),
                              person_zone(c.time_zone, c.country, c.phone_country, s.time_zone, $7)) AS due OFFSET 0) moment
        WHERE due > $6 AND due <= $7
       RETURNING id`,
      [sequenceId, attribute, yearly, daysBefore, minutes, from, now, senderId],
    );
    return rows.length;
  }
}
