import { Injectable } from '@nestjs/common';
import { Database, decodeCursor, type PageRequest } from '#database';
import { type Definition } from './definition.js';
import { type Plan } from './plan.js';
import { type Hearing, type Sequence, type SequenceState, type SequenceVersion } from './sequence.js';

const COLUMNS = `
  id, name, state, version_id AS "versionId", started_at AS "startedAt", created_at AS "createdAt", updated_at AS "updatedAt"`;
const VERSION = `
  id, sequence_id AS "sequenceId", number, definition, plan, used_at AS "usedAt", created_at AS "createdAt"`;

export interface SequencesRequest extends PageRequest {
  /** Only those; undefined: all. */
  state?: SequenceState | undefined;
}

export interface SequenceFigures {
  running: number;
  closed: number;
  paused: number;
  /** Stopped, with people who are still taken off. */
  stopping: number;
  oldestDueSeconds: number;
}

@Injectable()
export class SequenceRepository {
  constructor(private readonly db: Database) {}

  async insert(name: string, hearing: Hearing, now: Date): Promise<number> {
    const row = await this.db.queryOne<{ id: number }>(
      `INSERT INTO sequence (name, state, trigger_kind, trigger_topic_id, trigger_event, trigger_shop_id, trigger_within,
                             trigger_segment_id, created_at, updated_at)
       VALUES ($1, 'draft', $2, $3, $4, $5, make_interval(secs => $6), $7, $8, $8) RETURNING id`,
      [
        ...[name, hearing.kind, hearing.topicId, hearing.event, hearing.shopId, hearing.withinMs / 1000],
        ...[hearing.segmentId, now],
      ],
    );
    return (row as { id: number }).id;
  }

  /** From now on people enter this version, brought in by what it listens to. */
  async enter(id: number, name: string, versionId: number, hearing: Hearing, now: Date): Promise<void> {
    await this.db.query(
      `UPDATE sequence
          SET name = $2, version_id = $3, trigger_kind = $4, trigger_topic_id = $5, trigger_event = $6, trigger_shop_id = $7,
              trigger_within = make_interval(secs => $8), trigger_segment_id = $9, updated_at = $10
        WHERE id = $1`,
      [
        id,
        name,
        versionId,
        hearing.kind,
        hearing.topicId,
        hearing.event,
        hearing.shopId,
        hearing.withinMs / 1000,
        hearing.segmentId,
        now,
      ],
    );
  }

  async rename(id: number, name: string, now: Date): Promise<void> {
    await this.db.query('UPDATE sequence SET name = $2, updated_at = $3 WHERE id = $1', [id, name, now]);
  }

  find(id: number): Promise<Sequence | null> {
    return this.db.queryOne<Sequence>(`SELECT ${COLUMNS} FROM sequence WHERE id = $1`, [id]);
  }

