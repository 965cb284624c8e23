import { Injectable } from '@nestjs/common';
import { Database } from '#database';
import { dispatchStates, isEnded } from './dispatch-state.js';

/** A range of dispatch numbers, `to` exclusive: a partition of the ledger of messages and of all that is divided as it is. */
export interface MessageRange {
  from: number;
  to: number;
}

/** How long dropping waits for whoever reads or writes messages, in milliseconds; they wait behind it as long. */
const LOCK_MS = 500;

/** The ranges of the ledger of messages: made ahead, begun with each month, dropped when their time is up. */
@Injectable()
export class MessageRangeRepository {
  constructor(private readonly db: Database) {}

  /** Sees to it that a range is made ahead, and begins it when its month has. */
  async begin(now: Date): Promise<boolean> {
    const row = await this.db.queryOne<{ begun: boolean }>('SELECT begin_dispatch_range($1) AS begun', [now]);
    return row?.begun ?? false;
  }

  /** The oldest range all of whose dispatches ended before this moment; never the one in use. null: none. */
  overdue(endedBefore: Date): Promise<MessageRange | null> {
    return this.db.queryOne<MessageRange>(
      `SELECT r.from_id AS "from", r.to_id AS "to"
         FROM dispatch_range r
        WHERE r.dropped_at IS NULL
          AND EXISTS (SELECT FROM dispatch_range later WHERE later.from_id >= r.to_id AND later.begun_at IS NOT NULL)
          AND r.begun_at < $1
          AND ${ALL_ENDED('r.from_id', 'r.to_id', '$1', '$2')}
        ORDER BY r.from_id LIMIT 1`,
      [endedBefore, endedStates],
    );
  }

  /**
   * Drops a range. First, by itself, its messages are counted, for the numbers of its campaigns go on to balance; that may
   * take a minute and hinders nobody. A count of an earlier try goes: a message may have become another kind since. Then chunks, exclusions and the partition go in one short transaction.
   * @returns false when one of its dispatches is at work again, or another process is at it.
   * @throws an error that `isLockUnavailable` tells, when messages are being read for longer than it waits: later.
   */
  async drop({ from, to }: MessageRange, endedBefore: Date, now: Date): Promise<boolean> {
    const partitions = await this.#partitions(from);
    const partition = partitions.get('message') as string;
    const isCounted = await this.db.transaction(async () => {
      // One at a time: of two who count at once the second would not see what the first wrote.
      const mine = await this.db.queryOne(
        'SELECT 1 FROM dispatch_range WHERE from_id = $1 AND dropped_at IS NULL FOR UPDATE SKIP LOCKED',
        [from],
      );
      if (!mine) return false;
      await this.db.execute('DELETE FROM message_tally WHERE dispatch_id >= $1 AND dispatch_id < $2', [
        from,
        to,
      ]);
      await this.db.execute(
        `INSERT INTO message_tally (dispatch_id, state, reason, count)
         SELECT dispatch_id, state, COALESCE(reason, ''), count(*) FROM ${partition} GROUP BY 1, 2, 3`,
      );
      return true;
    });
    if (!isCounted) return false;
    return this.db.transaction(async () => {
      const still = await this.db.queryOne(
        `SELECT 1 FROM dispatch_range
          WHERE from_id = $3 AND dropped_at IS NULL AND ${ALL_ENDED('$3', '$4', '$1', '$2')} FOR UPDATE SKIP LOCKED`,
        [endedBefore, endedStates, from, to],
      );
      if (!still) return false;
      await this.db.execute('DELETE FROM chunk WHERE dispatch_id >= $1 AND dispatch_id < $2', [from, to]);
      await this.db.execute('DELETE FROM exclusion WHERE dispatch_id >= $1 AND dispatch_id < $2', [from, to]);
      await this.db.execute('DELETE FROM dispatch_person WHERE dispatch_id >= $1 AND dispatch_id < $2', [
        from,
        to,
      ]);
      await this.db.execute('DELETE FROM message_evidence WHERE dispatch_id >= $1 AND dispatch_id < $2', [
        from,
        to,
      ]);
      await this.db.execute(`SET LOCAL lock_timeout = ${LOCK_MS}`);
      for (const [ledger, name] of partitions) {
        await this.db.execute(`ALTER TABLE ${ledger} DETACH PARTITION ${name}`);
        await this.db.execute(`DROP TABLE ${name}`);
      }
      await this.db.execute('UPDATE dispatch_range SET dropped_at = $2 WHERE from_id = $1', [from, now]);
      return true;
    });
  }

  /** Whether the messages of this dispatch had served their time and were dropped. */
  async isDropped(dispatchId: number): Promise<boolean> {
    const row = await this.db.queryOne(
      'SELECT 1 FROM dispatch_range WHERE from_id <= $1 AND to_id > $1 AND dropped_at IS NOT NULL',
      [dispatchId],
    );
    return row !== null;
  }

  /** The partition of each ledger, by the ledger; both quoted as identifiers by the server. */
  async #partitions(from: number): Promise<Map<string, string>> {
    const rows = await this.db.query<{ ledger: string; name: string }>(
      `SELECT format('%I', ledger) AS ledger, format('%I', ledger_partition(ledger, $1)) AS name
         FROM unnest(ledgers_by_dispatch()) AS ledger`,
      [from],
    );
    return new Map(rows.map(({ ledger, name }) => [ledger, name]));
  }
}

const endedStates = dispatchStates.filter(isEnded);

const ALL_ENDED = (from: string, to: string, before: string, ended: string): string =>
  `NOT EXISTS (SELECT FROM dispatch d WHERE d.id >= ${from} AND d.id < ${to}
                  AND (d.state <> ALL (${ended}::text[]) OR COALESCE(d.ended_at >= ${before}, true)))`;
