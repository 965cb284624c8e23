import { DomainError, type ErrorKind, formatId } from '#common';
import { eventLimits, type PersonEvent, type ToldEvent } from './person-event.js';

export type Refusal = { state: 'refused'; code: string; message: string };

const refusal = (code: string, message: string): Refusal => ({ state: 'refused', code, message });

/** What keeps an event from being stored, whoever it is about; null: nothing. */
export function faultOf({ occurredAt, data }: ToldEvent, now: Date): Refusal | null {
  const at = (occurredAt ?? now).getTime();
  if (at > now.getTime() + eventLimits.aheadMs) {
    const message = `occurredAt is more than ${eventLimits.aheadMs / 60_000} minutes ahead of our clock. Tell of an event once it happened.`;
    return refusal('EVENT_IN_FUTURE', message);
  }
  if (at < eventLimits.earliest.getTime())
    return refusal('EVENT_TOO_OLD', 'occurredAt is before the year 2000; the clock that told it is broken.');
  const bytes = Buffer.byteLength(JSON.stringify(data));
  if (bytes > eventLimits.bytes) {
    const message = `data has ${bytes} bytes; at most ${eventLimits.bytes} are kept. Tell an id, and keep the rest yourself.`;
    return refusal('EVENT_DATA_TOO_LARGE', message);
  }
  return null;
}

export const contactUnknown = refusal(
  'CONTACT_NOT_FOUND',
  'There is no such contact. Create the contact first, or say createContact: true.',
);

export function keyConflict({ id }: PersonEvent): Refusal {
  return refusal(
    'EVENT_KEY_CONFLICT',
    `Another event was told under this key (${formatId('personEvent', id)}). A key stands for one event with one content.`,
  );
}

const kinds: Record<string, ErrorKind> = { EVENT_KEY_CONFLICT: 'conflict', EVENT_DATA_TOO_LARGE: 'invalid' };
const paths: Record<string, string> = {
  ...{ EVENT_KEY_CONFLICT: 'key', EVENT_DATA_TOO_LARGE: 'data' },
  ...{ EVENT_IN_FUTURE: 'occurredAt', EVENT_TOO_OLD: 'occurredAt' },
};

/** The refusal of a single event as an error. */
export function refusedEvent({ code, message }: Refusal): DomainError {
  const path = paths[code] ?? 'contact';
  return new DomainError({
    kind: kinds[code] ?? 'unprocessable',
    code,
    message,
    details: [{ path, code, message }],
  });
}
