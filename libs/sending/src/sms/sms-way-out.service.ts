import { Injectable } from '@nestjs/common';
import { TokenSigner } from '#common';
import { type SubscriptionLink } from '#consent';
import { DispatchRepository } from '../dispatch.repository.js';
import { MessageRepository } from '../message.repository.js';
import { readSmsToken } from './sms-token.js';

/** Whom the short link in an SMS speaks for: too long for a text message, its fingerprint stands in the ledger instead. */
@Injectable()
export class SmsWayOuts {
  constructor(
    private readonly signer: TokenSigner,
    private readonly messages: MessageRepository,
    private readonly dispatches: DispatchRepository,
  ) {}

  /** null for a token that is none of ours, and of a person who was erased since: nobody writes to them again. */
  async read(token: string): Promise<SubscriptionLink | null> {
    const key = readSmsToken(this.signer, 'way-out', token);
    if (!key) return null;
    const message = await this.messages.find(key);
    const dispatch = message && (await this.dispatches.find(key.dispatchId));
    if (!dispatch || message.addressHash === null) return null;
    const { contactId, addressHash } = message;
    return { contactId, channel: 'sms', topicId: dispatch.topicId, addressHash, dispatchId: dispatch.id };
  }
}
