import { Injectable } from '@nestjs/common';
import { formatId } from '#common';
import { PhoneConsentsService } from '#consent';
import { type MessageFacts, SmsClosuresService } from '#sending';
import { type Feedback } from '../feedback.js';
import { FeedbackEffects } from '../feedback-effects.js';
import { SmsBounceRepository } from './sms-bounce.repository.js';

/** Messages that find nobody behind a number, one after the other, before it counts as given up. */
const GIVEN_UP = 2;
/** Messages of one sender that a carrier blocks before that sender stops. */
const BLOCKED = 2;
/** Messages within so many days before a phone that is off is left alone for a while. */
const UNREACHABLE = { times: 3, days: 14 };
const DAY_MS = 24 * 3_600_000;
/** A landline, or a carrier without SMS (Twilio's error 30006). */
const NO_SMS = '30006';

/** What a failed SMS means for the phone it went to, and for what was agreed to for it. */
@Injectable()
export class SmsBounces {
  constructor(
    private readonly repository: SmsBounceRepository,
    private readonly effects: FeedbackEffects,
    private readonly phones: PhoneConsentsService,
    private readonly closures: SmsClosuresService,
  ) {}

  /** Call it in the transaction that settles what was told; of a block it knows nothing. */
  async act(feedback: Feedback, { addressHash, senderId }: MessageFacts, actor: string): Promise<void> {
    if (addressHash === null) return;
    switch (feedback.reason) {
      case 'invalid':
        await this.effects.suppress(feedback, 'sms', addressHash, null, 'hard_bounce');
        if (feedback.status === NO_SMS) await this.#void(feedback, addressHash, actor);
        return;
      case 'changed_hands':
        if ((await this.repository.count(feedback, addressHash, null, null)) < GIVEN_UP) return;
        await this.effects.suppress(feedback, 'sms', addressHash, null, 'hard_bounce');
        await this.#void(feedback, addressHash, actor);
        return;
      case 'blocked':
        if ((await this.repository.count(feedback, addressHash, senderId, null)) >= BLOCKED)
          await this.effects.suppress(feedback, 'sms', addressHash, senderId, 'carrier');
        return;
      case 'unreachable': {
        const since = new Date(feedback.occurredAt.getTime() - UNREACHABLE.days * DAY_MS);
        if ((await this.repository.count(feedback, addressHash, null, since)) >= UNREACHABLE.times)
          await this.effects.suppress(feedback, 'sms', addressHash, null, 'unreachable');
        return;
      }
      default:
        // Of all else it is kept that it happened.
        return;
    }
  }

  /** It was refused for a setting of ours: the country may be closed to us. */
  async blocked({ contactId, status }: Feedback, { senderId, allowedAt }: MessageFacts): Promise<void> {
    if (contactId === null || status === null || !/^\d{5}$/.test(status)) return;
    await this.closures.reported({ contactId, senderId, code: Number(status), sentAt: allowedAt });
  }

  /** The person said stop to their carrier: nothing of the sender's arrives there any more, and none is sent. */
  async stopped(feedback: Feedback, { addressHash, senderId }: MessageFacts, actor: string): Promise<void> {
    const { id, contactId, source, status, occurredAt } = feedback;
    if (addressHash === null || contactId === null) return;
    await this.effects.suppress(feedback, 'sms', addressHash, senderId, 'carrier');
    await this.phones.stop('carrier_stop', {
      ...{ contactId, addressHash, senderId, actor, occurredAt },
      source: `${formatId('feedback', id)} (${source})`,
      more: { error: status },
    });
  }

  async #void(
    { id, contactId, source, occurredAt }: Feedback,
    addressHash: Buffer,
    actor: string,
  ): Promise<void> {
    if (contactId === null) return;
    await this.phones.voidAll({
      ...{ contactId, addressHash, actor, occurredAt },
      source: `${formatId('feedback', id)} (${source})`,
    });
  }
}
