import { Injectable } from '@nestjs/common';
import { Clock } from '#common';
import { Database } from '#database';
import { type Evidence } from './consent-event.js';
import { ConsentStateRepository } from './consent-state.repository.js';
import { ConsentsService } from './consents.service.js';
import { LedgerRepository } from './ledger.repository.js';
import { PhoneConsentRepository } from './phone-consent.repository.js';

/** A stop that came by SMS, from the person or by way of their carrier. A start undoes no other withdrawal. */
const stopMethods = ['sms_stop', 'carrier_stop'] as const;
export type StopMethod = (typeof stopMethods)[number];

/** What was said by SMS, or of a phone, to one sender. */
export interface SaidByPhone {
  contactId: number;
  /** Of the phone, of the newest generation of keys. */
  addressHash: Buffer;
  senderId: number;
  /** Where more of it is kept, e.g. `fbk_12 (twilio)`. */
  source: string;
  /** Anything further that proves it: the message's id, the number it came to. */
  more?: Record<string, unknown> | undefined;
  actor: string;
  occurredAt: Date;
}

/** What a stop, a start and a number's change of hands do to the permissions to write to a phone. */
@Injectable()
export class PhoneConsentsService {
  constructor(
    private readonly db: Database,
    private readonly repository: PhoneConsentRepository,
    private readonly consents: ConsentsService,
    private readonly ledger: LedgerRepository,
    private readonly projection: ConsentStateRepository,
    private readonly clock: Clock,
  ) {}

  /**
   * Withdraws everything of the sender by SMS, and notes in the evidence what was granted until then. Whoever has another
   * phone now did not say it: then nothing is recorded.
   */
  async stop(method: StopMethod, said: SaidByPhone): Promise<void> {
    const { contactId, addressHash, senderId, source, more, actor, occurredAt } = said;
    await this.db.transaction(async () => {
      if (!(await this.#isTheirs(contactId, addressHash))) return;
      const granted = await this.repository.granted(contactId, senderId, this.clock.now());
      await this.consents.withdraw({
        contactId,
        addressHash: { channel: 'sms', hash: addressHash },
        scope: { kind: 'channel', channel: 'sms', senderId },
        evidence: { method, source, more: { ...more, granted } },
        ...{ actor, occurredAt },
      });
    });
  }

  /**
   * Grants anew, by new events, what was granted until a stop by SMS took it back. It is the person's own clear act, from the
   * phone itself: so strong as what it renews, and at least express.
   * @param evidence what they wrote, and in which language
   * @returns how many topics are granted now because of it
   */
  async start(said: SaidByPhone, evidence: Pick<Evidence, 'textShown' | 'locale'>): Promise<number> {
    const { contactId, addressHash, senderId, source, more, actor, occurredAt } = said;
    return this.db.transaction(async () => {
      if (!(await this.#isTheirs(contactId, addressHash))) return 0;
      const topics = await this.repository.stopped(contactId, senderId, stopMethods);
      let granted = 0;
      for (const { topicId, basis } of topics) {
        const { effective } = await this.consents.grant({
          ...{ contactId, channel: 'sms', topicId, actor, occurredAt, expiresAt: null },
          basis: basis === 'double_opt_in' ? basis : 'express',
          evidence: { ...evidence, method: 'sms_start', source, more },
        });
        if (effective) granted++;
      }
      return granted;
    });
  }

  /** Voids what was agreed to for a phone that its owner gave up: whoever has it now agreed to nothing. */
  async voidAll({
    contactId,
    addressHash,
    source,
    actor,
    occurredAt,
  }: Omit<SaidByPhone, 'senderId'>): Promise<void> {
    await this.db.transaction(async () => {
      // Of another phone than theirs nothing is left to void.
      if ((await this.ledger.addressHashOf(contactId, 'sms'))?.equals(addressHash) !== true) return;
      const ids = await this.ledger.append(
        [
          {
            ...{ contactId, addressHash, channel: 'sms', senderId: null, topicId: null, action: 'voided' },
            ...{ basis: null, evidence: { method: 'number_changed_hands', source }, actor, occurredAt },
            expiresAt: null,
          },
        ],
        this.clock.now(),
      );
      await this.projection.projectVoided(ids);
    });
  }

  /** Whether the contact has this phone, or is gone. */
  async #isTheirs(contactId: number, addressHash: Buffer): Promise<boolean> {
    const current = await this.ledger.addressHashOf(contactId, 'sms');
    return current === undefined || current?.equals(addressHash) === true;
  }
}
