import { Injectable } from '@nestjs/common';
import { AuditTrail } from '#access';
import { AddressHasher, formatId } from '#common';
import { PhoneConsentsService, type SaidByPhone, SuppressionsService } from '#consent';
import { type Feedback, type HeldReason } from '../feedback.js';
import { FeedbackEffects } from '../feedback-effects.js';
import { FeedbackMetrics } from '../feedback-metrics.js';
import { InboundSmsRepository } from './inbound-sms.repository.js';

/** What proves an SMS that came, beside its words. */
export interface SmsProof {
  messageSid: string;
  /** Our number. */
  to: string;
}

/** What a person can take back by asking to start: their own stop, or what nobody had understood. */
const liftedByStart = ['unsubscribed', 'carrier', 'unclear'] as const;

/** What follows from what people ask for by SMS, for one sender. Call it in the transaction that keeps what they wrote. */
@Injectable()
export class SmsRequests {
  constructor(
    private readonly hasher: AddressHasher,
    private readonly repository: InboundSmsRepository,
    private readonly suppressions: SuppressionsService,
    private readonly phones: PhoneConsentsService,
    private readonly effects: FeedbackEffects,
    private readonly metrics: FeedbackMetrics,
    private readonly audit: AuditTrail,
  ) {}

  /**
   * What was kept, the moment it came.
   * @returns whether it changed anything: a start with nothing to start may be an answer to something else
   */
  async act(feedback: Feedback, from: string, actor: string, proof: SmsProof): Promise<boolean> {
    const hash = this.hasher.hash('sms', from);
    this.metrics.told(feedback);
    await this.effects.tell(feedback);
    // Whoever writes can be reached.
    await this.suppressions.liftHash('sms', hash, null, ['unreachable'], 'An SMS came from it.', actor);
    switch (feedback.kind) {
      case 'opted_out':
        await this.#stop(feedback, hash, actor, proof);
        return true;
      case 'opted_in':
        return this.#start(feedback, from, hash, actor, proof);
      default:
        if (feedback.state === 'held')
          await this.effects.suppress(feedback, 'sms', hash, feedback.senderId, 'unclear');
        return true;
    }
  }

  /** What a person read, and says that it is to be acted upon. @returns why nothing could be done, if so */
  async actOn(feedback: Feedback, actor: string): Promise<HeldReason | null> {
    if (feedback.from === null) return 'UNPROVEN';
    this.metrics.told(feedback);
    await this.#stop(feedback, this.hasher.hash('sms', feedback.from), actor);
    return null;
  }

  /** What a person read and found harmless. Sending goes on, unless something else is still to be read. */
  async dismiss({ id, from, senderId }: Feedback, why: string, actor: string): Promise<void> {
    if (from === null || senderId === null || (await this.repository.hasOtherHeld(id, from, senderId)))
      return;
    await this.suppressions.liftHash('sms', this.hasher.hash('sms', from), senderId, ['unclear'], why, actor);
  }

  async #stop(feedback: Feedback, hash: Buffer, actor: string, proof?: SmsProof): Promise<void> {
    const { id, senderId } = feedback;
    await this.suppressions.addHash('sms', hash, senderId, 'unsubscribed', formatId('feedback', id));
    const said = saidBy(feedback, hash, actor, proof);
    if (said) await this.phones.stop('sms_stop', said);
  }

  async #start(
    feedback: Feedback,
    from: string,
    hash: Buffer,
    actor: string,
    proof: SmsProof,
  ): Promise<boolean> {
    const { senderId, detail } = feedback;
    if (senderId === null) return false;
    const why = 'The person asked by SMS for messages again.';
    const lifted = await this.suppressions.liftHash('sms', hash, senderId, liftedByStart, why, actor);
    // What was unclear before is clear now.
    for (const id of await this.repository.dismissHeld(from, senderId, feedback.occurredAt))
      await this.audit.record(actor, 'feedback.dismissed', formatId('feedback', id), { why });
    const said = saidBy(feedback, hash, actor, proof);
    const granted = said ? await this.phones.start(said, { textShown: detail ?? 'START' }) : 0;
    return lifted + granted > 0;
  }
}

/** null: nobody whom we know, and then there is nothing in the ledger. */
function saidBy(
  { id, source, contactId, senderId, occurredAt }: Feedback,
  addressHash: Buffer,
  actor: string,
  proof?: SmsProof,
): SaidByPhone | null {
  if (contactId === null || senderId === null) return null;
  return {
    ...{ contactId, addressHash, senderId, actor, occurredAt },
    source: `${formatId('feedback', id)} (${source})`,
    more: proof && { messageSid: proof.messageSid, to: proof.to },
  };
}
