import { Injectable } from '@nestjs/common';
import { Database } from '#database';
import { type SlowLane } from './lane-speed.js';
import { perSecond, type Rate, type RatePeriod } from './rate.js';
import { BURST_SECONDS, HOLDER_SECONDS, SLACK } from './token-bucket.js';

export type BucketScope = 'relay' | 'sender' | 'lane' | 'dispatch' | 'source';

/** What a limit is on. */
export type BucketSubject =
  | { scope: 'relay'; relay: string }
  | { scope: 'sender'; senderId: number }
  | { scope: 'lane'; senderId: number; lane: string }
  | { scope: 'dispatch'; dispatchId: number }
  /** A number, a Messaging Service or a name that SMS come from; its tokens are parts. */
  | { scope: 'source'; source: string };

export function bucketKey(subject: BucketSubject): string {
  switch (subject.scope) {
    case 'relay':
      return `relay:${subject.relay}`;
    case 'sender':
      return `sender:${subject.senderId}`;
    case 'lane':
      return `lane:${subject.senderId}:${subject.lane}`;
    case 'dispatch':
      return `dispatch:${subject.dispatchId}`;
    case 'source':
      return `source:${subject.source}`;
  }
}

/** What one worker gives back to a bucket and wants of it. */
export interface BucketWish {
  key: string;
  back: number;
  want: number;
}

export interface BucketAnswer {
  key: string;
  rate: number;
  granted: number;
  /** Milliseconds until there is a whole token again; 0: there is one. */
  nextMs: number;
  /** How many workers want tokens of it, this one included. */
  holders: number;
  slowRate: number | null;
  slow: SlowLane | null;
  /** The database's time, in milliseconds since 1970. */
  now: number;
}

/** A limit as it stands. */
export interface BucketRow {
  key: string;
  scope: BucketScope;
  relay: string | null;
  senderId: number | null;
  lane: string | null;
  dispatchId: number | null;
  messages: number | null;
  per: RatePeriod | null;
  rate: number;
  slowRate: number | null;
  slow: SlowLane | null;
}

/** Token buckets in PostgreSQL: exact across workers, and still there after a restart. Time is the database's. */
@Injectable()
export class TokenBucketRepository {
  constructor(private readonly db: Database) {}

  /**
   * Gives back and takes tokens of many buckets at once, each in turn with whoever else does (token-bucket.ts has the
   * arithmetic in words). Rows are locked in the order of their keys, so that two workers never wait for each other in
   * a circle; and all in one statement, so that a worker which is stopped in the middle holds no lock.
   * @param now for tests; null is the database's clock
   */
  exchange(owner: string, wishes: readonly BucketWish[], now: Date | null): Promise<BucketAnswer[]> {
    return this.db.query<BucketAnswer>(
      `WITH wish AS (
         SELECT * FROM jsonb_to_recordset($1::jsonb) AS w (key text, back double precision, want double precision)
       ), locked AS MATERIALIZED (
         SELECT b.key, b.rate, b.tokens, b.refilled_at, b.holders FROM token_bucket b
          WHERE b.key IN (SELECT key FROM wish) ORDER BY b.key FOR UPDATE
       ), timed AS MATERIALIZED (
         SELECT l.*, w.back, w.want, COALESCE($3::timestamptz, clock_timestamp()) AS now FROM locked l JOIN wish w USING (key)
       ), refilled AS MATERIALIZED (
         SELECT t.*, o.others, o.wanted, o.kept,
                LEAST(GREATEST(extract(epoch FROM t.now) - COALESCE((t.holders->$2->>'at')::double precision, extract(epoch FROM t.now)), 1),
                      ${BURST_SECONDS}) AS late,
                LEAST(1 + t.rate * ${BURST_SECONDS},
                      t.tokens + t.back + t.rate * GREATEST(0, extract(epoch FROM t.now - t.refilled_at))) AS available
           FROM timed t CROSS JOIN LATERAL (
                SELECT count(*) AS others, COALESCE(sum(LEAST((h.value->>'want')::double precision, t.rate)), 0) AS wanted,
                       COALESCE(jsonb_object_agg(h.key, h.value), '{}') AS kept
                  FROM jsonb_each(t.holders) h
                 WHERE h.key <> $2 AND (h.value->>'at')::double precision > extract(epoch FROM t.now) - ${HOLDER_SECONDS}) o
       ), granted AS MATERIALIZED (
         SELECT r.*, GREATEST(0, floor(LEAST(r.want, r.available, GREATEST(1, s.share,
                  LEAST(ceil(s.share * r.late * ${SLACK}), r.available - (r.rate - s.share)))))) AS granted
           FROM refilled r CROSS JOIN LATERAL (SELECT GREATEST(r.rate / (r.others + 1), r.rate - r.wanted) AS share) s
       )
       UPDATE token_bucket b
          SET tokens = g.available - g.granted, refilled_at = g.now,
              holders = g.kept || CASE WHEN g.want > 0
                THEN jsonb_build_object($2::text, jsonb_build_object('at', extract(epoch FROM g.now), 'want', g.want))
                ELSE '{}' END
         FROM granted g WHERE b.key = g.key
       RETURNING b.key, b.rate, g.granted, b.slow_rate AS "slowRate", b.slow,
                 (g.others + CASE WHEN g.want > 0 THEN 1 ELSE 0 END)::int AS holders,
                 GREATEST(0, ceil(1000 * (1 - b.tokens) / b.rate)) AS "nextMs",
                 (extract(epoch FROM g.now) * 1000)::double precision AS now`,
      [JSON.stringify(wishes), owner, now],
    );
  }

