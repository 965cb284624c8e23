import { Injectable } from '@nestjs/common';
import {
  Clock,
  DomainError,
  type ErrorDetail,
  formatId,
  type LocalizedText,
  type MessageClass,
  messageClasses,
} from '#common';
import { SendersService, type Topic } from '#consent';
import { AttributesService } from '#contacts';
import { SegmentsService } from '#segments';
import { type ReadyMade, rolesOf, type SymbolicDefinition } from './ready-made.js';
import { ReadyMadeRepository } from './ready-made.repository.js';
import { type Product } from './wished-words.js';

/** What a marketer chooses when installing. Ids are row numbers. */
export interface Wishes {
  senderId: number;
  /** Absent: the sender's only one of that purpose. */
  topics: Partial<Record<MessageClass, number>>;
  segmentId?: number | undefined;
  shopId?: number | undefined;
  attribute?: string | undefined;
  product?: Product | undefined;
  /** Absent: nothing is promised for subscribing. */
  incentive?: Required<LocalizedText> | undefined;
  /** Absent: the ready-made one's, with a number behind it when that is taken. */
  name?: string | undefined;
  /** false: steps by email or SMS go by email alone. */
  sms: boolean;
}

type Fault = (path: string, code: string, message: string) => void;

/** Whether everything is there that a ready-made sequence names, and is the sender's own. */
@Injectable()
export class ReadyMadeNeeds {
  constructor(
    private readonly senders: SendersService,
    private readonly segments: SegmentsService,
    private readonly attributes: AttributesService,
    private readonly repository: ReadyMadeRepository,
    private readonly clock: Clock,
  ) {}

  /**
   * The topics by their classes.
   * @throws DomainError READY_MADE_NEEDS with the place and the reason of everything that is missing or does not fit
   */
  async check(
    readyMade: ReadyMade,
    symbolic: SymbolicDefinition,
    wishes: Wishes,
  ): Promise<Map<MessageClass, string>> {
    const details: ErrorDetail[] = [];
    const fault: Fault = (path, code, message) => void details.push({ path, code, message });
    const topics = await this.#topics(symbolic, wishes, fault);
    if (readyMade.needsWebsite && (await this.senders.get(wishes.senderId)).website === null) {
      const message = "Its messages lead to the sender's web site. Enter it: PATCH /v1/senders/:id.";
      fault('senderId', 'WEBSITE_MISSING', message);
    }
    if (readyMade.needsProduct && !wishes.product)
      fault(
        'product',
        'PRODUCT_MISSING',
        'It is about one product. Name it, what it is good for, and its page.',
      );
    if (!readyMade.needsProduct && wishes.product) fault('product', 'NOT_NEEDED', 'It is about no product.');
    if (!readyMade.takesIncentive && wishes.incentive)
      fault('incentive', 'NOT_NEEDED', 'Its messages have no place for an incentive.');
    await this.#segment(readyMade, wishes, fault);
    await this.#shop(readyMade, wishes, topics, fault);
    await this.#attribute(readyMade, wishes, fault);
    if (details.length === 0) return topics;
    throw needs(details);
  }

