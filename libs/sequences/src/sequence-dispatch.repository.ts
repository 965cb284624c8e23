import { Injectable } from '@nestjs/common';
import { Database } from '#database';

export interface DispatchPlace {
  versionId: number;
  step: number;
  /** What keeps people apart who come by more than once, and what is offered. */
  slot: string;
}

/** What the program paused of a sequence by itself. */
export interface SendingPause {
  dispatchId: number;
  stepId: string;
  by: string;
  message: string;
  at: string;
}

@Injectable()
export class SequenceDispatchRepository {
  constructor(private readonly db: Database) {}

  async find({ versionId, step, slot }: DispatchPlace, now: Date): Promise<number | null> {
    const row = await this.db.queryOne<{ id: number }>(
      `SELECT s.dispatch_id AS id FROM sequence_dispatch s JOIN dispatch d ON d.id = s.dispatch_id
        WHERE s.version_id = $1 AND s.step = $2 AND s.slot = $3 AND s.day = ($4::timestamptz AT TIME ZONE 'UTC')::date
          AND d.state IN ('running', 'paused', 'finished')`,
      [versionId, step, slot, now],
    );
    return row?.id ?? null;
  }

  /** Until the commit nobody else makes a dispatch of this version. */
  async lock(versionId: number): Promise<void> {
    await this.db.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [
      `sequence dispatches ${versionId}`,
    ]);
  }

  /** One that was cancelled gives its place to the next. */
  async insert({ versionId, step, slot }: DispatchPlace, dispatchId: number, now: Date): Promise<void> {
    await this.db.query(
      `INSERT INTO sequence_dispatch (version_id, step, slot, day, dispatch_id)
       VALUES ($1, $2, $3, ($5::timestamptz AT TIME ZONE 'UTC')::date, $4)
       ON CONFLICT (version_id, step, slot, day) DO UPDATE SET dispatch_id = excluded.dispatch_id`,
      [versionId, step, slot, dispatchId, now],
    );
  }

  /** Those that were paused with the sequence, and not by the program for a reason of its own. */
  async pausedByPeople(sequenceId: number): Promise<number[]> {
    const rows = await this.db.query<{ id: number }>(
      `SELECT d.id FROM sequence_dispatch s JOIN sequence_version v ON v.id = s.version_id JOIN dispatch d ON d.id = s.dispatch_id
        WHERE v.sequence_id = $1 AND d.state = 'paused' AND d.pause IS NULL ORDER BY d.id`,
      [sequenceId],
    );
    return rows.map(({ id }) => id);
  }

  pauses(sequenceId: number): Promise<SendingPause[]> {
    return this.db.query<SendingPause>(
      `SELECT d.id AS "dispatchId", v.plan -> 'steps' -> s.step::int ->> 'id' AS "stepId", d.pause ->> 'by' AS by,
              d.pause ->> 'message' AS message, d.pause ->> 'at' AS at
         FROM sequence_dispatch s JOIN sequence_version v ON v.id = s.version_id JOIN dispatch d ON d.id = s.dispatch_id
        WHERE v.sequence_id = $1 AND d.state = 'paused' AND d.pause IS NOT NULL ORDER BY d.id LIMIT 200`,
      [sequenceId],
    );
  }

  /** Those of a sequence that are in this state. */
  async inState(sequenceId: number, states: readonly string[]): Promise<number[]> {
    const rows = await this.db.query<{ id: number }>(
      `SELECT d.id FROM sequence_dispatch s JOIN sequence_version v ON v.id = s.version_id JOIN dispatch d ON d.id = s.dispatch_id
        WHERE v.sequence_id = $1 AND d.state = ANY ($2::text[]) ORDER BY d.id`,
      [sequenceId, states],
    );
    return rows.map(({ id }) => id);
  }
}
