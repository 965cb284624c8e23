import { Injectable } from '@nestjs/common';
import { DomainError, type Page } from '#common';
import { type MessageKey, MessagesService } from '#sending';
import { ContactsService } from '#contacts';
import { type TimelinePlace, TimelineRepository, type TimelineRow } from './timeline.repository.js';

/** What happened to a person or a message, in one list, the newest first. */
@Injectable()
export class TimelineService {
  constructor(
    private readonly repository: TimelineRepository,
    private readonly contacts: ContactsService,
    private readonly messages: MessagesService,
  ) {}

  /** @throws DomainError CONTACT_NOT_FOUND, CURSOR_INVALID */
  async ofContact(contactId: number, limit: number, cursor: string | undefined): Promise<Page<TimelineRow>> {
    await this.contacts.get(contactId);
    return this.#page(contactId, null, limit, cursor);
  }

  /** @throws DomainError MESSAGE_NOT_FOUND, CURSOR_INVALID */
  async ofMessage(key: MessageKey, limit: number, cursor: string | undefined): Promise<Page<TimelineRow>> {
    await this.messages.get(key);
    return this.#page(key.contactId, key.dispatchId, limit, cursor);
  }

  async #page(
    contactId: number,
    dispatchId: number | null,
    limit: number,
    cursor: string | undefined,
  ): Promise<Page<TimelineRow>> {
    const before = cursor === undefined ? null : readCursor(cursor);
    const rows = await this.repository.of(contactId, dispatchId, before, limit + 1);
    const items = rows.slice(0, limit);
    const last = items.at(-1);
    return { items, nextCursor: rows.length > limit && last ? writeCursor(last) : null };
  }
}

function writeCursor({ at, rank, id }: TimelineRow): string {
  return Buffer.from(`${at.toISOString()} ${rank} ${id}`).toString('base64url');
}

function readCursor(cursor: string): TimelinePlace {
  const text = Buffer.from(cursor, 'base64url').toString('latin1');
  const [, at = '', rank, id] = /^(\d{4}-\d\d-\d\dT[\d:.]{8,15}Z) (\d) (\d{1,15})$/.exec(text) ?? [];
  const time = new Date(at);
  if (Number.isNaN(time.getTime())) {
    throw new DomainError({
      kind: 'invalid',
      code: 'CURSOR_INVALID',
      message: 'This cursor is not one of ours; start again without it.',
    });
  }
  return { at: time, rank: Number(rank), id: Number(id) };
}