  /** Limits it, or changes its limit while it runs; tokens it has are kept, a new one begins with a second's worth. */
  async setRate(subject: BucketSubject, rate: Rate): Promise<void> {
    const part = { relay: null, senderId: null, lane: null, dispatchId: null, ...subject };
    await this.db.query(
      `INSERT INTO token_bucket (key, scope, relay, sender_id, lane, dispatch_id, messages, per, set_rate, tokens, refilled_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9::double precision, GREATEST(1, $9::double precision), clock_timestamp())
       ON CONFLICT (key) DO UPDATE SET messages = excluded.messages, per = excluded.per, set_rate = excluded.set_rate
         WHERE token_bucket.set_rate IS DISTINCT FROM excluded.set_rate OR token_bucket.messages <> excluded.messages`,
      [
        ...[bucketKey(subject), part.scope, part.relay, part.senderId, part.lane, part.dispatchId],
        ...[rate.messages, rate.per, perSecond(rate)],
      ],
    );
  }

  /** Lifts a limit that people set; a lane that has slowed by itself stays slow. */
  async clearRate(subject: BucketSubject): Promise<void> {
    const key = bucketKey(subject);
    await this.#locked(key, async () => {
      await this.db.execute('DELETE FROM token_bucket WHERE key = $1 AND slow_rate IS NULL', [key]);
      await this.db.execute(
        'UPDATE token_bucket SET messages = NULL, per = NULL, set_rate = NULL WHERE key = $1',
        [key],
      );
    });
  }

  /** Whoever lifts one of a lane's two limits must see the other as it is: without any there is no bucket. */
  #locked<T>(key: string, work: () => Promise<T>): Promise<T> {
    return this.db.transaction(async () => {
      await this.db.query('SELECT 1 FROM token_bucket WHERE key = $1 FOR UPDATE', [key]);
      return work();
    });
  }

  /**
   * Writes how fast a lane goes now, unless another worker changed it since `before` was read: one of them is enough.
   * @param slow null: it has recovered.
   */
  async setLaneSpeed(
    subject: BucketSubject & { scope: 'lane' },
    before: SlowLane | null,
    slow: SlowLane | null,
    now: Date,
  ): Promise<boolean> {
    const key = bucketKey(subject);
    const read = before?.changedAt ?? null;
    const same = `(slow->>'changedAt')::double precision IS NOT DISTINCT FROM $2::double precision`;
    if (slow === null) {
      // A lane that people limited keeps that limit.
      return this.#locked(key, async () => {
        const gone = await this.db.execute(
          `DELETE FROM token_bucket WHERE key = $1 AND set_rate IS NULL AND ${same}`,
          [key, read],
        );
        const kept = await this.db.execute(
          `UPDATE token_bucket SET slow_rate = NULL, slow = NULL WHERE key = $1 AND ${same}`,
          [key, read],
        );
        return gone + kept > 0;
      });
    }
    const rows = await this.db.query(
      `INSERT INTO token_bucket AS b (key, scope, sender_id, lane, slow_rate, slow, tokens, refilled_at)
       VALUES ($1, 'lane', $3, $4, $5, $6, 0, $7)
       ON CONFLICT (key) DO UPDATE SET slow_rate = excluded.slow_rate, slow = excluded.slow
         WHERE (b.slow->>'changedAt')::double precision IS NOT DISTINCT FROM $2::double precision
       RETURNING 1`,
      [key, read, subject.senderId, subject.lane, slow.rate, JSON.stringify(slow), now],
    );
    return rows.length > 0;
  }

  find(subject: BucketSubject): Promise<BucketRow | null> {
    return this.db.queryOne<BucketRow>(`SELECT ${COLUMNS} FROM token_bucket WHERE key = $1`, [
      bucketKey(subject),
    ]);
  }

  /** A sender's own limit and those of its lanes. */
  ofSender(senderId: number): Promise<BucketRow[]> {
    return this.db.query<BucketRow>(`SELECT ${COLUMNS} FROM token_bucket WHERE sender_id = $1 ORDER BY key`, [
      senderId,
    ]);
  }
}

const COLUMNS = `key, scope, relay, sender_id AS "senderId", lane, dispatch_id AS "dispatchId", messages, per, rate,
  slow_rate AS "slowRate", slow`;
