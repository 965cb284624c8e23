import { Injectable } from '@nestjs/common';
import { Database, decodeCursor, type PageRequest } from '#database';
import { IsNull, MoreThan } from 'typeorm';
import { Webhook } from './webhook.entity.js';

@Injectable()
export class WebhookRepository {
  constructor(private readonly db: Database) {}

  insert(webhook: Omit<Webhook, 'id'>): Promise<Webhook> {
    const webhooks = this.db.repository(Webhook);
    return webhooks.save(webhooks.create(webhook));
  }

  save(webhook: Webhook): Promise<Webhook> {
    return this.db.repository(Webhook).save(webhook);
  }

  count(): Promise<number> {
    return this.db.repository(Webhook).countBy({ deletedAt: IsNull() });
  }

  find(id: number): Promise<Webhook | null> {
    return this.db.repository(Webhook).findOneBy({ id, deletedAt: IsNull() });
  }

  /** The webhook, held until the transaction ends; whoever wants to change its deliveries waits. */
  lock(id: number): Promise<Webhook | null> {
    return this.db
      .repository(Webhook)
      .findOne({ where: { id, deletedAt: IsNull() }, lock: { mode: 'for_no_key_update' } });
  }

  list({ limit, cursor }: PageRequest): Promise<Webhook[]> {
    const after = decodeCursor(cursor);
    return this.db.repository(Webhook).find({
      where: { deletedAt: IsNull(), ...(after === null ? {} : { id: MoreThan(after) }) },
      order: { id: 'ASC' },
      take: limit + 1,
    });
  }

  /** Deletes up to so many deliveries of a webhook that was deleted, and at last the webhook. @returns whether there was one */
  async sweepDeleted(most: number): Promise<boolean> {
    const gone = await this.db.queryOne<{ id: number }>(
      'SELECT id FROM webhook WHERE deleted_at IS NOT NULL ORDER BY id LIMIT 1',
    );
    if (!gone) return false;
    const deleted = await this.db.execute(
      `DELETE FROM webhook_delivery WHERE (webhook_id, event_id) IN (
         SELECT webhook_id, event_id FROM webhook_delivery WHERE webhook_id = $1 LIMIT $2)`,
      [gone.id, most],
    );
    if (deleted < most) await this.db.execute('DELETE FROM webhook WHERE id = $1', [gone.id]);
    return true;
  }
}
