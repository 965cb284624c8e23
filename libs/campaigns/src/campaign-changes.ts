import { Injectable } from '@nestjs/common';
import { AuditTrail } from '#access';
import { Clock, formatId, notFound } from '#common';
import { brokenForeignKey, Database } from '#database';
import { type Campaign } from './campaign.entity.js';
import { unknownReference } from './campaign.errors.js';
import { CampaignRepository } from './campaign.repository.js';

/** The one way a campaign changes: on its locked row, with an entry in the audit trail. */
@Injectable()
export class CampaignChanges {
  constructor(
    private readonly db: Database,
    private readonly repository: CampaignRepository,
    private readonly audit: AuditTrail,
    private readonly clock: Clock,
  ) {}

  /** The row, held until the transaction ends. @throws DomainError CAMPAIGN_NOT_FOUND */
  async lock(id: number): Promise<Campaign> {
    const campaign = await this.repository.findForUpdate(id);
    if (!campaign) throw notFound('campaign', formatId('campaign', id));
    return campaign;
  }

  /** Every change of a campaign: decided on the locked row, so that two presses cannot both win. null: no change. */
  change(
    id: number,
    actor: string,
    action: string,
    decide: (campaign: Campaign) => Partial<Campaign> | null | Promise<Partial<Campaign> | null>,
  ): Promise<Campaign> {
    return this.db.transaction(async () => {
      const campaign = await this.lock(id);
      const changes = await decide(campaign);
      if (changes === null) return campaign;
      const saved = await checkReferences(() =>
        this.repository.save({ ...campaign, ...changes, updatedAt: this.clock.now() }),
      );
      await this.record(actor, action, saved);
      return saved;
    });
  }

  record(
    actor: string,
    action: string,
    { id, state, rateMessages, ratePer, budget }: Campaign,
  ): Promise<void> {
    const rate = rateMessages === null ? null : { messages: rateMessages, per: ratePer };
    return this.audit.record(actor, `campaign.${action}`, formatId('campaign', id), { state, rate, budget });
  }
}

/** @throws DomainError when it names a topic, segment or template that is not there */
export async function checkReferences<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const broken = brokenForeignKey(error);
    if (broken === null) throw error;
    throw unknownReference(broken);
  }
}
