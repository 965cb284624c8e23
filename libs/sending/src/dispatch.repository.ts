import { Injectable } from '@nestjs/common';
import { Database } from '#database';
import { type Dispatch, type NewDispatch } from './dispatch.js';
import { type DispatchState, statesBefore } from './dispatch-state.js';

const COLUMNS = `
  id, name, state, channel, message_class AS "messageClass", sender_id AS "senderId", topic_id AS "topicId",
  template_version_id AS "templateVersionId", product_categories AS "productCategories", audience, not_after AS "notAfter", frozen, excluded,
  utm, sms_version_id AS "smsVersionId", smart_encoding AS "smartEncoding", short_links AS "shortLinks", by_person AS "byPerson", local_time AS "localTime", past_hour AS "pastHour",
  created_at AS "createdAt", frozen_at AS "frozenAt", ended_at AS "endedAt", pause`;

@Injectable()
export class DispatchRepository {
  constructor(private readonly db: Database) {}

  async insert(dispatch: NewDispatch, now: Date): Promise<Dispatch> {
    const rows = await this.db.query<Dispatch>(
      `INSERT INTO dispatch (name, state, channel, message_class, sender_id, topic_id, template_version_id, audience,
                             not_after, created_at, product_categories, local_time, past_hour, utm,
                             sms_version_id, smart_encoding, short_links)
       VALUES ($1, 'freezing', $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) RETURNING ${COLUMNS}`,
      [
        ...[dispatch.name, dispatch.channel, dispatch.messageClass, dispatch.senderId, dispatch.topicId],
        ...[dispatch.templateVersionId, JSON.stringify(dispatch.audience), dispatch.notAfter, now],
        ...[dispatch.productCategories, dispatch.localTime ?? null, dispatch.pastHour ?? null],
        dispatch.utm ? JSON.stringify(dispatch.utm) : null,
        ...[dispatch.smsVersionId ?? null, dispatch.smartEncoding ?? false, dispatch.shortLinks ?? false],
      ],
    );
    return rows[0] as Dispatch;
  }

  /** The same for one person who is known beforehand: nothing to freeze, a chunk of one, ready to be claimed. */
  async insertForOne(
    dispatch: Omit<NewDispatch, 'audience'>,
    contactId: number,
    now: Date,
  ): Promise<Dispatch | null> {
    return this.db.queryOne<Dispatch>(
      `WITH person AS (
         SELECT id, CASE $2::text WHEN 'sms' THEN phone ELSE email END AS address FROM contact WHERE id = $10
       ), new AS (
         INSERT INTO dispatch (name, state, channel, message_class, sender_id, topic_id, template_version_id, audience,
                               not_after, created_at, product_categories, frozen, excluded, frozen_at, started_at)
         SELECT $1, 'running', $2, $3, $4, $5, $6, jsonb_build_object('contact', id), $7, $8, $9, 1, '{}', $8, $8
           FROM person
         RETURNING *
       ), chunks AS (
         INSERT INTO chunk (dispatch_id, lane, contact_ids, size, due_at)
         SELECT new.id, address_lane($2, person.address), ARRAY[person.id], 1, $8 FROM new, person
       )
       SELECT ${COLUMNS} FROM new`,
      [
        ...[dispatch.name, dispatch.channel, dispatch.messageClass, dispatch.senderId, dispatch.topicId],
        ...[dispatch.templateVersionId, dispatch.notAfter, now, dispatch.productCategories, contactId],
      ],
    );
  }

  /** One that runs with nobody in it yet; people are added one by one. */
  async insertOpen(dispatch: Omit<NewDispatch, 'audience'>, now: Date): Promise<Dispatch> {
    const rows = await this.db.query<Dispatch>(
      `INSERT INTO dispatch (name, state, channel, message_class, sender_id, topic_id, template_version_id, audience,
                             not_after, created_at, product_categories, utm, sms_version_id, smart_encoding, short_links,
                             by_person, frozen, excluded, frozen_at, started_at)
       VALUES ($1, 'running', $2, $3, $4, $5, $6, '{"people":"added"}', $7, $8, $9, $10, $11, $12, $13, true, 0, '{}', $8, $8)
       RETURNING ${COLUMNS}`,
      [
        ...[dispatch.name, dispatch.channel, dispatch.messageClass, dispatch.senderId, dispatch.topicId],
        ...[dispatch.templateVersionId, dispatch.notAfter, now, dispatch.productCategories],
        ...[dispatch.utm ? JSON.stringify(dispatch.utm) : null, dispatch.smsVersionId ?? null],
        ...[dispatch.smartEncoding ?? false, dispatch.shortLinks ?? false],
      ],
    );
    return rows[0] as Dispatch;
  }

