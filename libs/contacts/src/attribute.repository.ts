import { Injectable } from '@nestjs/common';
import { brokenUnique, Database, decodeCursor, type PageRequest } from '#database';
import { MoreThan } from 'typeorm';
import { Attribute } from './attribute.entity.js';

/** Any number, other than those of the other advisory locks. */
const DEFINITIONS_LOCK = 4_862_011;

@Injectable()
export class AttributeRepository {
  constructor(private readonly db: Database) {}

  /** Null: there is one with this key already. */
  async insert(attribute: Omit<Attribute, 'id'>): Promise<Attribute | null> {
    const attributes = this.db.repository(Attribute);
    try {
      return await attributes.save(attributes.create(attribute));
    } catch (error) {
      if (brokenUnique(error) === 'attribute_key_key') return null;
      throw error;
    }
  }

  find(id: number): Promise<Attribute | null> {
    return this.db.repository(Attribute).findOneBy({ id });
  }

  count(): Promise<number> {
    return this.db.repository(Attribute).count();
  }

  all(): Promise<Attribute[]> {
    return this.db.repository(Attribute).find({ order: { id: 'ASC' } });
  }

  list({ limit, cursor }: PageRequest): Promise<Attribute[]> {
    const after = decodeCursor(cursor);
    return this.db.repository(Attribute).find({
      where: after === null ? {} : { id: MoreThan(after) },
      order: { id: 'ASC' },
      take: limit + 1,
    });
  }

  async describe(id: number, description: string): Promise<void> {
    await this.db.repository(Attribute).update({ id }, { description });
  }

  async delete(id: number): Promise<void> {
    await this.db.repository(Attribute).delete({ id });
  }

  /**
   * Whoever writes values holds this shared, whoever deletes a definition holds it alone: otherwise a value checked
   * just before the deletion could be stored just after it. An advisory lock, because row locks on the definitions
   * would be written to disk for every contact.
   */
  async lockForValues(): Promise<void> {
    await this.db.query('SELECT pg_advisory_xact_lock_shared($1)', [DEFINITIONS_LOCK]);
  }

  async lockAlone(): Promise<void> {
    await this.db.query('SELECT pg_advisory_xact_lock($1)', [DEFINITIONS_LOCK]);
  }

  async isUsed(key: string): Promise<boolean> {
    const row = await this.db.queryOne('SELECT 1 FROM contact WHERE attributes ? $1 LIMIT 1', [key]);
    return row !== null;
  }

  /** How many contacts lost a value. */
  removeValues(key: string, now: Date): Promise<number> {
    return this.db.execute(
      'UPDATE contact SET attributes = attributes - $1::text, updated_at = $2 WHERE attributes ? $1::text',
      [key, now],
    );
  }
}
