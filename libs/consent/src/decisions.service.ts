import { Injectable } from '@nestjs/common';
import { type Channel, Clock, DomainError, formatId, type MessageClass } from '#common';
import { type Decision, toDecision, unknownContact } from './decision.js';
import { Gate } from './gate.service.js';
import { SendersService } from './senders.service.js';
import { messageClassOf, type Topic } from './topic.entity.js';

export interface DecisionQuestion {
  contactIds: readonly number[];
  channel: Channel;
  topicId: number;
  productCategories: readonly string[];
  /** As of when; now when null. */
  at: Date | null;
}

export interface Decisions {
  at: Date;
  senderId: number;
  messageClass: MessageClass;
  /** In the order the contacts were named. */
  items: Decision[];
}

/** May they be written to, and why: the gate's answer with everything it went by. Nothing is sent and nothing stored. */
@Injectable()
export class DecisionsService {
  constructor(
    private readonly gate: Gate,
    private readonly senders: SendersService,
    private readonly clock: Clock,
  ) {}

  /** @throws DomainError TOPIC_NOT_FOUND, TOPIC_BEARS_NO_MESSAGES */
  async decide({ contactIds, channel, topicId, ...question }: DecisionQuestion): Promise<Decisions> {
    const at = question.at ?? this.clock.now();
    const topic = await this.senders.getTopic(topicId);
    const messageClass = messageClassOf(topic) ?? refuse(topic);
    const { id: senderId, country } = await this.senders.get(topic.senderId);
    const { productCategories } = question;
    const rows = await this.gate.decide(
      {
        ...{ contactIds: [...new Set(contactIds)], channel, senderId, topicId },
        ...{ messageClass, productCategories },
      },
      at,
    );
    const decided = new Map(rows.map(row => [row.contactId, toDecision(row, country)]));
    return { at, senderId, messageClass, items: contactIds.map(id => decided.get(id) ?? unknownContact(id)) };
  }
}

function refuse({ id }: Topic): never {
  throw new DomainError({
    kind: 'unprocessable',
    code: 'TOPIC_BEARS_NO_MESSAGES',
    message: `${formatId('topic', id)} is for being measured, not for messages. Ask about the topic of the message.`,
  });
}
