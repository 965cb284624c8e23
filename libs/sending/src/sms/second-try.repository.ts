import { Injectable } from '@nestjs/common';
import { Database } from '#database';
import { type MessageKey } from '../message-key.js';
import { CARRIER_LOST } from '../settlement.js';

/** After how long a message that its carrier lost is tried once more, in milliseconds: its trouble may be over then. */
const WAIT_MS = 10 * 60_000;
/** What was handed over longer ago is not tried again, in milliseconds: it would come out of the blue. */
const LATEST_MS = 24 * 3_600_000;

/** An attempt that provably did not arrive, though it had been accepted. */
export interface LostAttempt extends MessageKey {
  /** What its provider knows it by. */
  sid: string;
  lostAt: Date;
}

/** SMS that their carrier lost for a reason that nobody knows: each is tried once more, and never a third time. */
@Injectable()
export class SecondTryRepository {
  constructor(private readonly db: Database) {}

  /** Whoever is about to call `begin` in this transaction calls it first: dispatch, chunk, message are locked in that order. */
  async lockDispatch(dispatchId: number): Promise<void> {
    await this.db.query('SELECT 1 FROM dispatch WHERE id = $1 FOR UPDATE', [dispatchId]);
  }

  /**
   * Puts off a message whose attempt was lost, its chunk due again and its dispatch running. The gate is asked anew, the
   * budget too; what the lost attempt was and cost stays with the row (`earlier`), which is also what says that it was
   * tried again. Not of a dispatch that was cancelled or would be too late, nor of what was delivered after all, nor on a
   * report of another attempt than the last. In the transaction that settles the report.
   * @returns whether it will be tried again
   */
  async begin({ dispatchId, contactId, sid, lostAt }: LostAttempt, now: Date): Promise<boolean> {
    const rows = await this.db.query(
      `WITH chosen AS MATERIALIZED (
         SELECT c.id FROM message m JOIN dispatch d ON d.id = m.dispatch_id JOIN chunk c ON c.id = m.chunk_id
          WHERE m.dispatch_id = $1 AND m.contact_id = $2 AND m.state = 'accepted' AND m.earlier IS NULL
            AND m.delivery IS DISTINCT FROM 'delivered' AND m.address_hash IS NOT NULL AND m.settled_at > $6
            AND (m.provider_message_id IS NULL OR m.provider_message_id = $3)
            AND c.dispatch_id = d.id AND m.contact_id = ANY (c.contact_ids)
            AND d.state IN ('running', 'paused', 'finished') AND (d.not_after IS NULL OR d.not_after > $5)
            FOR UPDATE OF c
       ), due AS (
         UPDATE chunk c SET state = CASE c.state WHEN 'done' THEN 'pending' ELSE c.state END,
                            due_at = CASE c.state WHEN 'done' THEN $5 ELSE LEAST(c.due_at, $5) END
           FROM chosen WHERE c.id = chosen.id RETURNING c.dispatch_id
       ), running AS (
         UPDATE dispatch d SET state = 'running', ended_at = NULL FROM due WHERE d.id = due.dispatch_id AND d.state = 'finished'
       )
       UPDATE message m
          SET state = 'deferred', reason = '${CARRIER_LOST}', retry_at = $5, delivery = NULL, delivery_at = NULL,
              earlier = jsonb_build_object('at', $4::timestamptz, 'sid', $3::text, 'parts', m.parts, 'cost', m.cost),
              parts = NULL, cost = NULL
         FROM due WHERE m.dispatch_id = $1 AND m.contact_id = $2 RETURNING 1`,
      [
        ...[dispatchId, contactId, sid, lostAt, new Date(now.getTime() + WAIT_MS)],
        new Date(now.getTime() - LATEST_MS),
      ],
    );
    return rows.length > 0;
  }
}
