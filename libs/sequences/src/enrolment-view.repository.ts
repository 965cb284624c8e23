import { Injectable } from '@nestjs/common';
import { Database } from '#database';
import { type Predicate } from '#segments';
import { type EndReason, type Enrolment, type EnrolmentState, type Move, type Phase } from './enrolment.js';

/** Somebody's way as it is shown. */
export interface EnrolmentRow extends Enrolment {
  versionNumber: number;
  state: EnrolmentState;
  reason: EndReason | null;
  /** The name of the step they are at, or were at last. */
  stepId: string | null;
  endedAt: Date | null;
}

export interface EnrolmentFilter {
  id?: number | undefined;
  sequenceId?: number | undefined;
  contactId?: number | undefined;
  state?: EnrolmentState | undefined;
}

/** How many are at a step of a version, and in which phase; or whose way ended, and why. */
export interface PlaceCount {
  versionNumber: number;
  state: EnrolmentState;
  step: number | null;
  phase: Phase | null;
  reason: EndReason | null;
  count: number;
}

/** Ways, read for people. */
@Injectable()
export class EnrolmentViewRepository {
  constructor(private readonly db: Database) {}

  list(filter: EnrolmentFilter, page: { limit: number; after: number }): Promise<EnrolmentRow[]> {
    return this.db.query<EnrolmentRow>(
      `SELECT e.id, e.sequence_id AS "sequenceId", e.version_id AS "versionId", v.number AS "versionNumber",
              e.contact_id AS "contactId", e.order_id AS "orderId", e.event_id AS "eventId", e.ordinal, e.laps, e.step, e.phase,
              e.due_at AS "dueAt", e.since, e.dispatch_id AS "dispatchId", e.looks, e.moves, e.entered_at AS "enteredAt",
              e.state, e.reason, e.ended_at AS "endedAt", v.plan -> 'steps' -> e.step::int ->> 'id' AS "stepId"
         FROM enrolment e JOIN sequence_version v ON v.id = e.version_id
        WHERE e.id > $1 AND ($2::bigint IS NULL OR e.id = $2) AND ($3::bigint IS NULL OR e.sequence_id = $3)
          AND ($4::bigint IS NULL OR e.contact_id = $4) AND ($5::text IS NULL OR e.state = $5)
        ORDER BY e.id LIMIT $6`,
      [
        ...[page.after, filter.id ?? null, filter.sequenceId ?? null, filter.contactId ?? null],
        ...[filter.state ?? null, filter.id === undefined ? page.limit + 1 : 1],
      ],
    );
  }

  moves(enrolmentId: number): Promise<Move[]> {
    return this.db.query<Move>(
      `SELECT enrolment_id AS "enrolmentId", seq, step, outcome, reason, dispatch_id AS "dispatchId", at
         FROM enrolment_move WHERE enrolment_id = $1 ORDER BY seq LIMIT 5000`,
      [enrolmentId],
    );
  }

  /** Of a million people a count takes a second; those who are on their way are counted from an index. */
  places(sequenceId: number): Promise<PlaceCount[]> {
    return this.db.query<PlaceCount>(
      `SELECT v.number AS "versionNumber", e.state, e.step, e.phase, e.reason, e.count
         FROM (SELECT version_id, state, CASE WHEN state = 'active' THEN step END AS step,
                      CASE WHEN state = 'active' THEN phase END AS phase, reason, count(*)::int AS count
                 FROM enrolment WHERE sequence_id = $1 GROUP BY 1, 2, 3, 4, 5) e
         JOIN sequence_version v ON v.id = e.version_id
        ORDER BY v.number DESC, e.state, e.step, e.phase, e.reason`,
      [sequenceId],
    );
  }

  /** People of whom it is true, evenly over all of them. @param predicate compiled with $2 as its first placeholder */
  async somePeople(predicate: Predicate, most: number): Promise<number[]> {
    const rows = await this.db.query<{ id: number }>(
      `SELECT c.id FROM contact c WHERE ${predicate.sql} ORDER BY hashint8(c.id) LIMIT $1`,
      [most, ...predicate.parameters],
    );
    return rows.map(({ id }) => id);
  }

  /** Of these those who are not there. */
  async missingContacts(contactIds: readonly number[]): Promise<number[]> {
    const rows = await this.db.query<{ id: number }>(
      'SELECT u.id FROM unnest($1::bigint[]) AS u (id) WHERE NOT EXISTS (SELECT FROM contact c WHERE c.id = u.id) LIMIT 1',
      [contactIds],
    );
    return rows.map(({ id }) => id);
  }
}
