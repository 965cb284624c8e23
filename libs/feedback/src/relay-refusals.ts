import { Injectable } from '@nestjs/common';
import { Clock } from '#common';
import { Database } from '#database';
import { DeliveryRepository, formatMessageId, type RefusedMessage } from '#sending';
import { classifyRelayRefusal } from './bounce/relay-verdict.js';
import { type NewFeedback, withoutAddresses } from './feedback.js';
import { FeedbackRepository } from './feedback.repository.js';
import { judgeSms } from './sms/sms-verdict.js';

/** Refusals judged in one transaction. */
const AT_ONCE = 200;

/** What a relay refuses for good in the dialogue is a bounce like one that comes later; only of us it speaks more often. */
@Injectable()
export class RelayRefusals {
  constructor(
    private readonly db: Database,
    private readonly messages: DeliveryRepository,
    private readonly repository: FeedbackRepository,
    private readonly clock: Clock,
  ) {}

  /** @returns how many were judged; there may be more */
  judgeSome(): Promise<number> {
    return this.db.transaction(async () => {
      const refusals = await this.messages.takeRefused(AT_ONCE);
      await this.repository.insert(refusals.map(toFeedback), this.clock.now());
      return refusals.length;
    });
  }
}

function toFeedback(refusal: RefusedMessage): NewFeedback {
  const { dispatchId, contactId, attempt, channel, reply, settledAt } = refusal;
  const key = { dispatchId, contactId };
  return {
    ...{ source: 'relay', sourceEventId: `${formatMessageId(key)}/${attempt}`, key, channel },
    ...{ detail: withoutAddresses(reply), occurredAt: settledAt },
    ...(channel === 'sms' ? judgeSms(codeOf(reply)) : judgeMail(reply)),
  };
}

/** The provider's own number, with which its words begin; null when it had none. */
function codeOf(reply: string): number | null {
  const [, code] = /^(\d{5})\b/.exec(reply) ?? [];
  return code === undefined ? null : Number(code);
}

function judgeMail(reply: string): Pick<NewFeedback, 'kind' | 'bounceClass' | 'reason' | 'status'> {
  const [, code, status] = /^(\d{3})(?: (\d\.\d{1,3}\.\d{1,3}))?/.exec(reply) ?? [];
  const verdict = classifyRelayRefusal({
    status: status ?? null,
    code: code === undefined ? null : Number(code),
    diagnostic: reply,
  });
  return {
    kind: 'bounced',
    // A refusal is a failure, whatever its words; without any sign the address is not blamed.
    bounceClass: verdict.class === 'hard' || verdict.class === 'soft' ? verdict.class : 'block',
    reason: verdict.reason,
    status: status ?? null,
  };
}
