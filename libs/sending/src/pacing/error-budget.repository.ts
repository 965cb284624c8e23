import { Injectable } from '@nestjs/common';
import { Database } from '#database';
import { type ErrorBudget, type ErrorCounts } from './error-budget.js';

/** A running dispatch, what its workers added up of late, and what its sender tolerates (null: the defaults). */
export interface Watched {
  dispatchId: number;
  budget: ErrorBudget | null;
  counts: ErrorCounts;
  /** From when on its messages count. */
  since: Date;
}

const BUDGET = `refusals, bounces, complaints, minimum_messages AS "minimumMessages", window_minutes AS "windowMinutes"`;

@Injectable()
export class ErrorBudgetRepository {
  constructor(private readonly db: Database) {}

  find(senderId: number): Promise<ErrorBudget | null> {
    return this.db.queryOne<ErrorBudget>(`SELECT ${BUDGET} FROM error_budget WHERE sender_id = $1`, [
      senderId,
    ]);
  }

  async save(senderId: number, budget: ErrorBudget): Promise<void> {
    await this.db.query(
      `INSERT INTO error_budget (sender_id, refusals, bounces, complaints, minimum_messages, window_minutes)
       VALUES ($1, $2, $3, $4, $5, $6)
       ON CONFLICT (sender_id) DO UPDATE
          SET refusals = excluded.refusals, bounces = excluded.bounces, complaints = excluded.complaints,
              minimum_messages = excluded.minimum_messages, window_minutes = excluded.window_minutes`,
      [
        ...[senderId, budget.refusals, budget.bounces, budget.complaints],
        ...[budget.minimumMessages, budget.windowMinutes],
      ],
    );
  }

  async delete(senderId: number): Promise<void> {
    await this.db.execute('DELETE FROM error_budget WHERE sender_id = $1', [senderId]);
  }

  /**
   * Every running dispatch that sent something within its window. A minute in which a person resumed it counts for
   * refusals, which the ledger is asked about to the instant, and not for what only this table knows.
   */
  watched(now: Date, defaultMinutes: number): Promise<Watched[]> {
    return this.db.query<Watched>(
      `SELECT d.id AS "dispatchId", w.since,
              CASE WHEN b.sender_id IS NOT NULL THEN json_build_object('refusals', b.refusals, 'bounces', b.bounces,
                'complaints', b.complaints, 'minimumMessages', b.minimum_messages, 'windowMinutes', b.window_minutes) END AS budget,
              json_build_object('settled', sum(t.settled), 'refused', sum(t.refused),
                'bounced', COALESCE(sum(t.bounced) FILTER (WHERE t.minute >= w.since), 0),
                'complained', COALESCE(sum(t.complained) FILTER (WHERE t.minute >= w.since), 0)) AS counts
         FROM dispatch d
         LEFT JOIN error_budget b ON b.sender_id = d.sender_id
        CROSS JOIN LATERAL (SELECT GREATEST(d.resumed_at, $1::timestamptz
                - make_interval(mins => COALESCE(b.window_minutes, $2::int))) AS since) w
         JOIN dispatch_tally t ON t.dispatch_id = d.id AND t.minute >= date_trunc('minute', w.since)
        WHERE d.state = 'running'
        GROUP BY d.id, w.since, b.sender_id`,
      [now, defaultMinutes],
    );
  }

  /** What the ledger says of a dispatch's messages since then. Reads all of its rows: ask when there is reason to. */
  async count(dispatchId: number, since: Date): Promise<Pick<ErrorCounts, 'settled' | 'refused'>> {
    const row = await this.db.queryOne<Pick<ErrorCounts, 'settled' | 'refused'>>(
      `SELECT count(*) AS settled, count(*) FILTER (WHERE reason = 'REFUSED') AS refused FROM message
        WHERE dispatch_id = $1 AND state IN ('accepted', 'rejected') AND relay <> '' AND settled_at > $2`,
      [dispatchId, since],
    );
    return row ?? { settled: 0, refused: 0 };
  }

  /** Adds what came to be known of messages later; part of the transaction that records it. */
  async note(dispatchId: number, kind: 'bounced' | 'complained', count: number, now: Date): Promise<void> {
    await this.db.query(
      `INSERT INTO dispatch_tally AS t (dispatch_id, minute, ${kind}) VALUES ($1, date_trunc('minute', $3::timestamptz), $2)
       ON CONFLICT (dispatch_id, minute) DO UPDATE SET ${kind} = t.${kind} + excluded.${kind}`,
      [dispatchId, count, now],
    );
  }

  /** Minutes that no window reaches any more. */
  async forget(before: Date): Promise<number> {
    return this.db.execute('DELETE FROM dispatch_tally WHERE minute < $1', [before]);
  }
}
