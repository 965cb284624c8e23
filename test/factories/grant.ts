import { type Grant } from '#consent';

/**
 * Something with a grant's face, for tests of what stands behind the gate. The real one is minted by libs/consent
 * alone, which is the point of it; nothing outside test/ may do this.
 */
export function grantFor(address: string, channel: Grant['channel'] = 'email'): Grant {
  return {
    contactId: 1,
    channel,
    address,
    messageClass: 'marketing',
    consentEventId: 1,
    basis: 'express',
    lawPack: 'test',
  } as unknown as Grant;
}