  findAll(ids: readonly number[]): Promise<Dispatch[]> {
    return this.db.query<Dispatch>(`SELECT ${COLUMNS} FROM dispatch WHERE id = ANY($1::bigint[])`, [ids]);
  }

  find(id: number): Promise<Dispatch | null> {
    return this.db.queryOne<Dispatch>(`SELECT ${COLUMNS} FROM dispatch WHERE id = $1`, [id]);
  }

  /**
   * Moves a dispatch if it is in one of the states `from`. Waits for the intents that are being committed right now (they hold the
   * row FOR SHARE), so that once this returns no further attempt begins in the old state.
   * @param pause why the program pauses it; a resume forgets that, and begins to count errors anew
   * @returns the dispatch, or null when the move is not allowed from where it stands.
   */
  move(
    id: number,
    from: DispatchState[],
    to: DispatchState,
    now: Date,
    pause: Dispatch['pause'] = null,
  ): Promise<Dispatch | null> {
    return this.db.queryOne<Dispatch>(
      `UPDATE dispatch
          SET state = $2, moves = moves + 1, pause = $5,
              resumed_at = CASE WHEN $2 = 'running' THEN $3::timestamptz ELSE resumed_at END,
              ended_at = CASE WHEN $2 IN ('finished', 'cancelled', 'expired') THEN $3::timestamptz END
        WHERE id = $1 AND state = ANY($4::text[]) RETURNING ${COLUMNS}`,
      [id, to, now, from, pause && JSON.stringify(pause)],
    );
  }

  /** The same of many, whichever of them may; locked in one order. @returns which moved */
  async moveAll(
    ids: readonly number[],
    from: DispatchState[],
    to: DispatchState,
    now: Date,
  ): Promise<number[]> {
    await this.db.query('SELECT 1 FROM dispatch WHERE id = ANY($1::bigint[]) ORDER BY id FOR UPDATE', [ids]);
    const rows = await this.db.query<{ id: number }>(
      `UPDATE dispatch
          SET state = $2, moves = moves + 1, pause = NULL,
              resumed_at = CASE WHEN $2 = 'running' THEN $3::timestamptz ELSE resumed_at END,
              ended_at = CASE WHEN $2 IN ('finished', 'cancelled', 'expired') THEN $3::timestamptz END
        WHERE id = ANY($1::bigint[]) AND state = ANY($4::text[]) RETURNING id`,
      [ids, to, now, from],
    );
    return rows.map(({ id }) => id);
  }

  /** Ends what came too late: nothing of it is sent after its "not later than". */
  async expireLate(now: Date): Promise<number> {
    return this.db.execute(
      `UPDATE dispatch SET state = 'expired', ended_at = $1 WHERE state = ANY($2::text[]) AND not_after < $1`,
      [now, statesBefore('expired')],
    );
  }

  /**
   * Ends what has no open chunk left; one dispatch, or (null) every one. Asked again once the row is held: a chunk that
   * a sleeper makes due this moment (`settleLate` holds the row too) would wait for ever in a finished dispatch.
   */
  async finishDone(id: number | null, now: Date): Promise<number> {
    const isDone = `d.state = 'running' AND NOT EXISTS (SELECT 1 FROM chunk c WHERE c.dispatch_id = d.id AND c.state <> 'done')`;
    const done = await this.db.query<{ id: number }>(
      `SELECT d.id FROM dispatch d WHERE ($1::bigint IS NULL OR d.id = $1) AND ${isDone}`,
      [id],
    );
    if (done.length === 0) return 0;
    const ids = done.map(row => row.id);
    return this.db.transaction(async () => {
      await this.db.query('SELECT 1 FROM dispatch WHERE id = ANY($1::bigint[]) ORDER BY id FOR UPDATE', [
        ids,
      ]);
      return this.db.execute(
        `UPDATE dispatch d SET state = 'finished', ended_at = $2 WHERE d.id = ANY($1::bigint[]) AND ${isDone}`,
        [ids, now],
      );
    });
  }

  async idsInState(state: DispatchState): Promise<number[]> {
    const rows = await this.db.query<{ id: number }>('SELECT id FROM dispatch WHERE state = $1 ORDER BY id', [
      state,
    ]);
    return rows.map(row => row.id);
  }
}
