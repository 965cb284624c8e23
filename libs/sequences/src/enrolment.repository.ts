import { Injectable } from '@nestjs/common';
import { Database } from '#database';
import { type Enrolment, type Move } from './enrolment.js';
import { type Walker } from './walker.js';

const COLUMNS = `
  e.id, e.sequence_id AS "sequenceId", e.version_id AS "versionId", e.contact_id AS "contactId", e.order_id AS "orderId", e.event_id AS "eventId",
  e.ordinal, e.laps, e.step, e.phase, e.due_at AS "dueAt", e.since, e.dispatch_id AS "dispatchId", e.looks, e.moves,
  e.entered_at AS "enteredAt"`;

/** People on their way, always many at a time. */
@Injectable()
export class EnrolmentRepository {
  constructor(private readonly db: Database) {}

  /**
   * Takes those who are due, the longest due first, until the transaction ends. SKIP LOCKED keeps workers out of each other's
   * way, and whoever leaves this very moment out of ours.
   */
  due(sequenceId: number, now: Date, limit: number): Promise<Enrolment[]> {
    return this.db.query<Enrolment>(
      `SELECT ${COLUMNS} FROM enrolment e
        WHERE e.sequence_id = $1 AND e.state = 'active' AND e.due_at <= $2
        ORDER BY e.due_at LIMIT $3 FOR UPDATE SKIP LOCKED`,
      [sequenceId, now, limit],
    );
  }

  /** Writes what became of them and the way they took: two statements, however many they are. */
  async save(walkers: readonly Walker[], now: Date): Promise<void> {
    if (walkers.length === 0) return;
    const of = <T>(read: (walker: Walker) => T): T[] => walkers.map(read);
    await this.db.query(
      `UPDATE enrolment e
          SET laps = w.laps, step = w.step, phase = w.phase, due_at = w.due_at, since = w.since, dispatch_id = w.dispatch_id,
              looks = w.looks, moves = w.moves, listens_for = w.listens_for, state = COALESCE(w.end_state, 'active'),
              reason = w.reason, ended_at = CASE WHEN w.end_state IS NOT NULL THEN $13::timestamptz END
         FROM unnest($1::bigint[], $2::int[], $3::smallint[], $4::text[], $5::timestamptz[], $6::timestamptz[], $7::bigint[],
                     $8::int[], $9::int[], $10::text[], $11::text[], $12::text[])
              AS w (id, laps, step, phase, due_at, since, dispatch_id, looks, moves, listens_for, end_state, reason)
        WHERE e.id = w.id`,
      [
        ...[of(w => w.enrolment.id), of(w => w.enrolment.laps), of(w => w.enrolment.step)],
        ...[of(w => w.enrolment.phase), of(w => w.enrolment.dueAt.toISOString())],
        ...[of(w => w.enrolment.since.toISOString()), of(w => w.enrolment.dispatchId)],
        ...[of(w => w.enrolment.looks), of(w => w.enrolment.moves), of(w => w.listensFor)],
        ...[of(w => w.end?.state ?? null), of(w => w.end?.reason ?? null), now],
      ],
    );
    await this.#addMoves(walkers.flatMap(walker => walker.moves));
  }

  async #addMoves(moves: readonly Move[]): Promise<void> {
    if (moves.length === 0) return;
    const of = <T>(read: (move: Move) => T): T[] => moves.map(read);
    await this.db.query(
      `INSERT INTO enrolment_move (enrolment_id, seq, step, outcome, reason, dispatch_id, at)
       SELECT * FROM unnest($1::bigint[], $2::int[], $3::smallint[], $4::text[], $5::text[], $6::bigint[], $7::timestamptz[])`,
      [
        ...[of(m => m.enrolmentId), of(m => m.seq), of(m => m.step), of(m => m.outcome), of(m => m.reason)],
        ...[of(m => m.dispatchId), of(m => m.at.toISOString())],
      ],
    );
  }

  /** The one who is due longest is due at `dueAt`. @returns their way's number */
  async putOff(sequenceId: number, now: Date, dueAt: Date): Promise<number | null> {
    const row = await this.db.queryOne<{ id: number }>(
      `UPDATE enrolment SET due_at = $3
        WHERE id = (SELECT id FROM enrolment WHERE sequence_id = $1 AND state = 'active' AND due_at <= $2
                     ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING id`,
      [sequenceId, now, dueAt],
    );
    return row?.id ?? null;
  }

  /** Ends these ways; what waits to be sent of them is taken back. @returns how many were active */
  async leave(ids: readonly number[], reason: string, now: Date): Promise<number> {
    const row = await this.db.queryOne<{ ended: number }>(
      'SELECT sequences_leave($1::bigint[], $2, $3) AS ended',
      [ids, reason, now],
    );
    return row?.ended ?? 0;
  }

  /** Some who are on their way in a sequence, for whoever ends all of them in steps. */
  async someActive(sequenceId: number, limit: number): Promise<number[]> {
    const rows = await this.db.query<{ id: number }>(
      `SELECT id FROM enrolment WHERE sequence_id = $1 AND state = 'active' ORDER BY id LIMIT $2`,
      [sequenceId, limit],
    );
    return rows.map(({ id }) => id);
  }
}
