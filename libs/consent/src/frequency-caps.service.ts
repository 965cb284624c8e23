import { Injectable } from '@nestjs/common';
import { AuditTrail } from '#access';
import { Clock, formatId } from '#common';
import { Database } from '#database';
import { type CapInForce, type FrequencyCap } from './frequency-cap.js';
import { ACCOUNT, FrequencyCapRepository } from './frequency-cap.repository.js';
import { SendersService } from './senders.service.js';

/**
 * How many marketing messages one person gets of a sender, over all its campaigns and sequences. The gate obeys from the
 * next attempt on: what is above the cap waits, and is not dropped.
 */
@Injectable()
export class FrequencyCapsService {
  constructor(
    private readonly db: Database,
    private readonly repository: FrequencyCapRepository,
    private readonly senders: SendersService,
    private readonly audit: AuditTrail,
    private readonly clock: Clock,
  ) {}

  /** What holds for a sender; for the whole account when null. @throws DomainError SENDER_NOT_FOUND */
  async get(senderId: number | null): Promise<CapInForce> {
    if (senderId !== null) await this.senders.get(senderId);
    return this.repository.inForce(senderId ?? ACCOUNT);
  }

  /**
   * Sets a sender's cap; null lets it write without one, whatever the account says. Without a sender: the cap of each
   * sender that has none of its own.
   * @throws DomainError SENDER_NOT_FOUND
   */
  set(senderId: number | null, cap: FrequencyCap | null, actor: string): Promise<CapInForce> {
    return this.#change(senderId, actor, { messages: cap?.messages ?? null, days: cap?.days ?? null }, () =>
      senderId === null && cap === null
        ? this.repository.remove(ACCOUNT)
        : this.repository.put(senderId ?? ACCOUNT, cap, this.clock.now()),
    );
  }

  /** The account's cap holds for this sender (again). @throws DomainError SENDER_NOT_FOUND */
  unset(senderId: number, actor: string): Promise<CapInForce> {
    return this.#change(senderId, actor, { asAccount: true }, () => this.repository.remove(senderId));
  }

  #change(
    senderId: number | null,
    actor: string,
    detail: Record<string, unknown>,
    work: () => Promise<void>,
  ): Promise<CapInForce> {
    return this.db.transaction(async () => {
      if (senderId !== null) await this.senders.get(senderId);
      await work();
      const subject = senderId === null ? 'account' : formatId('sender', senderId);
      await this.audit.record(actor, 'frequency_cap.changed', subject, detail);
      return this.repository.inForce(senderId ?? ACCOUNT);
    });
  }
}
