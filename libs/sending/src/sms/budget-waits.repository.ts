import { Injectable } from '@nestjs/common';
import { Database } from '#database';
import { type Dispatch } from '../dispatch.js';
import { type COUNTRY_CLOSED, UNAFFORDABLE } from '../settlement.js';
import { type Spend } from './sms-spend.repository.js';

/** The limits of a dispatch that waits for money. */
export interface BudgetWait {
  own: Spend;
  month: Spend;
}

/**
 * What waits for money: messages that were asked for and refused, and chunks that nobody needs to ask for before there is
 * more. Those of a local hour that is still to come wait for that and not for money.
 */
@Injectable()
export class BudgetWaitsRepository {
  constructor(private readonly db: Database) {}

  /** Lets the chunks of a dispatch's SMS that are due wait until then: what is spent for one is spent for all. Mails go on. */
  async putOff(dispatchId: number, until: Date, now: Date): Promise<void> {
    await this.db.execute(
      `WITH due AS MATERIALIZED (
         SELECT id FROM chunk WHERE dispatch_id = $1 AND state = 'pending' AND due_at <= $3 AND lane = 'sms' ORDER BY id FOR UPDATE SKIP LOCKED
       )
       UPDATE chunk c SET due_at = $2, budget_wait = true FROM due WHERE c.id = due.id`,
      [dispatchId, until, now],
    );
  }

  /**
   * Makes due what of a dispatch waits for money (or for another reason, of SMS alone), in a transaction of its own. A message is locked in the order of contacts,
   * as a batch is. A chunk that a worker has in hand comes due with its first message when it is given back.
   */
  async letGo(
    dispatchId: number,
    now: Date,
    reason: typeof UNAFFORDABLE | typeof COUNTRY_CLOSED = UNAFFORDABLE,
  ): Promise<void> {
    await this.db.transaction(async () => {
      await this.db.execute(
        `WITH waiting AS MATERIALIZED (
           SELECT contact_id FROM message
            WHERE dispatch_id = $1 AND state = 'deferred' AND reason = '${reason}' AND retry_at > $2
            ORDER BY contact_id FOR UPDATE
         )
         UPDATE message m SET retry_at = $2 FROM waiting
          WHERE m.dispatch_id = $1 AND m.contact_id = waiting.contact_id AND m.state = 'deferred' AND m.reason = '${reason}'`,
        [dispatchId, now],
      );
      await this.db.execute(
        `WITH waiting AS MATERIALIZED (
           SELECT c.id FROM chunk c
            WHERE c.dispatch_id = $1 AND c.state = 'pending' AND c.due_at > $2
              AND (${reason === UNAFFORDABLE ? 'c.budget_wait' : 'false'}
                   OR EXISTS (SELECT FROM message m WHERE m.dispatch_id = $1 AND m.chunk_id = c.id
                                 AND m.state = 'deferred' AND m.reason = '${reason}'))
            ORDER BY c.id FOR UPDATE
         )
         UPDATE chunk c SET due_at = $2${reason === UNAFFORDABLE ? ', budget_wait = false' : ''} FROM waiting WHERE c.id = waiting.id`,
        [dispatchId, now],
      );
    });
  }

  /** Dispatches of a sender (null: of all) that send SMS and are not over. One whose messages have no price has spent nothing. */
  async dispatchesOf(senderId: number | null): Promise<number[]> {
    const rows = await this.db.query<{ id: number }>(
      `SELECT id FROM dispatch
        WHERE ($1::bigint IS NULL OR sender_id = $1) AND state IN ('running', 'paused')
          AND (channel = 'sms' OR sms_version_id IS NOT NULL) ORDER BY id`,
      [senderId],
    );
    return rows.map(({ id }) => id);
  }

  /** null when nothing of the dispatch waits for money. */
  async find(
    { id, senderId }: Pick<Dispatch, 'id' | 'senderId'>,
    month: string,
    now: Date,
  ): Promise<BudgetWait | null> {
    const row = await this.db.queryOne<WaitRow>(
      `SELECT own.most, COALESCE(own.spent, 0) AS spent, month.most AS "monthMost", COALESCE(month.spent, 0) AS "monthSpent"
         FROM (SELECT 1) AS always
         LEFT JOIN sms_spend own ON own.key = 'dispatch:' || $1::bigint
         LEFT JOIN sms_spend month ON month.key = 'month:' || $2::bigint || ':' || $3::text
        WHERE (EXISTS (SELECT FROM chunk WHERE dispatch_id = $1 AND state = 'pending' AND budget_wait AND due_at > $4)
               OR EXISTS (SELECT FROM message WHERE dispatch_id = $1 AND state = 'deferred' AND reason = '${UNAFFORDABLE}'))`,
      [id, senderId, month, now],
    );
    return (
      row && {
        own: { most: row.most, spent: row.spent },
        month: { most: row.monthMost, spent: row.monthSpent },
      }
    );
  }
}

interface WaitRow extends Spend {
  monthMost: number | null;
  monthSpent: number;
}
