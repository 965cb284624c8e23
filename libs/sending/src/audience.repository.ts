import { Injectable } from '@nestjs/common';
import { type Channel, type MessageClass } from '#common';
import { gateSql } from '#consent';
import { Database } from '#database';
import { laneSql } from './lane.sql.js';

/** Contacts in one chunk: a lease is lost and won at once, and a kill leaves little undone. */
export const CHUNK_SIZE = 1000;

/** Whom a dispatch may be for: the segment's predicate over `c`, its parameters numbered from FIRST_PREDICATE_PARAMETER. */
export interface AudienceQuery {
  channel: Channel;
  messageClass: MessageClass;
  productCategories: readonly string[];
  senderId: number;
  topicId: number;
  predicate: { sql: string; parameters: unknown[] };
}

/** $1 sender, $2 topic, $3 now, $4 categories; then the predicate's own; then what a statement needs besides. */
export const FIRST_PREDICATE_PARAMETER = 5;

export interface AudienceCounts {
  candidates: number;
  willReceive: number;
  excluded: Record<string, number>;
}

/** Freezes audiences, and counts them beforehand, through the same text: what is previewed is what will happen. */
@Injectable()
export class AudienceRepository {
  constructor(private readonly db: Database) {}

  /** How many would receive it now, and how many would not, by reason. */
  async count(query: AudienceQuery, now: Date): Promise<AudienceCounts> {
    const rows = await this.db.query<{ denial: string | null; count: number }>(
      `SELECT denial, count(*) AS count FROM (${decidedSql(query)}) decided GROUP BY denial`,
      parameters(query, now),
    );
    const excluded: Record<string, number> = {};
    let willReceive = 0;
    for (const { denial, count } of rows) {
      if (denial === null) willReceive = count;
      else excluded[denial] = count;
    }
    return { candidates: rows.reduce((sum, row) => sum + row.count, 0), willReceive, excluded };
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

  /**
   * Freezes the audience of a dispatch that waits for it, in one statement: who is in, as chunks of ids in lanes; who
   * is out, as ids by reason; and the dispatch runs. Ids in arrays cost 4 bytes a contact where a row each cost 180,
   * and cancelling stays one small UPDATE. SKIP LOCKED: another worker that freezes it already is left to it.
   * @returns the counts, or null when there was nothing to freeze.
   */
  async freeze(dispatchId: number, query: AudienceQuery, now: Date): Promise<{ frozen: number } | null> {
    const given = parameters(query, now);
    const id = `$${given.length + 1}::bigint`;
    return this.db.queryOne<{ frozen: number }>(
      `WITH waiting AS (
         SELECT id FROM dispatch WHERE id = ${id} AND state = 'freezing' FOR UPDATE SKIP LOCKED
       ), decided AS MATERIALIZED (
         SELECT contact_id, denial, CASE WHEN denial IS NULL THEN ${laneSql(query.channel, 'address')} END AS lane
           FROM (${decidedSql(query)}) gate WHERE EXISTS (SELECT 1 FROM waiting)
       ), numbered AS (
         SELECT contact_id, denial, lane,
                (row_number() OVER (PARTITION BY denial, lane ORDER BY contact_id) - 1) / ${CHUNK_SIZE} AS seq
           FROM decided
       ), grouped AS (
         SELECT denial, lane, seq, array_agg(contact_id ORDER BY contact_id) AS ids, count(*)::int AS size
           FROM numbered GROUP BY denial, lane, seq
       ), chunks AS (
         INSERT INTO chunk (dispatch_id, lane, contact_ids, size, due_at)
         SELECT ${id}, lane, ids, size, $3 FROM grouped WHERE denial IS NULL ORDER BY seq, lane
         RETURNING size
       ), exclusions AS (
         INSERT INTO exclusion (dispatch_id, reason, seq, contact_ids, size)
         SELECT ${id}, denial, seq, ids, size FROM grouped WHERE denial IS NOT NULL
         RETURNING reason, size
       ), frozen AS (
         SELECT COALESCE(sum(size), 0) AS n FROM chunks
       )
       UPDATE dispatch
          SET frozen = frozen.n, frozen_at = $3, started_at = $3,
              state = CASE WHEN frozen.n > 0 THEN 'running' ELSE 'finished' END,
              ended_at = CASE WHEN frozen.n = 0 THEN $3::timestamptz END,
              excluded = COALESCE((SELECT jsonb_object_agg(reason, n)
                                     FROM (SELECT reason, sum(size) AS n FROM exclusions GROUP BY reason) r), '{}')
         FROM frozen
        WHERE id IN (SELECT id FROM waiting)
       RETURNING frozen.n AS frozen`,
      [...given, dispatchId],
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

/** Segment, then gate: contact_id, address, denial... for everybody the segment names. */
function decidedSql({ channel, messageClass, predicate }: AudienceQuery): string {
  return gateSql({
    candidates: `SELECT c.id AS contact_id FROM contact c WHERE ${predicate.sql}`,
    channel,
    messageClass,
    categories: '$4::text[]',
    dispatchId: '0',
    forecast: true,
    senderId: '$1',
    topicId: '$2',
    now: '$3',
  });
}

function parameters(query: AudienceQuery, now: Date): unknown[] {
  return [query.senderId, query.topicId, now, query.productCategories, ...query.predicate.parameters];
}
