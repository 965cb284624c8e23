import { Injectable } from '@nestjs/common';
import { notFound, type Page } from '#common';
import { type ConsentEvent, ConsentsService } from '#consent';
import { formatMessageId, type MessageKey, parseMessageId } from './message-key.js';
import { type Message, type MessageFilter, MessageRepository } from './message.repository.js';

/** Why a message was or was not sent: the ledger row and the consent event that decided it. */
export interface Why {
  message: Message;
  consent: ConsentEvent | null;
}

@Injectable()
export class MessagesService {
  constructor(
    private readonly repository: MessageRepository,
    private readonly consents: ConsentsService,
  ) {}

  /** @throws DomainError MESSAGE_NOT_FOUND */
  async get(key: MessageKey): Promise<Message> {
    const message = await this.repository.find(key);
    if (!message) throw notFound('message', formatMessageId(key));
    return message;
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

  /** @throws DomainError MESSAGE_NOT_FOUND */
  async why(key: MessageKey): Promise<Why> {
    const message = await this.get(key);
    const consent =
      message.consentEventId === null ? null : await this.consents.event(message.consentEventId);
    return { message, consent };
  }
}
