import { Injectable } from '@nestjs/common';
import { Clock } from '#common';
import { LawInForce, messageClassOf, SendersService } from '#consent';
import { SegmentsService } from '#segments';
import {
  type AudienceRequest,
  type Dispatch,
  DispatchesService,
  PacingService,
  SmsPricesService,
  SmsSourcesService,
  SmsSpendService,
} from '#sending';
import { missingParts, TemplatesService } from '#templates';
import { type Campaign } from './campaign.entity.js';
import { notReady, tooLate } from './campaign.errors.js';
import { obstaclesToLaunch, sendsSms, topicForTracking } from './readiness.js';

/** What a campaign would send, to whom, and whether it may: a campaign becomes a dispatch here. */
@Injectable()
export class CampaignLauncher {
  constructor(
    private readonly senders: SendersService,
    private readonly laws: LawInForce,
    private readonly segments: SegmentsService,
    private readonly templates: TemplatesService,
    private readonly dispatches: DispatchesService,
    private readonly pacing: PacingService,
    private readonly spend: SmsSpendService,
    private readonly sources: SmsSourcesService,
    private readonly prices: SmsPricesService,
    private readonly clock: Clock,
  ) {}

  /** Whom it would reach if it were launched now. @throws DomainError CAMPAIGN_NOT_READY without a topic of messages */
  async audience(campaign: Campaign): Promise<AudienceRequest> {
    if (campaign.topicId === null) {
      throw notReady([{ path: 'topicId', code: 'MISSING', message: 'Choose the topic people agreed to.' }]);
    }
    const topic = await this.senders.getTopic(campaign.topicId);
    const messageClass = messageClassOf(topic);
    if (messageClass === null) throw notReady([topicForTracking]);
    return {
      channel: campaign.channel,
      messageClass,
      productCategories: campaign.productCategories,
      senderId: topic.senderId,
      topicId: topic.id,
      rule: await this.#rule(campaign),
    };
  }

  /**
   * Its dispatch, and what the campaign becomes by it. Runs in the transaction that holds the campaign.
   * @throws DomainError CAMPAIGN_NOT_READY, SCHEDULE_TOO_LATE
   */
  async launch(campaign: Campaign): Promise<Partial<Campaign>> {
    if (campaign.notAfter && campaign.notAfter < this.clock.now()) throw tooLate();
    const dispatch = await this.#createDispatch(campaign);
    const { notAfter, localTime, pastHour } = campaign;
    return { state: 'launched', dispatchId: dispatch.id, notAfter, localTime, pastHour, problem: null };
  }

  async #createDispatch(campaign: Campaign): Promise<Dispatch> {
    const templateVersionId = await this.checkReady(campaign);
    const audience = await this.audience(campaign);
    await this.templates.markUsed(templateVersionId, this.clock.now());
    const { rateMessages: messages, ratePer: per } = campaign;
    const dispatch = await this.dispatches.create({
      ...{ name: campaign.name, channel: campaign.channel, messageClass: audience.messageClass },
      productCategories: campaign.productCategories,
      ...{ senderId: audience.senderId, topicId: audience.topicId, templateVersionId },
      ...{ audience: audience.rule, notAfter: campaign.notAfter },
      ...{ localTime: campaign.localTime, pastHour: campaign.pastHour, utm: campaign.utm },
    });
    if (messages !== null && per !== null) await this.pacing.setDispatch(dispatch.id, { messages, per });
    if (campaign.budget !== null) await this.spend.setCampaign(dispatch.id, campaign.budget);
    return dispatch;
  }

  /** @returns the template version that would be sent. @throws DomainError CAMPAIGN_NOT_READY */
  async checkReady(campaign: Campaign): Promise<number> {
    const topic = campaign.topicId === null ? null : await this.senders.getTopic(campaign.topicId);
    const version =
      campaign.templateId === null ? null : (await this.templates.get(campaign.templateId)).version;
    const messageClass = topic && messageClassOf(topic);
    const obstacles = obstaclesToLaunch({
      sender: topic && (await this.senders.get(topic.senderId)),
      requiredOfSender: await this.laws.senderRequirements(),
      topic,
      templateChosen: version !== null,
      missingTemplateParts: version ? missingParts(version) : [],
      isTagged: campaign.utm !== null,
      lacksPrice: topic !== null && (await this.#lacksPrice(campaign, topic.senderId)),
      promotions: version && messageClass ? this.templates.promotions(version, messageClass) : [],
    });
    if (obstacles.length > 0 || version === null) throw notReady(obstacles);
    return version.id;
  }

  /** Whether its SMS have a budget and nobody said what any of them costs: then nothing could ever be counted. */
  async #lacksPrice(campaign: Campaign, senderId: number): Promise<boolean> {
    if (campaign.budget === null || !sendsSms(campaign)) return false;
    const sources = await this.sources.of(senderId);
    return sources.length > 0 && !(await this.prices.now()).knowAny(sources);
  }

  async #rule(campaign: Campaign): Promise<unknown> {
    return campaign.segmentId === null ? null : (await this.segments.get(campaign.segmentId)).rule;
  }
}
