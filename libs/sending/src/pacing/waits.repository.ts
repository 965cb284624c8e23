import { Injectable } from '@nestjs/common';
import { Database } from '#database';
import { type Dispatch } from '../dispatch.js';
import { type BucketScope } from './token-bucket.repository.js';
import { type SlowLane } from './lane-speed.js';

/** A limit that holds something that is still to be sent. */
export interface LimitInForce {
  scope: BucketScope;
  lane: string | null;
  /** Of what SMS come from: the number or name. */
  source?: string | null;
  rate: number;
  slow: SlowLane | null;
}

@Injectable()
export class WaitsRepository {
  constructor(private readonly db: Database) {}

  /** The limits on what is left of a dispatch: its own, its sender's, and those of lanes that have open chunks. */
  limitsOn(dispatch: Pick<Dispatch, 'id' | 'senderId'>): Promise<LimitInForce[]> {
    return this.db.query<LimitInForce>(
      `SELECT b.scope, b.lane, b.rate, b.slow, CASE b.scope WHEN 'source' THEN substr(b.key, 8) END AS source FROM token_bucket b
        WHERE (b.key = ANY(ARRAY['dispatch:' || $1::bigint, 'sender:' || $2::bigint])
               -- A relay's limit is in its worker's configuration: it holds while a worker comes for tokens.
               OR (b.scope = 'relay' AND b.refilled_at > clock_timestamp() - interval '1 minute')
               OR (b.scope = 'source'
                   AND b.key IN (SELECT 'source:' || s.value FROM sms_source s WHERE s.sender_id = $2 AND s.retired_at IS NULL)
                   AND EXISTS (SELECT 1 FROM chunk c WHERE c.dispatch_id = $1 AND c.state <> 'done' AND c.lane = 'sms'))
               OR (b.sender_id = $2 AND b.scope = 'lane'
                   AND EXISTS (SELECT 1 FROM chunk c WHERE c.dispatch_id = $1 AND c.state <> 'done' AND c.lane = b.lane)))
          AND EXISTS (SELECT 1 FROM chunk c WHERE c.dispatch_id = $1 AND c.state <> 'done')
        ORDER BY b.key`,
      [dispatch.id, dispatch.senderId],
    );
  }
}
