import { Injectable } from '@nestjs/common';
import { AuditTrail } from '#access';
import { Clock, DomainError, formatId, notFound } from '#common';
import { Database } from '#database';
import { SendersService } from './senders.service.js';
import { isTooLong, LONGEST_PAUSE_DAYS, type SubscriptionPreference } from './subscription-preference.js';
import { SubscriptionPreferenceRepository } from './subscription-preference.repository.js';

/** How often a contact wants to hear from a sender, and the pauses they take. The gate obeys from the next message on. */
@Injectable()
export class SubscriptionPreferencesService {
  constructor(
    private readonly db: Database,
    private readonly repository: SubscriptionPreferenceRepository,
    private readonly senders: SendersService,
    private readonly audit: AuditTrail,
    private readonly clock: Clock,
  ) {}

  /** @throws DomainError CONTACT_NOT_FOUND, SENDER_NOT_FOUND */
  async get(contactId: number, senderId: number): Promise<SubscriptionPreference> {
    const preference = await this.repository.find(contactId, senderId, this.clock.now());
    if (!preference) throw notFound('contact', formatId('contact', contactId));
    await this.senders.get(senderId);
    return preference;
  }

  /**
   * Changes what is given and leaves the rest; a pause that ends in the past is none.
   * @throws DomainError CONTACT_NOT_FOUND, SENDER_NOT_FOUND, PAUSE_TOO_LONG
   */
  async change(
    contactId: number,
    senderId: number,
    changes: Partial<SubscriptionPreference>,
    actor: string,
  ): Promise<SubscriptionPreference> {
    const now = this.clock.now();
    const { pausedUntil } = changes;
    if (pausedUntil && isTooLong(pausedUntil, now)) throw pauseTooLong();
    const isOver = pausedUntil && pausedUntil <= now;
    return this.db.transaction(async () => {
      await this.senders.get(senderId);
      const wanted = isOver ? { ...changes, pausedUntil: null } : changes;
      const changed = await this.repository.change(contactId, senderId, wanted, now);
      if (!changed) throw notFound('contact', formatId('contact', contactId));
      const preference = await this.get(contactId, senderId);
      await this.audit.record(actor, 'preferences.changed', formatId('contact', contactId), {
        ...{ sender: formatId('sender', senderId), frequency: preference.frequency },
        pausedUntil: preference.pausedUntil?.toISOString() ?? null,
      });
      return preference;
    });
  }
}

function pauseTooLong(): DomainError {
  return new DomainError({
    kind: 'unprocessable',
    code: 'PAUSE_TOO_LONG',
    message: `A pause lasts ${LONGEST_PAUSE_DAYS} days at most. Record a withdrawal for somebody who wants to hear nothing for longer.`,
  });
}
