import { createHash } from 'node:crypto';
import { type ProviderEvent } from './provider.js';

/** An id made of what stays the same when the provider tells an event again. */
export function hashedEventId(...parts: (string | number | null)[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url');
}

/** The provider's own id of an event, where it is one; anything odd is hashed into the form of one. */
export function eventIdOf(given: string | null, ...otherwise: (string | number | null)[]): string {
  if (given === null) return hashedEventId(...otherwise);
  return /^[\x21-\x7e]{1,200}$/.test(given) ? given : hashedEventId('given', given);
}

/** Each event once, the first of those that bear the same id. */
export function onceEach(events: ProviderEvent[]): ProviderEvent[] {
  const seen = new Set<string>();
  return events.filter(({ eventId }) => !seen.has(eventId) && seen.add(eventId));
}

/** An event that says nothing yet but which, when and whose. */
export function bareEvent(
  provider: string,
  eventId: string,
  kind: ProviderEvent['kind'],
  occurredAt: Date,
): ProviderEvent {
  return {
    ...{ provider, eventId, kind, occurredAt, recipient: null, messageId: null, providerMessageId: null },
    ...{ status: null, code: null, diagnostic: null, bounceType: null, feedbackType: null, machine: null },
    ...{ url: null, userAgent: null, ip: null },
  };
}
