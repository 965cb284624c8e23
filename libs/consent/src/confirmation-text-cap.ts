import { Inject, Injectable } from '@nestjs/common';
import { AuditTrail, RateLimits } from '#access';
import { Clock, formatId, LOGGER, type Logger } from '#common';
import { CONFIG, type Config } from '#config';
import { OutgoingEvents } from '#webhooks';

const HOUR_MS = 3_600_000;
/** Who withholds, as the audit trail names it. */
const CAP = 'confirmation-text-cap';

/**
 * How many SMS that ask to confirm a sender sends in an hour. Programs that type strangers' or premium numbers into a form are
 * paid by the message ("number pumping"): what is above the cap is not asked, also later. Whoever signs up sees the same.
 */
@Injectable()
export class ConfirmationTextCap {
  constructor(
    private readonly limits: RateLimits,
    private readonly outgoing: OutgoingEvents,
    private readonly audit: AuditTrail,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Counts one; false when the hour has had its share, which the operator is told once an hour. In a transaction. */
  async take(senderId: number): Promise<boolean> {
    const most = this.config.SIGN_UP_SMS_PER_HOUR;
    const key = String(senderId);
    if (await this.limits.take({ kind: 'confirmation-sms', most, windowMs: HOUR_MS }, key)) return true;
    const isNews = await this.limits.take({ kind: 'confirmation-sms-told', most: 1, windowMs: HOUR_MS }, key);
    if (isNews) await this.#tell(formatId('sender', senderId), most);
    return false;
  }

  async #tell(senderId: string, perHour: number): Promise<void> {
    this.logger.warn(
      { sender: senderId, perHour },
      'no more SMS ask to confirm in this hour: the cap is reached',
    );
    await this.audit.record(CAP, 'sign-up.sms-capped', senderId, { perHour });
    await this.outgoing.emit([
      {
        ...{ kind: 'sign_up.sms_capped', contactId: null, subject: { senderId }, payload: { perHour } },
        occurredAt: this.clock.now(),
      },
    ]);
  }
}
