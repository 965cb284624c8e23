import { Injectable } from '@nestjs/common';
import { Clock } from '#common';
import { Database } from '#database';
import { DeliveryRepository, formatMessageId, type RefusedMessage } from '#sending';
import { classifyRelayRefusal } from './bounce/relay-verdict.js';
import { type NewFeedback, withoutAddresses } from './feedback.js';
import { FeedbackRepository } from './feedback.repository.js';

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

function toFeedback({ dispatchId, contactId, attempt, reply, settledAt }: RefusedMessage): NewFeedback {
  const key = { dispatchId, contactId };
  const [, code, status] = /^(\d{3})(?: (\d\.\d{1,3}\.\d{1,3}))?/.exec(reply) ?? [];
  const verdict = classifyRelayRefusal({
    status: status ?? null,
    code: code === undefined ? null : Number(code),
    diagnostic: reply,
  });
  return {
    source: 'relay',
    sourceEventId: `${formatMessageId(key)}/${attempt}`,
    kind: 'bounced',
    key,
    // A refusal is a failure, whatever its words; without any sign the address is not blamed.
    bounceClass: verdict.class === 'hard' || verdict.class === 'soft' ? verdict.class : 'block',
    reason: verdict.reason,
    status: status ?? null,
    detail: withoutAddresses(reply),
    occurredAt: settledAt,
  };
}
