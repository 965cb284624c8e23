import { Injectable } from '@nestjs/common';
import { AuditTrail } from '#access';
import { Clock, DomainError, formatId, type LocalizedText, notFound, type Page } from '#common';
import { brokenForeignKey, brokenUnique, type PageRequest, toPage } from '#database';
import { Grant } from './grant.js';
import { type Sender } from './sender.entity.js';
import { SenderRepository } from './sender.repository.js';
import { type Topic, type TopicPurpose } from './topic.entity.js';
import { type TrackingPurpose, trackingPurposes, trackingTopicDrafts } from './tracking.js';

export type SenderFields = Omit<Sender, 'id' | 'createdAt' | 'updatedAt' | 'key'>;

/** The identities that write, and what people can subscribe to with each. */
@Injectable()
export class SendersService {
  constructor(
    private readonly repository: SenderRepository,
    private readonly audit: AuditTrail,
    private readonly clock: Clock,
  ) {}

  /** @throws DomainError SENDER_KEY_TAKEN */
  async create(key: string, fields: SenderFields, actor: string): Promise<Sender> {
    const now = this.clock.now();
    const sender = await refuseTaken(
      'SENDER_KEY_TAKEN',
      `There is a sender with the key "${key}" already. Choose another key.`,
      () => this.repository.insertSender({ ...fields, key, createdAt: now, updatedAt: now }),
    );
    await this.audit.record(actor, 'sender.created', formatId('sender', sender.id), {});
    return sender;
  }

  async update(id: number, changes: Partial<SenderFields>, actor: string): Promise<Sender> {
    const sender = await this.get(id);
    const updated = await this.repository.saveSender({ ...sender, ...changes, updatedAt: this.clock.now() });
    await this.audit.record(actor, 'sender.updated', formatId('sender', id), {
      fields: Object.keys(changes),
    });
    return updated;
  }

  /** @throws DomainError SENDER_NOT_FOUND */
  async get(id: number): Promise<Sender> {
    const sender = await this.repository.findSender(id);
    if (!sender) throw notFound('sender', formatId('sender', id));
    return sender;
  }

  /**
   * The permission to pass on to a sender what somebody wrote to them, at the address they named for it; null when they
   * named none.
   */
  contactGrant({ contactEmail }: Sender): Grant | null {
    return contactEmail === null
      ? null
      : new Grant(0, 'email', contactEmail, 'transactional', 0, 'sender', 'none');
  }

  async list(request: PageRequest): Promise<Page<Sender>> {
    return toPage(await this.repository.listSenders(request), request.limit, sender => sender);
  }

  /** @throws DomainError SENDER_IN_USE while a topic, consent or dispatch names it */
  async delete(id: number, actor: string): Promise<void> {
    const deleted = await refuseInUse(
      'SENDER_IN_USE',
      'This sender has topics or history and must stay.',
      () => this.repository.deleteSender(id),
    );
    if (!deleted) throw notFound('sender', formatId('sender', id));
    await this.audit.record(actor, 'sender.deleted', formatId('sender', id), {});
  }

  /** @throws DomainError SENDER_NOT_FOUND, TOPIC_KEY_TAKEN */
  async createTopic(
    senderId: number,
    key: string,
    name: LocalizedText,
    description: LocalizedText,
    actor: string,
    purpose: TopicPurpose = 'marketing',
  ): Promise<Topic> {
    await this.get(senderId);
    const now = this.clock.now();
    const topic = await refuseTaken(
      'TOPIC_KEY_TAKEN',
      `This sender has a topic with the key "${key}" already. Choose another key.`,
      () =>
        this.repository.insertTopic({
          ...{ senderId, key, purpose, name, description },
          ...{ createdAt: now, updatedAt: now },
        }),
    );
    await this.audit.record(actor, 'topic.created', formatId('topic', topic.id), {});
    return topic;
  }

  async updateTopic(
    id: number,
    changes: Partial<Pick<Topic, 'name' | 'description'>>,
    actor: string,
  ): Promise<Topic> {
    const topic = await this.getTopic(id);
    const updated = await this.repository.saveTopic({ ...topic, ...changes, updatedAt: this.clock.now() });
    await this.audit.record(actor, 'topic.updated', formatId('topic', id), { fields: Object.keys(changes) });
    return updated;
  }

  /** @throws DomainError TOPIC_NOT_FOUND */
  async getTopic(id: number): Promise<Topic> {
    const topic = await this.repository.findTopic(id);
    if (!topic) throw notFound('topic', formatId('topic', id));
    return topic;
  }

  topicsOf(senderId: number): Promise<Topic[]> {
    return this.repository.topicsOf(senderId);
  }

  /**
   * The topics that people agree to be measured for, made when they are first asked for.
   * @throws DomainError SENDER_NOT_FOUND
   */
  async trackingTopics(senderId: number): Promise<Record<TrackingPurpose, Topic>> {
    await this.get(senderId);
    const topics = [];
    for (const purpose of trackingPurposes) topics.push([purpose, await this.#single(senderId, purpose)]);
    return Object.fromEntries(topics) as Record<TrackingPurpose, Topic>;
  }

  async #single(senderId: number, purpose: TrackingPurpose): Promise<Topic> {
    const { key, name, description } = trackingTopicDrafts[purpose];
    const now = this.clock.now();
    for (let n = 1; ; n++) {
      const found = await this.repository.findSingle(senderId, purpose);
      if (found) return found;
      // The key may be that of a topic of another kind; then the next one is tried.
      const draft = { senderId, purpose, name, description, key: n === 1 ? key : `${key}-${n}` };
      await this.repository.insertSingle({ ...draft, createdAt: now, updatedAt: now });
    }
  }

  async listTopics(request: PageRequest, senderId: number | null): Promise<Page<Topic>> {
    return toPage(await this.repository.listTopics(request, senderId), request.limit, topic => topic);
  }

  /** @throws DomainError TOPIC_IN_USE once anybody agreed to it or anything was sent about it */
  async deleteTopic(id: number, actor: string): Promise<void> {
    const deleted = await refuseInUse(
      'TOPIC_IN_USE',
      'This topic has consents or campaigns and must stay.',
      () => this.repository.deleteTopic(id),
    );
    if (!deleted) throw notFound('topic', formatId('topic', id));
    await this.audit.record(actor, 'topic.deleted', formatId('topic', id), {});
  }
}

async function refuseTaken<T>(code: string, message: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (brokenUnique(error) === null) throw error;
    throw new DomainError({ kind: 'conflict', code, message, cause: error });
  }
}

async function refuseInUse<T>(code: string, message: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (brokenForeignKey(error) === null) throw error;
    throw new DomainError({ kind: 'conflict', code, message, cause: error });
  }
}
