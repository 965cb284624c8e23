import { Injectable } from '@nestjs/common';
import { Database } from '#database';

/** How the pipeline stands in all, without naming any dispatch. */
export interface SendingFigures {
  dispatches: { freezing: number; running: number; paused: number };
  /** Of running dispatches. */
  contacts: { done: number; in_hand: number; due: number; later: number };
  chunks: { leased: number; due: number; later: number };
  oldestDueSeconds: number;
  oldestFreezingSeconds: number;
  overdue: number;
  stalled: number;
  unknown: number;
  partitions: { in_use: number; ahead: number };
}

/** Longest that the statement may take, in milliseconds: a look at the metrics must not hurt what it looks at. */
const LIMIT_MS = 2000;

@Injectable()
export class SendingFiguresRepository {
  constructor(private readonly db: Database) {}

  /**
   * One statement over what is not over: dispatches by a partial index, their open chunks by another, and the messages of
   * unknown fate by a third. Neither rows of messages nor what is done are read, so it costs the same on the first day
   * and after years.
   * @throws Error when it takes too long.
   */
  async read(now: Date, stalledAfterMs: number): Promise<SendingFigures> {
    return this.db.transaction(async () => {
      await this.db.execute(`SET LOCAL statement_timeout = ${LIMIT_MS}`);
      const row = await this.db.queryOne<{ figures: SendingFigures }>(
        `WITH open AS MATERIALIZED (
           SELECT id, state, frozen, created_at FROM dispatch WHERE state IN ('freezing', 'running', 'paused')
         ), chunks AS (
           SELECT d.id, d.frozen,
                  count(*) FILTER (WHERE c.state = 'leased') AS leased,
                  count(*) FILTER (WHERE c.state = 'pending' AND c.due_at <= $1) AS due,
                  count(*) FILTER (WHERE c.state = 'pending' AND c.due_at > $1) AS later,
                  COALESCE(sum(c.size) FILTER (WHERE c.state = 'leased'), 0) AS in_hand_contacts,
                  COALESCE(sum(c.size) FILTER (WHERE c.state = 'pending' AND c.due_at <= $1), 0) AS due_contacts,
                  COALESCE(sum(c.size) FILTER (WHERE c.state = 'pending' AND c.due_at > $1), 0) AS later_contacts,
                  min(c.due_at) FILTER (WHERE c.state = 'pending' AND c.due_at <= $1) AS oldest_due
             FROM open d LEFT JOIN chunk c ON c.dispatch_id = d.id AND c.state <> 'done'
            WHERE d.state = 'running' GROUP BY d.id, d.frozen
         ), running AS (
           SELECT COALESCE(sum(leased), 0) AS leased, COALESCE(sum(due), 0) AS due, COALESCE(sum(later), 0) AS later,
                  COALESCE(sum(in_hand_contacts), 0) AS in_hand_contacts, COALESCE(sum(due_contacts), 0) AS due_contacts,
                  COALESCE(sum(later_contacts), 0) AS later_contacts, COALESCE(sum(frozen), 0) AS frozen,
                  COALESCE(extract(epoch FROM $1 - min(oldest_due)), 0) AS oldest_due,
                  count(*) FILTER (WHERE leased = 0 AND oldest_due < $1::timestamptz - make_interval(secs => $2)) AS stalled
             FROM chunks
         )
         SELECT json_build_object(
                  'dispatches', (SELECT json_build_object('freezing', count(*) FILTER (WHERE state = 'freezing'),
                                          'running', count(*) FILTER (WHERE state = 'running'),
                                          'paused', count(*) FILTER (WHERE state = 'paused')) FROM open),
                  'contacts', json_build_object('done', frozen - in_hand_contacts - due_contacts - later_contacts,
                                                'in_hand', in_hand_contacts, 'due', due_contacts,
                                                'later', later_contacts),
                  'chunks', json_build_object('leased', leased, 'due', due, 'later', later),
                  'oldestDueSeconds', oldest_due,
                  'oldestFreezingSeconds', GREATEST(0, COALESCE(
                    (SELECT extract(epoch FROM $1 - min(created_at)) FROM open WHERE state = 'freezing'), 0)),
                  'overdue', (SELECT count(*) FROM chunk WHERE state = 'leased' AND lease_until < clock_timestamp()),
                  'stalled', stalled,
                  'unknown', (SELECT count(*) FROM message WHERE state = 'unknown'),
                  'partitions', (SELECT json_build_object('in_use', count(begun_at), 'ahead', count(*) - count(begun_at))
                                   FROM dispatch_range WHERE dropped_at IS NULL)) AS figures
           FROM running`,
        [now, stalledAfterMs / 1000],
      );
      return (row as { figures: SendingFigures }).figures;
    });
  }
}
