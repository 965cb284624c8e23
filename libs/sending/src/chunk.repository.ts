import { Injectable } from '@nestjs/common';
import { Database } from '#database';
import { limitsSql } from './pacing/claimable.sql.js';

/** A chunk in a worker's hands. */
export interface Lease {
  chunkId: number;
  dispatchId: number;
  lane: string;
  owner: string;
  generation: number;
  /** The partition of the ledger of messages that its dispatch's rows are in, as an identifier in SQL. */
  partition: string;
  /** Contacts of the chunk that were never attempted, or whose retry is due. */
  contactIds: number[];
  /** Whether a limit applies to it, as the claim saw it. */
  paced: boolean;
}

/** Chunks: claimed by one worker at a time, freed when it goes silent. Leases run on the database's clock. */
@Injectable()
export class ChunkRepository {
  constructor(private readonly db: Database) {}

  /**
   * Leases one due chunk of a running dispatch: of the dispatch with the fewest chunks in work, among these of the one
   * whose turn is longest ago, so that a small one is not starved by a large one. Only where there are tokens to be had
   * (`pacing/claimable.sql.ts`). SKIP LOCKED keeps workers out of each other's way. A process that lacks the newest
   * address key gets none.
   *
   * The dispatches are put in order first, and then asked one after another whether something is due, whether a limit
   * holds it, and whether its chunk is free, until one says yes: the LATERAL parts need what stands before them, and the
   * order outside is the one inside, so that nothing is worked out, or locked, of those that come later. With 2,000
   * dispatches of one person each a claim takes 5 ms instead of 18.
   * @param inHand limits of which the worker holds tokens
   * @param relayKeys limits on the worker's relays
   */
  async claim(
    owner: string,
    leaseSeconds: number,
    now: Date,
    inHand: readonly string[] = [],
    relayKeys: readonly string[] = [],
    pacingNow: Date | null = null,
  ): Promise<Lease | null> {
    return this.db.transaction(async () => {
      const leased = await this.#lease(owner, leaseSeconds, now, inHand, relayKeys, pacingNow);
      if (!leased) return null;
      return { ...leased, contactIds: await this.#open(leased, now) };
    });
  }

  #lease(
    owner: string,
    leaseSeconds: number,
    now: Date,
    inHand: readonly string[],
    relayKeys: readonly string[],
    pacingNow: Date | null,
  ): Promise<Omit<Lease, 'contactIds'> | null> {
    return this.db.queryOne<Omit<Lease, 'contactIds'>>(
      `WITH next AS (
         SELECT due.id, d.id AS dispatch_id, limits.paced
           FROM (SELECT d.id, d.sender_id, d.channel, d.sms_version_id, d.message_class, COALESCE(work.leased, 0) AS leased, t.claimed_at
                   FROM dispatch d
                   LEFT JOIN (SELECT dispatch_id, count(*) AS leased FROM chunk WHERE state = 'leased' GROUP BY 1) work
                          ON work.dispatch_id = d.id
                   LEFT JOIN dispatch_turn t ON t.dispatch_id = d.id
                  WHERE d.state = 'running' AND (d.not_after IS NULL OR d.not_after >= $3) AND (SELECT address_keys_current())
                  ORDER BY COALESCE(work.leased, 0), t.claimed_at NULLS FIRST, d.id OFFSET 0) d
          CROSS JOIN LATERAL (
                SELECT c.id FROM chunk c WHERE c.dispatch_id = d.id AND c.state = 'pending' AND c.due_at <= $3 LIMIT 1) any_due
          CROSS JOIN LATERAL (
                SELECT l.* FROM (${limitsSql('d', '$4', '$5', '$6')}) l WHERE any_due.id IS NOT NULL AND NOT l.dry OFFSET 0) limits
          CROSS JOIN LATERAL (
                SELECT c.id FROM chunk c
                 WHERE c.dispatch_id = d.id AND c.state = 'pending' AND c.due_at <= $3 AND c.lane <> ALL(limits.dry_lanes)
                 ORDER BY c.due_at, c.id LIMIT 1 FOR UPDATE SKIP LOCKED) due
          ORDER BY d.leased, d.claimed_at NULLS FIRST, d.id LIMIT 1
       ), turn AS (
         INSERT INTO dispatch_turn (dispatch_id, claimed_at) SELECT dispatch_id, clock_timestamp() FROM next
         ON CONFLICT (dispatch_id) DO UPDATE SET claimed_at = excluded.claimed_at
       ), leased AS (
         UPDATE chunk c
            SET state = 'leased', budget_wait = false, lease_owner = $1, lease_generation = c.lease_generation + 1,
                lease_until = clock_timestamp() + make_interval(secs => $2)
           FROM next WHERE c.id = next.id
         RETURNING c.id, c.dispatch_id, c.lane, c.lease_generation, next.paced
       )
       SELECT id AS "chunkId", dispatch_id AS "dispatchId", lane, $1::text AS owner, paced, lease_generation AS generation,
              (SELECT format('%I', ledger_partition('message', r.from_id)) FROM dispatch_range r
                WHERE r.from_id <= dispatch_id AND r.to_id > dispatch_id) AS partition
         FROM leased`,
      [owner, leaseSeconds, now, inHand, relayKeys, pacingNow],
    );
  }