  async #topics(
    symbolic: SymbolicDefinition,
    wishes: Wishes,
    fault: Fault,
  ): Promise<Map<MessageClass, string>> {
    const roles = rolesOf(symbolic);
    const own = await this.senders.topicsOf(wishes.senderId);
    const topics = new Map<MessageClass, string>();
    for (const role of messageClasses) {
      const given = wishes.topics[role];
      if (!roles.includes(role)) {
        if (given !== undefined)
          fault(`topics.${role}`, 'NOT_NEEDED', `It sends nothing of the class ${role}.`);
        continue;
      }
      const topic =
        given === undefined
          ? onlyOne(role, own, fault)
          : await this.#given(role, given, wishes.senderId, fault);
      if (topic) topics.set(role, formatId('topic', topic.id));
    }
    return topics;
  }

  async #given(role: MessageClass, id: number, senderId: number, fault: Fault): Promise<Topic | null> {
    const path = `topics.${role}`;
    const topic = await asked(path, () => this.senders.getTopic(id), fault);
    if (!topic) return null;
    if (topic.senderId !== senderId)
      fault(
        path,
        'TOPIC_OF_OTHER_SENDER',
        'This topic belongs to another sender. Choose one of this sender.',
      );
    else if (topic.purpose !== role)
      fault(path, 'TOPIC_OF_OTHER_PURPOSE', `This topic is for ${topic.purpose}. Choose one for ${role}.`);
    return topic;
  }

  async #segment(
    { definition, withoutSegment }: ReadyMade,
    { segmentId }: Wishes,
    fault: Fault,
  ): Promise<void> {
    const isWanted = definition.trigger.on === 'segment.joined';
    if (segmentId === undefined) {
      const message =
        'People enter it by joining a segment. Choose one; the ready-made sequence names a rule for it (segmentRule).';
      if (isWanted && !withoutSegment) fault('segmentId', 'SEGMENT_MISSING', message);
    } else if (!isWanted) fault('segmentId', 'NOT_NEEDED', 'No segment brings people into it.');
    else await asked('segmentId', () => this.segments.predicateFor(segmentId, this.clock.now()), fault);
  }

  async #shop(
    { definition }: ReadyMade,
    { shopId, senderId }: Wishes,
    topics: ReadonlyMap<MessageClass, string>,
    fault: Fault,
  ): Promise<void> {
    if (shopId === undefined) return;
    if (!('shopId' in definition.trigger))
      return fault('shopId', 'NOT_NEEDED', 'No order brings people into it.');
    const shop = await this.repository.shop(shopId);
    if (shop === null)
      return fault('shopId', 'SHOP_NOT_FOUND', `There is no shop "${formatId('shop', shopId)}".`);
    if (shop.senderId !== senderId) {
      const message = 'This shop belongs to another sender. Choose one of this sender.';
      return fault('shopId', 'SHOP_OF_OTHER_SENDER', message);
    }
    // A purchase is the ground for the topics that its shop names, and for no other: it would run and send nothing.
    const isNamed = (role: MessageClass, topic: string): boolean =>
      (role === 'marketing' ? [shop.marketingTopicId] : shop.serviceTopicIds).some(
        named => named !== null && formatId('topic', named) === topic,
      );
    for (const [role, topic] of topics) {
      if (isNamed(role, topic)) continue;
      const field = role === 'marketing' ? 'marketingTopicId' : 'serviceTopicIds';
      const message = `The shop does not name "${topic}" in ${field}, so its orders are no ground for these messages. Name it there: PUT /v1/shops/:id; or choose a topic that it names.`;
      fault(`topics.${role}`, 'SHOP_LACKS_TOPIC', message);
    }
  }

  async #attribute({ definition }: ReadyMade, { attribute }: Wishes, fault: Fault): Promise<void> {
    const isWanted = 'attribute' in definition.trigger;
    if (attribute === undefined) {
      const message =
        'Choose the attribute that holds the day; make one of the type date first: POST /v1/attributes.';
      if (isWanted) fault('attribute', 'ATTRIBUTE_MISSING', message);
    } else if (!isWanted) fault('attribute', 'NOT_NEEDED', 'No attribute brings people into it.');
    else if ((await this.attributes.types()).get(attribute) !== 'date')
      fault(
        'attribute',
        'ATTRIBUTE_UNSUITABLE',
        `"${attribute.slice(0, 60)}" is no attribute that holds a day.`,
      );
  }
}

function onlyOne(role: MessageClass, own: readonly Topic[], fault: Fault): Topic | null {
  const fitting = own.filter(({ purpose }) => purpose === role);
  const [topic] = fitting;
  if (topic && fitting.length === 1) return topic;
  if (topic)
    fault(`topics.${role}`, 'TOPIC_AMBIGUOUS', `The sender has several topics for ${role}. Choose one.`);
  else
    fault(
      `topics.${role}`,
      'TOPIC_MISSING',
      `The sender has no topic for ${role}. Make one first: POST /v1/topics with "purpose": "${role}".`,
    );
  return null;
}

async function asked<T>(path: string, look: () => Promise<T>, fault: Fault): Promise<T | null> {
  try {
    return await look();
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    fault(path, error.code, error.message);
    return null;
  }
}

function needs(details: ErrorDetail[]): DomainError {
  const [first] = details as [ErrorDetail, ...ErrorDetail[]];
  const more = details.length > 1 ? ` (and ${details.length - 1} more)` : '';
  return new DomainError({
    ...{ kind: 'unprocessable', code: 'READY_MADE_NEEDS', details },
    message: `It cannot be installed yet. ${first.path}: ${first.message}${more}`,
  });
}
