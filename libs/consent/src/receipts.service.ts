import { Inject, Injectable } from '@nestjs/common';
import { LOGGER, type Logger } from '#common';
import { type ConsentEvent } from './consent-event.js';
import { ConsentsService } from './consents.service.js';
import { usable } from './law-in-force.js';
import { LedgerSealRepository } from './ledger-seal.repository.js';
import { type Receipt, type SenderIdentity, toReceipt } from './receipt.js';
import { ReceiptRepository } from './receipt.repository.js';
import { applicable, rightsRules } from './rights-law.js';

/** Receipts of consent, made of what was stored then: a sender that moves does not change what was handed out. */
@Injectable()
export class ReceiptsService {
  constructor(
    private readonly consents: ConsentsService,
    private readonly seals: LedgerSealRepository,
    private readonly repository: ReceiptRepository,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** @throws DomainError CONSENT_EVENT_NOT_FOUND */
  async receipt(eventId: number): Promise<Receipt> {
    const event = await this.consents.event(eventId);
    const senders = await this.repository.sendersAt(event.senderId, event.recordedAt);
    const [link = null] = await this.seals.linksOf([eventId]);
    return toReceipt({
      event,
      digest: (await this.seals.digestOf(eventId)) ?? '',
      link,
      senders,
      topics: await this.repository.topicsAt(
        event.topicId,
        senders.map(({ id }) => id),
        event.recordedAt,
      ),
      retention: await this.#retention(event, senders),
    });
  }

  /** The longest retention of the laws that applied when it was recorded. */
  async #retention(
    { evidence, recordedAt }: ConsentEvent,
    senders: readonly SenderIdentity[],
  ): Promise<{ months: number; laws: string[] }> {
    const overrides = usable(await this.repository.overridesAt(recordedAt), this.logger);
    const rules = rightsRules(overrides, recordedAt);
    const own = typeof evidence['country'] === 'string' ? evidence['country'] : null;
    const applying = applicable(rules, { own: [own], senders: senders.map(({ country }) => country) });
    const laws = [...new Set(applying.map(({ law }) => law))].sort();
    return { months: Math.max(...applying.map(({ proofMonths }) => proofMonths)), laws };
  }
}
