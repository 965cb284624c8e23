import { Injectable } from '@nestjs/common';
import { Database } from '#database';
import { limitsSql } from './pacing/claimable.sql.js';

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

const RELAY_KEYS = `COALESCE((SELECT array_agg(key) FROM token_bucket WHERE scope = 'relay'), '{}')`;

@Injectable()
export class SendingFiguresRepository {
  constructor(private readonly db: Database) {}

  /**
   * One statement over what is not over: dispatches by a partial index, their open chunks by another, and the messages of
   * unknown fate by a third. Neither rows of messages nor what is done are read, so it costs the same on the first day
   * and after years.
   *
   * What a limit holds this moment (a rate, a warm-up that is used up for today) is not due but waits for later, and a
   * paced dispatch that was claimed of within a minute goes as fast as it may: neither waits for a worker. Buckets of
   * relays that are configured no more fill up and hold nothing.
   * @throws Error when it takes too long.
   */
  async read(now: Date, stalledAfterMs: number): Promise<SendingFigures> {
    return this.db.transaction(async () => {
      await this.db.execute(`SET LOCAL statement_timeout = ${LIMIT_MS}`);
      const row = await this.db.queryOne<{ figures: SendingFigures }>(
        `WITH open AS MATERIALIZED (
           SELECT id, state, frozen, created_at, sender_id, channel, sms_version_id, message_class FROM dispatch WHERE state IN ('freezing', 'running', 'paused')
         ), chunks AS (
           SELECT d.id, d.frozen, of_chunks.*,
                  CASE WHEN limits.paced AND t.claimed_at > clock_timestamp() - interval '1 minute' THEN NULL ELSE first_due END AS oldest_due
             FROM open d
            CROSS JOIN LATERAL (${limitsSql('d', `'{}'`, RELAY_KEYS, 'NULL')}) limits
             LEFT JOIN dispatch_turn t ON t.dispatch_id = d.id
            CROSS JOIN LATERAL (
                  SELECT count(*) FILTER (WHERE is_leased) AS leased, count(*) FILTER (WHERE is_due) AS due,
                         count(*) FILTER (WHERE NOT is_leased AND NOT is_due) AS later,
                         COALESCE(sum(size) FILTER (WHERE is_leased), 0) AS in_hand_contacts,
                         COALESCE(sum(size) FILTER (WHERE is_due), 0) AS due_contacts,
                         COALESCE(sum(size) FILTER (WHERE NOT is_leased AND NOT is_due), 0) AS later_contacts,
                         min(due_at) FILTER (WHERE is_due) AS first_due
                    FROM (SELECT size, due_at, state = 'leased' AS is_leased,
                                 state = 'pending' AND due_at <= $1 AND NOT limits.dry AND lane <> ALL(limits.dry_lanes) AS is_due
                            FROM chunk WHERE dispatch_id = d.id AND state <> 'done') c) of_chunks
            WHERE d.state = 'running'
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
