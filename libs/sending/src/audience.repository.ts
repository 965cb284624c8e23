import { Injectable } from '@nestjs/common';
import { type Channel, type MessageClass } from '#common';
import { forecastSql, gateSql } from '#consent';
import { Database } from '#database';
import { bothDenied } from './both-channels.sql.js';

/** Contacts in one chunk: a lease is lost and won at once, and a kill leaves little undone. */
export const CHUNK_SIZE = 1000;

/** Whom a dispatch may be for: the segment's predicate over `c`, its parameters numbered from FIRST_PREDICATE_PARAMETER. */
export interface AudienceQuery {
  channel: Channel;
  messageClass: MessageClass;
  productCategories: readonly string[];
  senderId: number;
  topicId: number;
  /** By email: whether those it may not or cannot reach get it by SMS, where that may reach them. */
  orBySms: boolean;
  predicate: { sql: string; parameters: unknown[] };
}

/** $1 sender, $2 topic, $3 now, $4 categories; then the predicate's own; then what a statement needs besides. */
export const FIRST_PREDICATE_PARAMETER = 5;

export interface AudienceCounts {
  candidates: number;
  willReceive: number;
  /** How many of those by SMS, because email may not or cannot reach them. */
  ofThemBySms: number;
  excluded: Record<string, number>;
}

/** Freezes audiences, and counts them beforehand, through the same text: what is previewed is what will happen. */
@Injectable()
export class AudienceRepository {
  constructor(private readonly db: Database) {}

  /** How many would receive it now, and how many would not, by reason. */
  async count(query: AudienceQuery, now: Date, byClass: boolean): Promise<AudienceCounts> {
    const rows = await this.db.query<{ denial: string | null; count: number; sms: number }>(
      byClass
        ? `SELECT denial, sum(size)::bigint AS count, 0 AS sms FROM (${byClassSql(query, false)}) decided GROUP BY denial`
        : `SELECT denial, count(*) AS count, count(*) FILTER (WHERE channel = 'sms') AS sms
             FROM (${decidedSql(query)}) decided GROUP BY denial`,
      parameters(query, now),
    );
    const excluded: Record<string, number> = {};
    let willReceive = 0;
    let ofThemBySms = 0;
    for (const { denial, count, sms } of rows) {
      if (denial !== null) excluded[denial] = count;
      else [willReceive, ofThemBySms] = [count, query.orBySms ? sms : 0];
    }
    return {
      ...{ candidates: rows.reduce((sum, row) => sum + row.count, 0), willReceive, excluded },
      ofThemBySms: query.channel === 'sms' ? willReceive : ofThemBySms,
    };
  }

  /** The people behind one of those numbers (null: who will receive), a page at a time. */
  async people(
    query: AudienceQuery,
    denial: string | null,
    after: number,
    limit: number,
    now: Date,
  ): Promise<number[]> {
    const given = parameters(query, now);
    const [afterAt, denialAt, limitAt] = [1, 2, 3].map(n => `$${given.length + n}`);
    const rows = await this.db.query<{ contact_id: number }>(
      `SELECT contact_id FROM (${decidedSql(query)}) decided
        WHERE contact_id > ${afterAt}::bigint AND denial IS NOT DISTINCT FROM ${denialAt}::text
        ORDER BY contact_id LIMIT ${limitAt}::int`,
      [...given, after, denial, limit],
    );
    return rows.map(row => row.contact_id);
  }

  /** Who would receive it by SMS, of those whose number is a multiple of `every`: of all with 1. */
  async bySms(query: AudienceQuery, every: number, now: Date): Promise<number[]> {
    const { sql, parameters: own } = query.predicate;
    const predicate = { sql: `(${sql}) AND c.id % ${Math.trunc(every)} = 0`, parameters: own };
    const rows = await this.db.query<{ id: number }>(
      `SELECT contact_id AS id FROM (${decidedSql({ ...query, predicate })}) decided
        WHERE denial IS NULL AND channel = 'sms' ORDER BY contact_id`,
      parameters(query, now),
    );
    return rows.map(({ id }) => id);
  }

  /**
   * Freezes the audience of a dispatch that waits for it, in one transaction: who is in, as chunks of ids in lanes; who
   * is out, as ids by reason; and the dispatch runs. Ids in arrays cost 8 bytes a contact where a row each cost 180,
   * and cancelling stays one small UPDATE. SKIP LOCKED: another worker that freezes it already is left to it.
   * @returns the counts, or null when there was nothing to freeze.
   */
  async freeze(
    dispatchId: number,
    query: AudienceQuery,
    now: Date,
    byClass: boolean,
  ): Promise<{ frozen: number } | null> {
    return this.db.transaction(async () => {
      const waiting = await this.db.queryOne(
        `SELECT id FROM dispatch WHERE id = $1 AND state = 'freezing' FOR UPDATE SKIP LOCKED`,
        [dispatchId],
      );
      if (!waiting) return null;
      await this.#decide(dispatchId, query, now, byClass);
      return this.#store(dispatchId, now);
    });
  }

