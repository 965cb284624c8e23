import { Injectable } from '@nestjs/common';
import { Database } from '#database';
import { type Outcome } from '#transports';
import { PacingTime } from './pacing-time.js';

/** What happened to messages of a dispatch, added up by the minute. */
export type TallyColumn = 'settled' | 'refused' | 'bounced' | 'complained';

/**
 * Messages added up by dispatch and minute. A worker holds a second's worth in memory and writes all of it in one
 * statement; a worker that dies loses that. It says where to look, and no more.
 */
@Injectable()
export class TallyRepository {
  #counts = new Map<number, { settled: number; refused: number }>();

  constructor(
    private readonly db: Database,
    private readonly time: PacingTime,
  ) {}

  /** Remembers an outcome until the next `flush`. */
  add(dispatchId: number, outcome: Outcome): void {
    if (outcome.state !== 'accepted' && outcome.state !== 'rejected') return;
    let count = this.#counts.get(dispatchId);
    if (!count) this.#counts.set(dispatchId, (count = { settled: 0, refused: 0 }));
    count.settled++;
    if (outcome.state === 'rejected' && outcome.offered !== false) count.refused++;
  }

  /** Dispatches in order, so that two workers never wait for each other in a circle. */
  async flush(): Promise<void> {
    if (this.#counts.size === 0) return;
    const counts = [...this.#counts]
      .sort(([a], [b]) => a - b)
      .map(([dispatch, count]) => ({ dispatch, ...count }));
    this.#counts = new Map();
    await this.db.query(
      `INSERT INTO dispatch_tally AS t (dispatch_id, minute, settled, refused)
       SELECT c.dispatch, date_trunc('minute', COALESCE($2::timestamptz, clock_timestamp())), c.settled, c.refused
         FROM jsonb_to_recordset($1::jsonb) AS c (dispatch bigint, settled int, refused int)
        WHERE EXISTS (SELECT 1 FROM dispatch d WHERE d.id = c.dispatch) ORDER BY c.dispatch
       ON CONFLICT (dispatch_id, minute)
       DO UPDATE SET settled = t.settled + excluded.settled, refused = t.refused + excluded.refused`,
      [JSON.stringify(counts), this.time.now()],
    );
  }
}
