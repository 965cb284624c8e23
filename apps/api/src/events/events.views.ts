import { formatId, parseId } from '#common';
import { type ContactKey } from '#contacts';
import { type PersonEvent, type Telling, type ToldEvent } from '#events';
import { type BatchView, type EventView, type TellEvent } from './events.schemas.js';

/** What a caller told, as the events room takes it. */
export function toToldEvent({
  contact,
  name,
  source,
  key,
  occurredAt,
  data,
}: Omit<TellEvent, 'createContact'>): ToldEvent {
  return {
    ...{ contact: toContactKey(contact), name, data, source: source ?? '', key: key ?? null },
    occurredAt: occurredAt === undefined ? null : new Date(occurredAt),
  };
}

function toContactKey(contact: TellEvent['contact']): ContactKey {
  if ('id' in contact) return { by: 'id', value: parseId('contact', contact.id) };
  if ('externalId' in contact) return { by: 'externalId', value: contact.externalId };
  if ('email' in contact) return { by: 'email', value: contact.email };
  return { by: 'phone', value: contact.phone };
}

export function toEventView(event: PersonEvent): EventView {
  return {
    id: formatId('personEvent', event.id),
    contactId: formatId('contact', event.contactId),
    ...{ name: event.name, source: event.source || null, key: event.key, data: { ...event.data } },
    occurredAt: event.occurredAt.toISOString(),
    receivedAt: event.receivedAt.toISOString(),
  };
}

export function toBatchView(tellings: readonly Telling[]): BatchView {
  const count = (state: Telling['state']): number => tellings.filter(one => one.state === state).length;
  return {
    ...{ stored: count('stored'), repeated: count('repeated'), refused: count('refused') },
    items: tellings.map(telling =>
      telling.state === 'refused'
        ? { state: telling.state, id: null, problem: { code: telling.code, message: telling.message } }
        : { state: telling.state, id: formatId('personEvent', telling.event.id), problem: null },
    ),
  };
}