  /**
   * Decides everybody in one statement, into the pieces that will be stored. A table of its own, because PostgreSQL
   * runs nothing in parallel in a statement that changes a table, and CREATE TABLE AS counts as a query.
   *
   * People come in groups, each a long array, which is cut into pieces by position: that costs nothing. Only what is
   * left over at the end of each group is told one by one and put together, so that small groups share their chunks.
   * A piece just fits on a page (CHUNK_SIZE): it is not compressed, which would take longer than all the rest.
   */
  async #decide(dispatchId: number, query: AudienceQuery, now: Date, byClass: boolean): Promise<void> {
    const groups = byClass
      ? byClassSql(query, true)
      : `SELECT denial, lane, array_agg(contact_id) AS ids
           FROM (SELECT contact_id, denial, address_lane(channel, address) AS lane
                   FROM (${decidedSql(query)}) gate) decided
          GROUP BY denial, lane`;
    await this.db.query(
      `CREATE TEMPORARY TABLE piece_of_${Number(dispatchId)} WITH (toast_tuple_target = 8160) ON COMMIT DROP AS
       WITH groups AS MATERIALIZED (${groups}), ends AS (
         SELECT denial, lane, id, (row_number() OVER (PARTITION BY denial, lane ORDER BY id) - 1) / ${CHUNK_SIZE} AS piece
           FROM groups CROSS JOIN unnest(ids[cardinality(ids) / ${CHUNK_SIZE} * ${CHUNK_SIZE} + 1:]) AS id
       )
       SELECT denial, lane, ids[first:first + ${CHUNK_SIZE - 1}] AS ids
         FROM groups CROSS JOIN generate_series(1, cardinality(ids) - ${CHUNK_SIZE - 1}, ${CHUNK_SIZE}) AS first
        UNION ALL
       SELECT denial, lane, array_agg(id ORDER BY id) FROM ends GROUP BY denial, lane, piece`,
      parameters(query, now),
    );
  }

  async #store(dispatchId: number, now: Date): Promise<{ frozen: number } | null> {
    return this.db.queryOne<{ frozen: number }>(
      `WITH piece AS (
         SELECT denial, lane, ids, cardinality(ids) AS size,
                row_number() OVER (PARTITION BY denial, lane) AS turn, row_number() OVER (PARTITION BY denial) - 1 AS seq
           FROM piece_of_${Number(dispatchId)}
       ), chunks AS (
         INSERT INTO chunk (dispatch_id, lane, contact_ids, size, due_at)
         SELECT $1, lane, ids, size, $2 FROM piece WHERE denial IS NULL ORDER BY turn, lane
         RETURNING size
       ), exclusions AS (
         INSERT INTO exclusion (dispatch_id, reason, seq, contact_ids, size)
         SELECT $1, denial, seq, ids, size FROM piece WHERE denial IS NOT NULL
         RETURNING reason, size
       ), frozen AS (
         SELECT COALESCE(sum(size), 0) AS n FROM chunks
       )
       UPDATE dispatch
          SET frozen = frozen.n, frozen_at = $2, started_at = $2,
              state = CASE WHEN frozen.n > 0 THEN 'running' ELSE 'finished' END,
              ended_at = CASE WHEN frozen.n = 0 THEN $2::timestamptz END,
              excluded = COALESCE((SELECT jsonb_object_agg(reason, n)
                                     FROM (SELECT reason, sum(size) AS n FROM exclusions GROUP BY reason) r), '{}')
         FROM frozen
        WHERE id = $1
       RETURNING frozen.n AS frozen`,
      [dispatchId, now],
    );
  }

  /** Who was left out when the audience was frozen, a page at a time. */
  async excludedPeople(dispatchId: number, reason: string, after: number, limit: number): Promise<number[]> {
    const rows = await this.db.query<{ id: number }>(
      `SELECT id FROM exclusion e CROSS JOIN unnest(e.contact_ids) AS id
        WHERE e.dispatch_id = $1 AND e.reason = $2 AND id > $3 ORDER BY id LIMIT $4`,
      [dispatchId, reason, after, limit],
    );
    return rows.map(row => row.id);
  }
}

/** Segment, then gate: contact_id, address, denial, channel for everybody the segment names. */
function decidedSql(query: AudienceQuery): string {
  const asked = gateSql({
    ...gateInputs(query),
    candidates: `SELECT c.id AS contact_id FROM contact c WHERE ${query.predicate.sql}`,
    forecast: true,
  });
  if (!query.orBySms) return `SELECT gate.*, '${query.channel}' AS channel FROM (${asked}) gate`;
  const otherwise = gateSql({
    ...gateInputs(query),
    ...{
      channel: 'sms',
      candidates: 'SELECT contact_id FROM first WHERE denial IS NOT NULL',
      forecast: true,
    },
  });
  return `
  WITH first AS MATERIALIZED (${asked}), otherwise AS (${otherwise})
  SELECT f.contact_id, CASE WHEN f.denial IS NULL OR o.denial IS NULL THEN NULL ELSE ${bothDenied('f.denial', 'o.denial')} END AS denial,
         CASE WHEN f.denial IS NULL THEN f.address ELSE o.address END AS address,
         CASE WHEN f.denial IS NULL THEN 'email' ELSE 'sms' END AS channel
    FROM first f LEFT JOIN otherwise o ON o.contact_id = f.contact_id`;
}

/** The same in groups of those who are treated alike, which for many costs a fraction. */
function byClassSql(query: AudienceQuery, withIds: boolean): string {
  return forecastSql({ ...gateInputs(query), segment: query.predicate.sql, withIds });
}

function gateInputs({ channel, messageClass }: AudienceQuery) {
  return {
    channel,
    messageClass,
    categories: '$4::text[]',
    dispatchId: '0',
    senderId: '$1',
    topicId: '$2',
    now: '$3',
  };
}

function parameters(query: AudienceQuery, now: Date): unknown[] {
  return [query.senderId, query.topicId, now, query.productCategories, ...query.predicate.parameters];
}
