import { Injectable } from '@nestjs/common';
import {
  ADDRESS_HASH_BYTES,
  AddressHasher,
  type Channel,
  channels,
  decodeVarints,
  encodeVarints,
  TokenSigner,
} from '#common';

const PURPOSE = 'subscription';

/** Whom a customer's link speaks for. It holds no address, only its keyed hash, and works after the contact is gone. */
export interface SubscriptionLink {
  contactId: number;
  channel: Channel;
  topicId: number;
  addressHash: Buffer;
  /** The dispatch whose message bore the link; 0 for a link that no message bore. */
  dispatchId: number;
}

/**
 * Makes and reads the tokens in unsubscribe and preference links. They never expire (CASL asks 60 days at least).
 *
 * Four numbers, then the fingerprint. Between them stands the generation of the fingerprint, but for the first, which
 * has none: links of old mails were made before there were generations. The lengths tell the two apart.
 */
@Injectable()
export class SubscriptionLinks {
  constructor(
    private readonly signer: TokenSigner,
    private readonly hasher: AddressHasher,
  ) {}

  /** @param link its address hash is of the newest generation, as everything in the database is. */
  sign(link: SubscriptionLink): string {
    const { generations } = this.hasher;
    const numbers = [channels.indexOf(link.channel), link.contactId, link.topicId, link.dispatchId];
    if (generations > 1) numbers.push(generations);
    return this.signer.sign(PURPOSE, Buffer.concat([encodeVarints(numbers), link.addressHash]));
  }

  /** null for anything we did not sign; malformed and forged look the same. The address hash is of the newest generation. */
  read(token: string): SubscriptionLink | null {
    const payload = this.signer.verify(PURPOSE, token);
    const decoded = payload && decodeVarints(payload, 4);
    if (!decoded) return null;
    const fingerprint = withGeneration(decoded.rest);
    if (!fingerprint) return null;
    const [channelNumber = -1, contactId = 0, topicId = 0, dispatchId = 0] = decoded.values;
    const channel = channels[channelNumber];
    const addressHash = this.hasher.upgrade(fingerprint.hash, fingerprint.generation);
    return channel ? { contactId, channel, topicId, dispatchId, addressHash } : null;
  }
}

function withGeneration(bytes: Buffer): { hash: Buffer; generation: number } | null {
  if (bytes.length === ADDRESS_HASH_BYTES) return { hash: bytes, generation: 1 };
  const decoded = decodeVarints(bytes, 1);
  if (decoded?.rest.length !== ADDRESS_HASH_BYTES) return null;
  return { hash: decoded.rest, generation: decoded.values[0] ?? 1 };
}
