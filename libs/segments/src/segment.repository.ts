import { Injectable } from '@nestjs/common';
import { brokenForeignKey, brokenUnique, Database, decodeCursor, type PageRequest } from '#database';
import { MoreThan } from 'typeorm';
import { isCurrency } from './behaviour-fields.js';
import { type Predicate } from './condition.js';
import { type AttributeDefinition, type TopicName } from './field-catalogue.js';
import { previewTooSlow, segmentInUse, segmentNameTaken } from './segment.errors.js';
import { Segment } from './segment.entity.js';

/** PostgreSQL's code for a statement that was stopped, here by its own time limit. */
const QUERY_CANCELED = '57014';

export interface SamplePerson {
  id: number;
  firstName: string | null;
  lastName: string | null;
  email: string | null;
  phone: string | null;
}

@Injectable()
export class SegmentRepository {
  constructor(private readonly db: Database) {}

  /** @throws DomainError SEGMENT_NAME_TAKEN */
  async save(segment: Omit<Segment, 'id'> & { id?: number }): Promise<Segment> {
    const segments = this.db.repository(Segment);
    try {
      return await segments.save(segments.create(segment));
    } catch (error) {
      if (brokenUnique(error) === 'segment_name_key') throw segmentNameTaken(segment.name);
      throw error;
    }
  }

  find(id: number): Promise<Segment | null> {
    return this.db.repository(Segment).findOneBy({ id });
  }

  list({ limit, cursor }: PageRequest): Promise<Segment[]> {
    const after = decodeCursor(cursor);
    return this.db.repository(Segment).find({
      where: after === null ? {} : { id: MoreThan(after) },
      order: { id: 'ASC' },
      take: limit + 1,
    });
  }

  /**
   * False: there is none. Who uses a segment is not known here, and need not be: their foreign keys speak for them.
   * @throws DomainError SEGMENT_IN_USE
   */
  async delete(id: number): Promise<boolean> {
    try {
      const result = await this.db.repository(Segment).delete({ id });
      return (result.affected ?? 0) > 0;
    } catch (error) {
      if (brokenForeignKey(error) !== null) throw segmentInUse(id);
      throw error;
    }
  }

  attributes(): Promise<AttributeDefinition[]> {
    return this.db.query('SELECT key, type FROM attribute ORDER BY id');
  }

  topics(): Promise<TopicName[]> {
    return this.db.query(
      `SELECT t.id, t.name, COALESCE(s.trading_name, s.legal_name, s.key) AS sender
         FROM topic t JOIN sender s ON s.id = t.sender_id ORDER BY t.id`,
    );
  }

  /** Currencies worth offering: those with a scale, and those of the newest orders. All orders need not be read for it. */
  async currencies(): Promise<string[]> {
    const rows = await this.db.query<{ currency: string }>(
      `SELECT currency FROM purchase_scale WHERE measure = 'value'
        UNION
       SELECT currency FROM (SELECT currency FROM shop_order ORDER BY id DESC LIMIT 1000) newest
        WHERE currency IS NOT NULL
        ORDER BY 1`,
    );
    return rows.map(({ currency }) => currency).filter(isCurrency);
  }

  /**
   * How many a predicate means, and the first of them, in one snapshot, so that the two agree. Read-only and limited in
   * time: whatever a rule asks, the database is its own again after `milliseconds` a statement.
   * @throws DomainError PREVIEW_TOO_SLOW
   */
  async preview(
    { sql, parameters }: Predicate,
    sampleSize: number,
    milliseconds: number,
  ): Promise<{ count: number; sample: SamplePerson[] }> {
    try {
      return await this.db.transaction(async () => {
        await this.db.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY');
        await this.db.query(`SELECT set_config('statement_timeout', $1, true)`, [String(milliseconds)]);
        const total = await this.db.queryOne<{ count: number }>(
          `SELECT count(*) AS count FROM contact c WHERE ${sql}`,
          parameters,
        );
        const count = total?.count ?? 0;
        if (count === 0) return { count, sample: [] };
        const sample = await this.db.query<SamplePerson>(
          `SELECT c.id, c.first_name AS "firstName", c.last_name AS "lastName", c.email, c.phone
             FROM contact c WHERE ${sql} ORDER BY c.id LIMIT ${sampleSize}`,
          parameters,
        );
        return { count, sample };
      });
    } catch (error) {
      if (isCanceled(error)) throw previewTooSlow(milliseconds);
      throw error;
    }
  }
}

function isCanceled(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === QUERY_CANCELED;
}
