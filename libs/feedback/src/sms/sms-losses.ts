import { Injectable } from '@nestjs/common';
import { Clock } from '#common';
import { type MessageFacts, SecondTryRepository } from '#sending';
import { type Feedback } from '../feedback.js';
import { PROVIDER } from './twilio-call.js';

/** The carrier did not deliver it and does not know why (Twilio's error 30008). */
const LOST = '30008';

/** What a carrier lost for no reason it knows is tried once more: the provider's last word proves that it did not arrive. */
@Injectable()
export class SmsLosses {
  constructor(
    private readonly secondTries: SecondTryRepository,
    private readonly clock: Clock,
  ) {}

  isLoss({ source, kind, channel, status }: Feedback): boolean {
    return source === PROVIDER && kind === 'bounced' && channel === 'sms' && status === LOST;
  }

  /** Before the message is locked, in the same transaction. */
  lock(dispatchId: number): Promise<void> {
    return this.secondTries.lockDispatch(dispatchId);
  }

  /** Whether it is of an attempt that was tried again since: what is told of that is known, and not of the last one. */
  isOutdated({ source, sourceEventId }: Feedback, { earlierSid }: MessageFacts): boolean {
    return source === PROVIDER && earlierSid !== null && sidOf(sourceEventId) === earlierSid;
  }

  /** @returns false when the message failed for good: it was tried twice, or may be tried no more. */
  async tryAgain({ dispatchId, contactId, sourceEventId, occurredAt }: Feedback): Promise<boolean> {
    if (dispatchId === null || contactId === null) return false;
    const lost = { dispatchId, contactId, sid: sidOf(sourceEventId), lostAt: occurredAt };
    return this.secondTries.begin(lost, this.clock.now());
  }
}

/** An event of a message is named by the message and its status. */
function sidOf(sourceEventId: string): string {
  return sourceEventId.split('/')[0] ?? '';
}
