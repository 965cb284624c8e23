import { type Grant } from '#consent';
import { Grant as Minted } from '../../libs/consent/src/grant.js';

/**
 * A real grant, for tests of what stands behind the gate. The door of libs/consent does not let the class out, which
 * is the point of it; this file alone reaches past it, and .dependency-cruiser.cjs says so.
 */
export function grantFor(address: string, channel: Grant['channel'] = 'email'): Grant {
  return new Minted(1, channel, address, 'marketing', 1, 'express', 'test');
}

/** Something with a grant's face, which no transport may take for one. */
export function forgedGrant(address: string): Grant {
  return { ...grantFor(address) } as unknown as Grant;
}
