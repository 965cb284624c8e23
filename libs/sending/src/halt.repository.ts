import { Injectable } from '@nestjs/common';
import { Database } from '#database';
import { type Lease } from './chunk.repository.js';
import { RESENDER } from './resend.repository.js';

/** A dispatch that does not run (any more). */
export interface Halted {
  dispatchId: number;
  /** Which of its pauses and cancels this is. */
  moves: number;
}

/** What is still under way of a dispatch that was paused or cancelled. */
export interface Halt {
  /** Mails whose SMTP transaction had begun and whose outcome was not known; at most so many can still arrive. */
  onTheWire: number;
  /** Whether every worker that has some of it in hand has heeded. */
  heeded: boolean;
}

/** Pauses and cancels, as workers hear of them and as they answer. */
@Injectable()
export class HaltRepository {
  constructor(private readonly db: Database) {}

  /** Which of these dispatches do not run. */
  halted(dispatchIds: readonly number[]): Promise<Halted[]> {
    return this.db.query<Halted>(
      `SELECT id AS "dispatchId", moves FROM dispatch WHERE id = ANY($1::bigint[]) AND state <> 'running'`,
      [dispatchIds],
    );
  }

  /**
   * Says for these chunks that nothing more of them begins, and how much had. SKIP LOCKED: one that is being given back
   * this moment need not say it.
   * @returns the chunks that took it down.
   */
  async heed(chunks: { lease: Lease; moves: number; onWire: number }[]): Promise<ReadonlySet<number>> {
    if (chunks.length === 0) return new Set();
    const rows = await this.db.query<{ id: number }>(
      `UPDATE chunk SET heeded = h.moves, on_wire = h.on_wire
         FROM (SELECT c.id, r.moves, r.on_wire
                 FROM jsonb_to_recordset($1::jsonb) AS r (id bigint, owner text, generation int, moves int, on_wire int)
                 JOIN chunk c ON c.id = r.id AND c.lease_owner = r.owner AND c.lease_generation = r.generation
                WHERE c.state = 'leased' FOR UPDATE OF c SKIP LOCKED) h
        WHERE chunk.id = h.id RETURNING chunk.id`,
      [
        JSON.stringify(
          chunks.map(({ lease, moves, onWire }) => ({
            ...{ id: lease.chunkId, owner: lease.owner, generation: lease.generation, moves },
            on_wire: onWire,
          })),
        ),
      ],
    );
    return new Set(rows.map(({ id }) => id));
  }

  /** How a dispatch that was halted stands. What an operator resends is one mail that has begun. A chunk without open attempts has nothing that could leave. */
  async standing(dispatchId: number): Promise<Halt> {
    const row = await this.db.queryOne<Halt>(
      `SELECT COALESCE(sum(CASE WHEN held.heeded THEN LEAST(held.on_wire, held.open) ELSE held.open END), 0)::int AS "onTheWire",
              COALESCE(bool_and(held.heeded), true) AS heeded
         FROM (SELECT c.heeded IS NOT DISTINCT FROM d.moves OR c.lease_owner LIKE '${RESENDER}%' AS heeded, c.on_wire,
                      (SELECT count(*) FROM message m WHERE m.chunk_id = c.id AND m.state = 'attempting') AS open
                 FROM chunk c JOIN dispatch d ON d.id = c.dispatch_id
                WHERE c.dispatch_id = $1 AND c.state = 'leased') held
        WHERE held.open > 0`,
      [dispatchId],
    );
    return row as Halt;
  }
}
