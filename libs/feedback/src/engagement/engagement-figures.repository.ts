import { Injectable } from '@nestjs/common';
import { Database } from '#database';
import { type Verdict } from './engagement-figures.js';
import { type MachineReason } from './machine.js';

export interface FigureRow {
  kind: 'open' | 'click';
  /** null: all of the kind together. */
  link: number | null;
  verdict: Verdict;
  events: number;
  people: number;
}

/** Figures are counted from the events whenever they are asked for: nothing is kept that could drift. */
@Injectable()
export class EngagementFiguresRepository {
  constructor(private readonly db: Database) {}

  /**
   * Counted person by person first, since each counts once. Verdicts are numbers inside it, so that the best of several
   * is the least. The link that no person sees is among the clicks and not among the links.
   * @param humanBefore clicks from before this moment have waited long enough to be a person's
   */
  count(dispatchId: number, humanBefore: Date): Promise<FigureRow[]> {
    return this.db.query<FigureRow>(
      `WITH event AS (
         SELECT contact_id, kind, link,
                CASE WHEN machine IS NOT NULL THEN 2 WHEN kind = 'open' OR occurred_at >= $2 THEN 1 ELSE 0 END AS verdict
           FROM engagement_event WHERE dispatch_id = $1
       ), person AS (
         SELECT kind, link, GROUPING(link) = 1 AS whole, contact_id, min(verdict) AS best,
                count(*) FILTER (WHERE verdict = 0) AS human, count(*) FILTER (WHERE verdict = 1) AS unknown,
                count(*) FILTER (WHERE verdict = 2) AS machine
           FROM event GROUP BY GROUPING SETS ((kind, contact_id), (kind, link, contact_id))
       )
       SELECT p.kind, CASE WHEN NOT p.whole THEN p.link END AS link, v.verdict,
              sum(CASE v.number WHEN 0 THEN p.human WHEN 1 THEN p.unknown ELSE p.machine END)::bigint AS events,
              count(*) FILTER (WHERE p.best = v.number) AS people
         FROM person p CROSS JOIN (VALUES (0, 'human'), (1, 'unknown'), (2, 'machine')) AS v (number, verdict)
        WHERE p.whole OR p.link > 0
        GROUP BY p.kind, p.whole, p.link, v.verdict`,
      [dispatchId, humanBefore],
    );
  }

  /** Whether the events of this dispatch had served their time, with its messages. */
  async isDropped(dispatchId: number): Promise<boolean> {
    const row = await this.db.queryOne(
      'SELECT 1 FROM dispatch_range WHERE from_id <= $1 AND to_id > $1 AND dropped_at IS NOT NULL',
      [dispatchId],
    );
    return row !== null;
  }

  machines(dispatchId: number): Promise<{ reason: MachineReason; events: number }[]> {
    return this.db.query(
      `SELECT machine AS reason, count(*) AS events FROM engagement_event
        WHERE dispatch_id = $1 AND machine IS NOT NULL GROUP BY machine ORDER BY machine`,
      [dispatchId],
    );
  }
}
