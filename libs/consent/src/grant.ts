import { type Channel, type MessageClass } from '#common';

/**
 * The permission to send one message: for one address, channel and class, because the gate said yes a moment ago.
 * Transports ask for one and libs/consent alone can make it: the door exports only the type, and the private field
 * keeps a look-alike object from passing for it.
 */
export class Grant {
  readonly #minted = true;

  constructor(
    readonly contactId: number,
    readonly channel: Channel,
    readonly address: string,
    readonly messageClass: MessageClass,
    /** What allowed it: the consent event, its basis, and the law pack that was read. */
    readonly consentEventId: number,
    readonly basis: string,
    readonly lawPack: string,
  ) {}

  /** False for anything that only looks like a grant. */
  static isGenuine(value: unknown): value is Grant {
    return typeof value === 'object' && value !== null && #minted in value;
  }
}

/** False for anything that only looks like a grant: what a transport asks before it sends. */
export function isGenuineGrant(value: unknown): value is Grant {
  return Grant.isGenuine(value);
}
