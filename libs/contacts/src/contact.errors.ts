import { DomainError, type ErrorDetail } from '#common';
import { keyNameOf, type MatchKey } from './contact-profile.js';

/** What a second contact with the same key is refused with. */
export const takenCodes: Record<MatchKey, string> = {
  externalId: 'EXTERNAL_ID_TAKEN',
  email: 'EMAIL_TAKEN',
  phone: 'PHONE_TAKEN',
};

export function takenMessage(key: MatchKey): string {
  return (
    `This ${keyNameOf(key)} belongs to another contact. ` +
    `Find it with GET /v1/contacts?${key}=..., or clear it there first.`
  );
}

/** The unique constraints of the table, by what they keep unique. */
const keyOfConstraint: Record<string, MatchKey> = {
  contact_external_id_key: 'externalId',
  contact_email_key: 'email',
  contact_phone_key: 'phone',
};

export function keyTaken(constraint: string): MatchKey | null {
  return keyOfConstraint[constraint] ?? null;
}

export function takenError(key: MatchKey): DomainError {
  const message = takenMessage(key);
  const details = [{ path: key, code: takenCodes[key], message }];
  return new DomainError({ kind: 'conflict', code: takenCodes[key], message, details });
}

/** Everything wrong with a contact; the first problem gives the code. */
export function invalidContact(details: [ErrorDetail, ...ErrorDetail[]]): DomainError {
  const [{ path, code, message }] = details;
  const others = details.length > 1 ? ` (and ${details.length - 1} more)` : '';
  return new DomainError({ kind: 'invalid', code, message: `${path}: ${message}${others}`, details });
}

export const UNIDENTIFIED = {
  path: 'externalId',
  code: 'CONTACT_UNIDENTIFIED',
  message: 'A contact needs at least one of externalId, email and phone.',
};
