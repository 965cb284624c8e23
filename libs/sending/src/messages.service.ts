import { Injectable } from '@nestjs/common';
import { DomainError, notFound, type Page } from '#common';
import {
  ConsentsService,
  FrequencyCapsService,
  LedgerRetention,
  type Sender,
  SendersService,
  SuppressionsService,
  type Topic,
} from '#consent';
import { type Dispatch } from './dispatch.js';
import { DispatchRepository } from './dispatch.repository.js';
import { formatMessageId, type MessageKey, parseMessageId } from './message-key.js';
import { MessageRangeRepository } from './message-range.repository.js';
import { type Message, type MessageFilter, MessageRepository } from './message.repository.js';
import { UnknownRepository } from './unknown.repository.js';
import { type Why } from './why.js';

/** Messages explained in one go: their events and dispatches are read in sets. */
const EXPLAINED_AT_ONCE = 200;

@Injectable()
export class MessagesService {
  constructor(
    private readonly repository: MessageRepository,
    private readonly unknowns: UnknownRepository,
    private readonly ranges: MessageRangeRepository,
    private readonly dispatches: DispatchRepository,
    private readonly consents: ConsentsService,
    private readonly retention: LedgerRetention,
    private readonly suppressions: SuppressionsService,
    private readonly senders: SendersService,
    private readonly caps: FrequencyCapsService,
  ) {}

  /** @throws DomainError MESSAGE_NOT_FOUND, MESSAGE_FORGOTTEN when it had served its time */
  async get(key: MessageKey): Promise<Message> {
    const message = await this.repository.find(key);
    if (message) return message;
    if (!(await this.ranges.isDropped(key.dispatchId))) throw notFound('message', formatMessageId(key));
    throw new DomainError({
      kind: 'not_found',
      code: 'MESSAGE_FORGOTTEN',
      message:
        'The records of single messages this old were dropped (MESSAGE_RETENTION_MONTHS). The campaign still tells how many there were of each kind, and the consent ledger what the person agreed to.',
    });
  }

  async list(filter: Omit<MessageFilter, 'after'>, cursor: string | undefined): Promise<Page<Message>> {
    const after =
      cursor === undefined ? null : parseMessageId(Buffer.from(cursor, 'base64url').toString('latin1'));
    const rows = await this.repository.list({ ...filter, after });
    const items = rows.slice(0, filter.limit);
    const last = items.at(-1);
    const more = rows.length > filter.limit && last !== undefined;
    return { items, nextCursor: more ? Buffer.from(formatMessageId(last)).toString('base64url') : null };
  }

  /** @throws DomainError MESSAGE_NOT_FOUND, MESSAGE_FORGOTTEN */
  async why(key: MessageKey): Promise<Why> {
    const [why] = await this.#explain([await this.get(key)]);
    return why as Why;
  }

  /** Every message to a contact, newest dispatch first, each with what decided it. */
  async whyOfContact(contactId: number): Promise<Why[]> {
    const told: Why[] = [];
    let after: MessageKey | null = null;
    for (;;) {
      const filter: MessageFilter = {
        ...{ dispatchId: null, contactId, state: null, after, limit: EXPLAINED_AT_ONCE },
      };
      const rows: Message[] = await this.repository.list(filter);
      const page = rows.slice(0, EXPLAINED_AT_ONCE);
      told.push(...(await this.#explain(page)));
      if (rows.length <= EXPLAINED_AT_ONCE) return told;
      after = page.at(-1) as Message;
    }
  }

  /** Whether anything was ever to be sent to this contact. */
  async knows(contactId: number): Promise<boolean> {
    const filter = { dispatchId: null, contactId, state: null, after: null, limit: 1 };
    return (await this.repository.list(filter)).length > 0;
  }

  /**
   * Takes from these people's messages what could lead back to them. The rows stay: the numbers balance.
   * @throws an error that `isLockUnavailable` tells, when one of them is being written this moment: begin anew.
   */
  forget(contactIds: readonly number[]): Promise<number> {
    return this.repository.forget(contactIds);
  }

  async #explain(messages: readonly Message[]): Promise<Why[]> {
    const dispatches = new Map(
      (await this.dispatches.findAll(distinct(messages.map(({ dispatchId }) => dispatchId)))).map(
        dispatch => [dispatch.id, dispatch],
      ),
    );
    const eventIds = distinct(messages.map(({ consentEventId }) => consentEventId));
    const events = new Map((await this.consents.eventsByIds(eventIds)).map(event => [event.id, event]));
    const senders = new Map<number, Sender>();
    const topics = new Map<number, Topic>();
    const explained: Why[] = [];
    for (const message of messages) {
      const dispatch = dispatches.get(message.dispatchId) as Dispatch;
      const sender = senders.get(dispatch.senderId) ?? (await this.senders.get(dispatch.senderId));
      senders.set(sender.id, sender);
      const topic = topics.get(dispatch.topicId) ?? (await this.senders.getTopic(dispatch.topicId));
      topics.set(topic.id, topic);
      const { consentEventId } = message;
      const consent = consentEventId === null ? null : (events.get(consentEventId) ?? null);
      const purge = consentEventId === null || consent ? null : await this.retention.purgeOf(consentEventId);
      const suppression = await this.#suppressionOf(message, dispatch);
      const cap = message.reason === 'FREQUENCY' ? (await this.caps.get(sender.id)).cap : null;
      const evidence = wasUnknown(message) ? await this.unknowns.evidenceOf(message) : [];
      explained.push({ message, dispatch, sender, topic, consent, purge, suppression, cap, evidence });
    }
    return explained;
  }

  async #suppressionOf(message: Message, dispatch: Dispatch): Promise<Why['suppression']> {
    if (message.state !== 'skipped' || message.addressHash === null) return null;
    const about = { ...dispatch, channel: message.channel ?? dispatch.channel };
    return this.suppressions.thatGateMet(message.addressHash, about, message.allowedAt);
  }
}

/** Whether no answer came to one of its attempts; only then is evidence of it kept. */
function wasUnknown({ state, reason, keySince }: Message): boolean {
  return state === 'unknown' || keySince !== null || /^(?:EVIDENCE|OPERATOR)_/.test(reason ?? '');
}

function distinct(numbers: readonly (number | null)[]): number[] {
  return [...new Set(numbers.filter(number => number !== null))];
}
