import { Injectable } from '@nestjs/common';
import { Clock, type ErrorDetail } from '#common';
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
import { missingIn, type PromotionFault, TemplatesService, type TemplateWithVersion } from '#templates';
import { type Campaign } from './campaign.entity.js';
import { notReady, tooLate } from './campaign.errors.js';
import { obstaclesToLaunch, sendsSms, smsForEmail, topicForTracking, wrongChannel } from './readiness.js';
import { SmsReadiness } from './sms-readiness.js';

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
    private readonly smsReadiness: SmsReadiness,
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
      orBySms: campaign.channel === 'email' && campaign.smsTemplateId !== null,
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
    const { templateVersionId, smsVersionId } = await this.checkReady(campaign);
    const audience = await this.audience(campaign);
    for (const id of [templateVersionId, smsVersionId])
      if (id !== null) await this.templates.markUsed(id, this.clock.now());
    const { rateMessages: messages, ratePer: per } = campaign;
    const dispatch = await this.dispatches.create({
      ...{ name: campaign.name, channel: campaign.channel, messageClass: audience.messageClass },
      productCategories: campaign.productCategories,
      ...{ senderId: audience.senderId, topicId: audience.topicId, templateVersionId, smsVersionId },
      ...{ audience: audience.rule, notAfter: campaign.notAfter },
      ...{ smartEncoding: campaign.smartEncoding, shortLinks: campaign.shortLinks },
      ...{ localTime: campaign.localTime, pastHour: campaign.pastHour, utm: campaign.utm },
    });
    if (messages !== null && per !== null) await this.pacing.setDispatch(dispatch.id, { messages, per });
    if (campaign.budget !== null) await this.spend.setCampaign(dispatch.id, campaign.budget);
    return dispatch;
  }

  /** @returns the template versions that would be sent. @throws DomainError CAMPAIGN_NOT_READY */
  async checkReady(campaign: Campaign): Promise<{ templateVersionId: number; smsVersionId: number | null }> {
    const topic = campaign.topicId === null ? null : await this.senders.getTopic(campaign.topicId);
    const sender = topic && (await this.senders.get(topic.senderId));
    const messageClass = topic && messageClassOf(topic);
    const own = await this.#template(campaign.templateId);
    const sms = await this.#template(campaign.smsTemplateId);
    const versions = [
      { path: 'templateId', channel: campaign.channel, found: own },
      ...(sms ? [{ path: 'smsTemplateId', channel: 'sms' as const, found: sms }] : []),
    ];
    const others: ErrorDetail[] = campaign.channel === 'sms' && sms ? [smsForEmail] : [];
    const missing: string[] = [];
    const promotions: PromotionFault[] = [];
    for (const { path, channel, found } of versions) {
      if (!found) continue;
      const { template, version } = found;
      if (template.channel !== channel) {
        others.push(wrongChannel(path, channel));
        continue;
      }
      missing.push(...missingIn(channel, version));
      if (!messageClass) continue;
      promotions.push(...this.templates.promotions(version, messageClass));
      if (sender && channel === 'sms')
        others.push(...(await this.smsReadiness.obstacles(campaign, sender, messageClass, version)));
    }
    const obstacles = obstaclesToLaunch({
      sender,
      requiredOfSender: await this.laws.senderRequirements(campaign.channel),
      topic,
      templateChosen: own !== null,
      missingTemplateParts: missing,
      lacksPrice: topic !== null && (await this.#lacksPrice(campaign, topic.senderId)),
      ...{ isTagged: campaign.utm !== null, promotions, others },
    });
    if (obstacles.length > 0 || own === null) throw notReady(obstacles);
    return { templateVersionId: own.version.id, smsVersionId: sms?.version.id ?? null };
  }

  async #template(id: number | null): Promise<TemplateWithVersion | null> {
    return id === null ? null : this.templates.get(id);
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
