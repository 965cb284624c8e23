import { Injectable } from '@nestjs/common';
import { In, MoreThan } from 'typeorm';
import { Database, decodeCursor, type PageRequest } from '#database';
import { Sender } from './sender.entity.js';
import { Topic, type TopicPurpose } from './topic.entity.js';

/** Senders and their topics. */
@Injectable()
export class SenderRepository {
  constructor(private readonly db: Database) {}

  insertSender(sender: Omit<Sender, 'id'>): Promise<Sender> {
    return this.db.repository(Sender).save({ ...sender });
  }

  findSender(id: number): Promise<Sender | null> {
    return this.db.repository(Sender).findOneBy({ id });
  }

  saveSender(sender: Sender): Promise<Sender> {
    return this.db.repository(Sender).save(sender);
  }

  async deleteSender(id: number): Promise<boolean> {
    return ((await this.db.repository(Sender).delete({ id })).affected ?? 0) > 0;
  }

  listSenders({ limit, cursor }: PageRequest): Promise<Sender[]> {
    const after = decodeCursor(cursor);
    const where = after === null ? {} : { id: MoreThan(after) };
    return this.db.repository(Sender).find({ where, order: { id: 'ASC' }, take: limit + 1 });
  }

  insertTopic(topic: Omit<Topic, 'id'>): Promise<Topic> {
    return this.db.repository(Topic).save({ ...topic });
  }

  findTopic(id: number): Promise<Topic | null> {
    return this.db.repository(Topic).findOneBy({ id });
  }

  findTopics(ids: number[]): Promise<Topic[]> {
    return this.db.repository(Topic).findBy({ id: In(ids) });
  }

  saveTopic(topic: Topic): Promise<Topic> {
    return this.db.repository(Topic).save(topic);
  }

  async deleteTopic(id: number): Promise<boolean> {
    return ((await this.db.repository(Topic).delete({ id })).affected ?? 0) > 0;
  }

  /** A sender's topics; a sender has few. */
  topicsOf(senderId: number): Promise<Topic[]> {
    return this.db.repository(Topic).find({ where: { senderId }, order: { id: 'ASC' } });
  }

  /** A topic that there is at most one of for a sender; false when it or its key is there already. */
  async insertSingle(topic: Omit<Topic, 'id'>): Promise<boolean> {
    const { senderId, key, purpose, name, description, createdAt, updatedAt } = topic;
    const rows = await this.db.query(
      `INSERT INTO topic (sender_id, key, purpose, name, description, created_at, updated_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING RETURNING 1`,
      [senderId, key, purpose, name, description, createdAt, updatedAt],
    );
    return rows.length > 0;
  }

  findSingle(senderId: number, purpose: TopicPurpose): Promise<Topic | null> {
    return this.db.repository(Topic).findOneBy({ senderId, purpose });
  }

  listTopics({ limit, cursor }: PageRequest, senderId: number | null): Promise<Topic[]> {
    const after = decodeCursor(cursor);
    return this.db.repository(Topic).find({
      where: {
        ...(after === null ? {} : { id: MoreThan(after) }),
        ...(senderId === null ? {} : { senderId }),
      },
      order: { id: 'ASC' },
      take: limit + 1,
    });
  }
}
