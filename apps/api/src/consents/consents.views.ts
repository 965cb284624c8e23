import { formatId, type IdKind } from '#common';
import { type ConsentEvent, type ConsentState } from '#consent';
import { type ConsentEventView, type ConsentStateView } from './consents.schemas.js';

function idOrNull(kind: IdKind, id: number | null): string | null {
  return id === null ? null : formatId(kind, id);
}

export function toEventView(event: ConsentEvent): ConsentEventView {
  return {
    ...event,
    id: formatId('consentEvent', event.id),
    contactId: formatId('contact', event.contactId),
    senderId: idOrNull('sender', event.senderId),
    topicId: idOrNull('topic', event.topicId),
    textHash: event.textHash?.toString('hex') ?? null,
    occurredAt: event.occurredAt.toISOString(),
    recordedAt: event.recordedAt.toISOString(),
    expiresAt: event.expiresAt?.toISOString() ?? null,
  };
}

export function toStateView(state: ConsentState): ConsentStateView {
  return {
    ...state,
    topicId: formatId('topic', state.topicId),
    eventId: formatId('consentEvent', state.eventId),
    since: state.since.toISOString(),
    expiresAt: state.expiresAt?.toISOString() ?? null,
  };
}
