import { type Channel, DomainError } from '#common';
import { normalizeEmail, normalizePhone } from '#contacts';

/** An address as it is hashed: a lower-cased email or E.164. @throws DomainError ADDRESS_INVALID */
export function normalizedAddress(channel: Channel, address: string): string {
  const normal = channel === 'email' ? normalizeEmail(address) : normalizePhone(address, null);
  if (normal !== null) return normal;
  throw new DomainError({
    kind: 'invalid',
    code: 'ADDRESS_INVALID',
    message:
      channel === 'email'
        ? 'This is not an email address.'
        : 'This is not a phone number in E.164 form (+...).',
  });
}