  /**
   * For a change of it: whoever moves people of it or lets them in is waited for, and from now on nobody begins to. By an
   * advisory lock: those who share a row's lock would go on taking it past whoever waits for the row.
   */
  async lock(id: number): Promise<Sequence | null> {
    await this.db.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [moving(id)]);
    return this.db.queryOne<Sequence>(`SELECT ${COLUMNS} FROM sequence WHERE id = $1 FOR NO KEY UPDATE`, [
      id,
    ]);
  }

  list({ limit, cursor, state }: SequencesRequest): Promise<Sequence[]> {
    return this.db.query<Sequence>(
      `SELECT ${COLUMNS} FROM sequence WHERE id > $1 AND version_id IS NOT NULL AND ($3::text IS NULL OR state = $3)
        ORDER BY id LIMIT $2`,
      [decodeCursor(cursor) ?? 0, limit + 1, state ?? null],
    );
  }

  /** What brings people in is another from now on: who stood there, and who was known to be in a segment, is forgotten. */
  async forgetTrigger(id: number): Promise<void> {
    await this.db.query('UPDATE sequence SET looked_at = NULL, look_after = NULL WHERE id = $1', [id]);
    await this.db.query('DELETE FROM sequence_member WHERE sequence_id = $1', [id]);
    await this.db.query('DELETE FROM sequence_arrival WHERE sequence_id = $1', [id]);
  }

  /** One that is over keeps its segment from nobody who would delete it. */
  async setState(id: number, state: SequenceState, now: Date): Promise<void> {
    await this.db.query(
      `UPDATE sequence
          SET state = $2, updated_at = $3, started_at = CASE WHEN $2 = 'running' THEN COALESCE(started_at, $3) ELSE started_at END,
              trigger_segment_id = CASE WHEN $2 <> 'stopped' THEN trigger_segment_id END
        WHERE id = $1`,
      [id, state, now],
    );
  }

  async delete(id: number): Promise<void> {
    await this.db.query('UPDATE sequence SET version_id = NULL WHERE id = $1', [id]);
    await this.db.query('DELETE FROM sequence WHERE id = $1', [id]);
  }

  /** Holds a sequence whose people may be moved, so that nobody changes its state meanwhile. False: they may not, or someone does. */
  async holdMoving(id: number): Promise<boolean> {
    return this.#hold(id, ['running', 'closed']);
  }

  /** The same of one that people may enter. */
  async holdEntering(id: number): Promise<boolean> {
    return this.#hold(id, ['running']);
  }

  async #hold(id: number, states: readonly SequenceState[]): Promise<boolean> {
    const lock = await this.db.queryOne<{ mine: boolean }>(
      'SELECT pg_try_advisory_xact_lock_shared(hashtextextended($1, 0)) AS mine',
      [moving(id)],
    );
    if (lock?.mine !== true) return false;
    // In a statement of its own, whose snapshot is from after the lock.
    const row = await this.db.queryOne('SELECT 1 FROM sequence WHERE id = $1 AND state = ANY ($2::text[])', [
      id,
      states,
    ]);
    return row !== null;
  }

  async insertVersion(
    sequenceId: number,
    definition: Definition,
    plan: Plan,
    templateIds: readonly number[],
    now: Date,
  ): Promise<number> {
    const row = await this.db.queryOne<{ id: number }>(
      `WITH made AS (
         INSERT INTO sequence_version (sequence_id, number, definition, plan, sender_id, created_at)
         SELECT $1, COALESCE(max(number), 0) + 1, $2, $3, $6, $4 FROM sequence_version WHERE sequence_id = $1
         RETURNING id
       ), topics AS (
         INSERT INTO sequence_topic (version_id, topic_id, channel)
         SELECT DISTINCT made.id, (step ->> 'topicId')::bigint, channel
           FROM made CROSS JOIN jsonb_array_elements($3::jsonb -> 'steps') AS step
          CROSS JOIN LATERAL (
                SELECT step ->> 'channel' AS channel
                 UNION SELECT 'sms' WHERE step ->> 'smsVersionId' IS NOT NULL) channels
          WHERE step ->> 'type' = 'send'
       ), templates AS (
         INSERT INTO sequence_template (version_id, template_id) SELECT made.id, t FROM made CROSS JOIN unnest($5::bigint[]) AS t
       )
       SELECT id FROM made`,
      [sequenceId, JSON.stringify(definition), JSON.stringify(plan), now, templateIds, plan.senderId],
    );
    return (row as { id: number }).id;
  }

  /** A version that nobody entered gives its number to the next. Call it with the sequence locked, before that is written. */
  async dropUnused(sequenceId: number, versionId: number): Promise<void> {
    await this.db.query(
      `UPDATE sequence s SET version_id = NULL FROM sequence_version v
        WHERE s.id = $1 AND v.id = $2 AND s.version_id = v.id AND v.used_at IS NULL`,
      [sequenceId, versionId],
    );
    await this.db.query('DELETE FROM sequence_version WHERE id = $1 AND used_at IS NULL', [versionId]);
  }

  async markUsed(versionId: number, now: Date): Promise<void> {
    await this.db.query('UPDATE sequence_version SET used_at = $2 WHERE id = $1 AND used_at IS NULL', [
      versionId,
      now,
    ]);
  }

  version(id: number): Promise<SequenceVersion | null> {
    return this.db.queryOne<SequenceVersion>(`SELECT ${VERSION} FROM sequence_version WHERE id = $1`, [id]);
  }

  versions(sequenceId: number): Promise<SequenceVersion[]> {
    return this.db.query<SequenceVersion>(
      `SELECT ${VERSION} FROM sequence_version WHERE sequence_id = $1 ORDER BY number DESC LIMIT 200`,
      [sequenceId],
    );
  }

  async nameOfVersion(versionId: number): Promise<string> {
    const row = await this.db.queryOne<{ name: string }>(
      'SELECT s.name FROM sequence s JOIN sequence_version v ON v.sequence_id = s.id WHERE v.id = $1',
      [versionId],
    );
    return row?.name ?? '';
  }

  /** For whoever watches: how many there are, and whether anybody is kept waiting. */
  async figures(now: Date): Promise<SequenceFigures> {
    const row = await this.db.queryOne<SequenceFigures>(
      `SELECT count(*) FILTER (WHERE s.state = 'running')::int AS running, count(*) FILTER (WHERE s.state = 'closed')::int AS closed,
              count(*) FILTER (WHERE s.state = 'paused')::int AS paused,
              count(*) FILTER (WHERE s.state = 'stopped' AND e.due_at IS NOT NULL)::int AS stopping,
              COALESCE(max(extract(epoch FROM $1::timestamptz - e.due_at))
                       FILTER (WHERE s.state IN ('running', 'closed') AND e.due_at <= $1), 0)::float AS "oldestDueSeconds"
         FROM sequence s
         LEFT JOIN LATERAL (SELECT due_at FROM enrolment WHERE sequence_id = s.id AND state = 'active' ORDER BY due_at LIMIT 1) e ON true`,
      [now],
    );
    return row ?? { running: 0, closed: 0, paused: 0, stopping: 0, oldestDueSeconds: 0 };
  }

  /** Sequences with something to do now. Each is asked by the two ends of its indexes, however many people wait. */
  async withWork(
    now: Date,
  ): Promise<{ id: number; arrivals: boolean; due: boolean; state: SequenceState }[]> {
    return this.db.query(
      `SELECT s.id, s.state, a.id IS NOT NULL AS arrivals, e.id IS NOT NULL AS due
         FROM sequence s
         LEFT JOIN LATERAL (SELECT id FROM sequence_arrival WHERE sequence_id = s.id AND s.state = 'running' LIMIT 1) a ON true
         LEFT JOIN LATERAL (
              SELECT id FROM enrolment
               WHERE sequence_id = s.id AND state = 'active'
                 -- As one bound: of a million who wait the index is asked for its first.
                 AND due_at <= CASE s.state WHEN 'running' THEN $1::timestamptz WHEN 'closed' THEN $1 WHEN 'stopped' THEN 'infinity'
                                            ELSE '-infinity' END
               ORDER BY due_at LIMIT 1) e ON true
        WHERE s.state <> 'draft' AND (a.id IS NOT NULL OR e.id IS NOT NULL) ORDER BY s.id`,
      [now],
    );
  }
}

function moving(id: number): string {
  return `sequence ${id} moves`;
}
