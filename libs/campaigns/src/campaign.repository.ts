import { Injectable } from '@nestjs/common';
import { MoreThan } from 'typeorm';
import { Database, decodeCursor, type PageRequest } from '#database';
import { Campaign } from './campaign.entity.js';

@Injectable()
export class CampaignRepository {
  constructor(private readonly db: Database) {}

  insert(campaign: Omit<Campaign, 'id'>): Promise<Campaign> {
    return this.db.repository(Campaign).save({ ...campaign });
  }

  save(campaign: Campaign): Promise<Campaign> {
    return this.db.repository(Campaign).save(campaign);
  }

  find(id: number): Promise<Campaign | null> {
    return this.db.repository(Campaign).findOneBy({ id });
  }

  /** For a decision that must not run twice at once: the row stays locked until the transaction ends. */
  findForUpdate(id: number): Promise<Campaign | null> {
    return this.db.repository(Campaign).findOne({ where: { id }, lock: { mode: 'pessimistic_write' } });
  }

  list({ limit, cursor }: PageRequest): Promise<Campaign[]> {
    const after = decodeCursor(cursor);
    return this.db.repository(Campaign).find({
      where: after === null ? {} : { id: MoreThan(after) },
      order: { id: 'ASC' },
      take: limit + 1,
    });
  }

  async delete(id: number): Promise<void> {
    await this.db.repository(Campaign).delete({ id });
  }

  /** Campaigns whose hour has come. */
  async due(now: Date): Promise<number[]> {
    const rows = await this.db.query<{ id: number }>(
      `SELECT id FROM campaign WHERE state = 'scheduled' AND scheduled_at <= $1 ORDER BY scheduled_at, id LIMIT 100`,
      [now],
    );
    return rows.map(row => row.id);
  }
}