  /**
   * Contacts of a chunk that were never attempted, or whose retry is due. Asked with the dispatch as a parameter, so that
   * PostgreSQL chooses the ledger's range as it plans: a backend crashed once as it chose ranges while it ran (ADR 10).
   */
  async #open({ chunkId, dispatchId }: Omit<Lease, 'contactIds'>, now: Date): Promise<number[]> {
    const row = await this.db.queryOne<{ ids: number[] }>(
      `SELECT ARRAY(SELECT u.id FROM unnest(c.contact_ids) AS u (id)
                      LEFT JOIN message m ON m.dispatch_id = $2 AND m.contact_id = u.id
                     WHERE m.contact_id IS NULL OR (m.state = 'deferred' AND m.retry_at <= $3)
                     ORDER BY u.id) AS ids
         FROM chunk c WHERE c.id = $1`,
      [chunkId, dispatchId, now],
    );
    return row?.ids ?? [];
  }

  /** Says "I am still here". False: the lease is lost. */
  async extend(lease: Lease, leaseSeconds: number): Promise<boolean> {
    const changed = await this.db.execute(
      `UPDATE chunk SET lease_until = clock_timestamp() + make_interval(secs => $4)
        WHERE id = $1 AND lease_owner = $2 AND lease_generation = $3 AND state = 'leased'`,
      [lease.chunkId, lease.owner, lease.generation, leaseSeconds],
    );
    return changed > 0;
  }

  /**
   * Gives a chunk back. It is done when every contact has its row and none waits for a retry; else it comes due again:
   * at once when work was left (`unfinished`), or when the first retry is. An attempt that is still open here was
   * committed but never handed to us, so what became of it cannot be known.
   *
   * The chunk is locked first, in a statement of its own: a deferral that a sleeper settles late (`settleLate`) is
   * then either seen here, or finds the chunk done and makes it due.
   */
  async release(lease: Lease, unfinished: boolean, now: Date): Promise<void> {
    await this.db.transaction(async () => {
      await this.db.query('SELECT 1 FROM chunk WHERE id = $1 FOR UPDATE', [lease.chunkId]);
      const freed = await this.db.execute(
        `UPDATE chunk c
            SET state = CASE WHEN $4::boolean OR waiting.retry_at IS NOT NULL THEN 'pending' ELSE 'done' END,
                due_at = CASE WHEN $4::boolean THEN $5::timestamptz ELSE COALESCE(waiting.retry_at, c.due_at) END,
                lease_owner = NULL, lease_until = NULL
           FROM (SELECT min(retry_at) AS retry_at FROM message
                  WHERE dispatch_id = $6 AND chunk_id = $1 AND state = 'deferred') waiting
          WHERE c.id = $1 AND c.lease_owner = $2 AND c.lease_generation = $3 AND c.state = 'leased'`,
        [lease.chunkId, lease.owner, lease.generation, unfinished, now, lease.dispatchId],
      );
      if (freed === 0) return;
      await this.db.execute(
        `UPDATE message SET state = 'unknown', reason = 'NOT_SETTLED', settled_at = $2
          WHERE dispatch_id = $3 AND chunk_id = $1 AND state = 'attempting'`,
        [lease.chunkId, now, lease.dispatchId],
      );
    });
  }

  /**
   * Gives a chunk back untouched, and lets all of its dispatch's channel wait until `dueAt`: what keeps this one from being
   * sent keeps the others too, and must not keep the runners from other dispatches.
   */
  async putOff(lease: Lease, dueAt: Date): Promise<void> {
    await this.db.execute(
      `UPDATE chunk SET state = 'pending', due_at = GREATEST(due_at, $5), lease_owner = NULL, lease_until = NULL
        WHERE dispatch_id = $4 AND (lane = 'sms') = $6
          AND (state = 'pending' OR (id = $1 AND lease_owner = $2 AND lease_generation = $3 AND state = 'leased'))`,
      [lease.chunkId, lease.owner, lease.generation, lease.dispatchId, dueAt, lease.lane === 'sms'],
    );
  }

  /**
   * Frees the chunks of workers that went silent. What they had under way may or may not have left: it becomes
   * `unknown` and is never sent again by itself. A chunk stays due when it was, so that it is next in line and not last.
   * @returns how many chunks were freed.
   */
  async reap(now: Date): Promise<number> {
    return this.db.transaction(async () => {
      const freed = await this.db.query<{ dispatchId: number; chunks: number[] }>(
        `WITH silent AS (
           SELECT id FROM chunk WHERE state = 'leased' AND lease_until < clock_timestamp() FOR UPDATE SKIP LOCKED
         ), freed AS (
           UPDATE chunk c SET state = 'pending', lease_owner = NULL, lease_until = NULL
             FROM silent WHERE c.id = silent.id RETURNING c.id, c.dispatch_id
         )
         SELECT dispatch_id AS "dispatchId", array_agg(id) AS chunks FROM freed GROUP BY dispatch_id ORDER BY 1`,
      );
      // A dispatch at a time, for the reason given at `#open`.
      for (const { dispatchId, chunks } of freed) {
        await this.db.execute(
          `UPDATE message SET state = 'unknown', reason = 'WORKER_LOST', settled_at = $1
            WHERE dispatch_id = $2 AND chunk_id = ANY($3::bigint[]) AND state = 'attempting'`,
          [now, dispatchId, chunks],
        );
      }
      return freed.reduce((sum, { chunks }) => sum + chunks.length, 0);
    });
  }
}
