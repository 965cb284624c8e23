import { Injectable } from '@nestjs/common';
import { AuditTrail } from '#access';
import { Clock, DomainError, formatId } from '#common';
import { type Sender, SendersService } from '#consent';
import { Database } from '#database';
import { PacingTime } from './pacing-time.js';
import { defaultCeilings, domainOf, type WarmUp, warmUpToday, type WarmUpToday } from './warm-up.js';
import { WarmUpRepository } from './warm-up.repository.js';

/** A warm-up as it stands; `today` is null once the plan is over. */
export interface WarmUpStatus extends WarmUp {
  today: WarmUpToday | null;
}

/** Sender domains that are new to the mailbox providers. */
@Injectable()
export class WarmUpsService {
  constructor(
    private readonly db: Database,
    private readonly repository: WarmUpRepository,
    private readonly senders: SendersService,
    private readonly audit: AuditTrail,
    private readonly time: PacingTime,
    private readonly clock: Clock,
  ) {}

  /**
   * The warm-up of the domain a sender writes from; null: it has none.
   * @throws DomainError SENDER_NOT_FOUND
   */
  async find(senderId: number): Promise<WarmUpStatus | null> {
    const domain = domainOf((await this.senders.get(senderId)).fromEmail);
    if (domain === null) return null;
    const { now, warmUps } = await this.repository.read([domain], this.time.now());
    const [warmUp] = warmUps;
    return warmUp ? { ...warmUp, today: warmUpToday(warmUp, now) } : null;
  }

  /** @throws DomainError SENDER_NOT_FOUND, WARM_UP_NOT_FOUND */
  async get(senderId: number): Promise<WarmUpStatus> {
    const status = await this.find(senderId);
    if (!status) throw noWarmUp();
    return status;
  }

  /**
   * Begins to warm up the domain a sender writes from, or changes the plan of one that has begun: the days it had count.
   * @throws DomainError SENDER_NOT_FOUND, SENDER_WITHOUT_DOMAIN
   */
  async set(senderId: number, ceilings: readonly number[] | undefined, actor: string): Promise<WarmUpStatus> {
    await this.db.transaction(async () => {
      const domain = this.#domainOf(await this.senders.get(senderId));
      await this.repository.save(domain, senderId, ceilings ?? defaultCeilings, this.clock.now());
      await this.audit.record(actor, 'sender.warm-up-set', formatId('sender', senderId), { domain });
    });
    return this.get(senderId);
  }

  /** Ends a warm-up before its plan does: nothing of it limits the domain any more. @throws DomainError WARM_UP_NOT_FOUND */
  async end(senderId: number, actor: string): Promise<void> {
    await this.db.transaction(async () => {
      const domain = domainOf((await this.senders.get(senderId)).fromEmail);
      if (domain === null || !(await this.repository.delete(domain))) throw noWarmUp();
      await this.audit.record(actor, 'sender.warm-up-ended', formatId('sender', senderId), { domain });
    });
  }

  #domainOf(sender: Sender): string {
    const domain = domainOf(sender.fromEmail);
    if (domain !== null) return domain;
    throw new DomainError({
      kind: 'unprocessable',
      code: 'SENDER_WITHOUT_DOMAIN',
      message: 'The sender has no fromEmail, so there is no domain to warm up. Fill it in first.',
    });
  }
}

function noWarmUp(): DomainError {
  return new DomainError({
    kind: 'not_found',
    code: 'WARM_UP_NOT_FOUND',
    message: 'The domain of this sender is not being warmed up. PUT a plan to begin.',
  });
}
