import { Injectable } from '@nestjs/common';
import { AuditTrail } from '#access';
import { Clock } from '#common';
import { ContactsService } from '#contacts';
import { Database } from '#database';
import { type PurchaseFacts, type PurchaseScale } from './purchase-facts.js';
import { PurchaseFactsRepository } from './purchase-facts.repository.js';

/** What people's orders amount to, and how they compare with other customers. */
@Injectable()
export class PurchaseFactsService {
  constructor(
    private readonly db: Database,
    private readonly repository: PurchaseFactsRepository,
    private readonly contacts: ContactsService,
    private readonly audit: AuditTrail,
    private readonly clock: Clock,
  ) {}

  /** null: the person has bought nothing that counts. @throws DomainError CONTACT_NOT_FOUND */
  async of(contactId: number): Promise<PurchaseFacts | null> {
    await this.contacts.get(contactId);
    const row = await this.repository.of(contactId, this.clock.now());
    if (!row) return null;
    const { recency, frequency, value, ...facts } = row;
    const totals = facts.totals.map(({ total, average, ...more }) => ({
      ...{ ...more, total: BigInt(total), average: BigInt(average) },
    }));
    return { ...facts, totals, scores: { recency, frequency, value } };
  }

  scale(): Promise<PurchaseScale[]> {
    return this.repository.scale();
  }

  /** Sets these bounds and no others; what is not given follows the customers there are. In force when this returns. */
  async setScale(
    scales: readonly Pick<PurchaseScale, 'measure' | 'currency' | 'bounds'>[],
    actor: string,
  ): Promise<PurchaseScale[]> {
    return this.db.transaction(async () => {
      const now = this.clock.now();
      await this.repository.lockScale();
      await this.repository.replaceSet(scales, now);
      await this.repository.writeFifths(now);
      const set = scales.map(({ measure, currency }) =>
        currency === '' ? measure : `${measure} ${currency}`,
      );
      await this.audit.record(actor, 'purchase_scale.set', 'purchase_scale', { set });
      return this.repository.scale();
    });
  }

  /** Writes fifths of the customers there are. */
  async writeFifths(): Promise<void> {
    await this.db.transaction(async () => {
      await this.repository.lockScale();
      await this.repository.writeFifths(this.clock.now());
    });
  }
}
