import { Injectable } from '@nestjs/common';
import { SendersService } from '#consent';
import {
  type Dispatch,
  DispatchesService,
  isEnded,
  type MessageCosts,
  type MonthSpend,
  PacingService,
  type Rate,
  SmsSpendService,
  type Spend,
} from '#sending';
import { CampaignChanges } from './campaign-changes.js';
import { type Campaign } from './campaign.entity.js';
import { campaignState } from './campaign.errors.js';

/** What SMS of a campaign cost and may cost, in millionths. */
export interface CampaignCost {
  own: Spend;
  /** null: they have served their time. */
  messages: MessageCosts | null;
  /** Of its sender, this month; null: no topic is chosen. */
  month: MonthSpend | null;
}

/** How fast a campaign may send and what it may cost: both may change while it runs. */
@Injectable()
export class CampaignLimitsService {
  constructor(
    private readonly changes: CampaignChanges,
    private readonly senders: SendersService,
    private readonly dispatches: DispatchesService,
    private readonly pacing: PacingService,
    private readonly spend: SmsSpendService,
  ) {}

  /**
   * How fast it may send; null: as fast as its sender may. Also while it runs: it holds within about a second.
   * @throws DomainError CAMPAIGN_STATE once it is over
   */
  async setRate(id: number, rate: Rate | null, actor: string): Promise<Campaign> {
    return this.changes.change(id, actor, 'rate-set', async campaign => {
      const dispatch = await this.#running(campaign, 'given another rate');
      if (dispatch) await this.pacing.setDispatch(dispatch.id, rate);
      return { rateMessages: rate?.messages ?? null, ratePer: rate?.per ?? null };
    });
  }

  /**
   * What its SMS may cost in all, in millionths; null: no limit. Also while it runs: what waits for money asks for it anew.
   * @throws DomainError CAMPAIGN_STATE once it is over
   */
  async setBudget(id: number, budget: number | null, actor: string): Promise<Campaign> {
    const campaign = await this.changes.change(id, actor, 'budget-set', async campaign => {
      const dispatch = await this.#running(campaign, 'given another budget');
      if (dispatch) await this.spend.setCampaign(dispatch.id, budget);
      return { budget };
    });
    if (campaign.dispatchId !== null) await this.spend.letGo(campaign.dispatchId);
    return campaign;
  }

  async costOf(campaign: Campaign): Promise<CampaignCost> {
    const dispatch = await this.#dispatchOf(campaign);
    const senderId =
      dispatch?.senderId ??
      (campaign.topicId === null ? null : (await this.senders.getTopic(campaign.topicId)).senderId);
    return {
      own: dispatch ? await this.spend.of(dispatch.id) : { most: campaign.budget, spent: 0 },
      messages: dispatch ? await this.spend.messagesOf(dispatch.id) : { messages: 0, parts: 0, cost: 0 },
      month: senderId === null ? null : await this.spend.monthNow(senderId),
    };
  }

  async #dispatchOf({ dispatchId }: Campaign): Promise<Dispatch | null> {
    return dispatchId === null ? null : this.dispatches.get(dispatchId);
  }

  /** Its dispatch, once launched. @throws DomainError CAMPAIGN_STATE when it is over */
  async #running(campaign: Campaign, word: string): Promise<Dispatch | null> {
    const dispatch = await this.#dispatchOf(campaign);
    if (campaign.state === 'cancelled' || (dispatch && isEnded(dispatch.state)))
      throw campaignState(campaign, word);
    return dispatch;
  }
}
