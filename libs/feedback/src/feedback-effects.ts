import { Injectable } from '@nestjs/common';
import { type Channel, formatId } from '#common';
import { type SuppressionReason, SuppressionsService } from '#consent';
import { formatMessageId } from '#sending';
import { type OutgoingEventKind, OutgoingEvents } from '#webhooks';
import { type Feedback, type FeedbackKind } from './feedback.js';
import { CARRIER_STOP } from './withdrawal-methods.js';

/** As what it is told to webhooks. */
const toldOf: Partial<Record<FeedbackKind, OutgoingEventKind>> = {
  bounced: 'message.bounced',
  complained: 'message.complained',
  opted_out: 'message.replied',
  replied: 'message.replied',
};

/** What several kinds of feedback do alike: tell whoever listens, and keep an address from being written to. */
@Injectable()
export class FeedbackEffects {
  constructor(
    private readonly suppressions: SuppressionsService,
    private readonly outgoing: OutgoingEvents,
  ) {}

  /** Lets whoever listens by webhook know, if and only if this transaction commits. */
  async tell(feedback: Feedback): Promise<void> {
    const { kind, bounceClass, reason, status, id, dispatchId, contactId, occurredAt } = feedback;
    const told = kind === 'opted_out' && reason === CARRIER_STOP ? 'message.bounced' : toldOf[kind];
    if (!told || dispatchId === null || contactId === null) return;
    const payload = { bounceClass, reason: kind === 'replied' ? null : reason, status };
    const subject = {
      messageId: formatMessageId({ dispatchId, contactId }),
      feedbackId: formatId('feedback', id),
    };
    await this.outgoing.emit([{ kind: told, contactId, subject, payload, occurredAt }]);
  }

  /** @param senderId null: whoever sends */
  async suppress(
    { id, contactId, occurredAt }: Feedback,
    channel: Channel,
    addressHash: Buffer,
    senderId: number | null,
    reason: SuppressionReason,
  ): Promise<void> {
    const source = formatId('feedback', id);
    await this.suppressions.addHash(channel, addressHash, senderId, reason, source);
    const subject = {
      feedbackId: source,
      ...(senderId === null ? {} : { senderId: formatId('sender', senderId) }),
    };
    const payload = { channel, reason };
    await this.outgoing.emit([{ kind: 'address.suppressed', contactId, subject, payload, occurredAt }]);
  }
}
