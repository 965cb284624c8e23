import { Injectable } from '@nestjs/common';
import {
  ADDRESS_HASH_BYTES,
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

/** Makes and reads the tokens in unsubscribe and preference links. They never expire (CASL asks 60 days at least). */
@Injectable()
export class SubscriptionLinks {
  constructor(private readonly signer: TokenSigner) {}

  sign(link: SubscriptionLink): string {
    const numbers = [channels.indexOf(link.channel), link.contactId, link.topicId, link.dispatchId];
    return this.signer.sign(PURPOSE, Buffer.concat([encodeVarints(numbers), link.addressHash]));
  }

  /** null for anything we did not sign; malformed and forged look the same. */
  read(token: string): SubscriptionLink | null {
    const payload = this.signer.verify(PURPOSE, token);
    const decoded = payload && decodeVarints(payload, 4);
    if (!decoded || decoded.rest.length !== ADDRESS_HASH_BYTES) return null;
    const [channelNumber = -1, contactId = 0, topicId = 0, dispatchId = 0] = decoded.values;
    const channel = channels[channelNumber];
    return channel ? { contactId, channel, topicId, dispatchId, addressHash: decoded.rest } : null;
  }
}
