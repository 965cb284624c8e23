import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { type z } from 'zod';
import {
  type Campaign,
  type CampaignFields,
  CampaignLimitsService,
  CampaignsService,
  TestSendsService,
} from '#campaigns';
import { type Page, parseId } from '#common';
import { type PageRequest } from '#database';
import { SmsSpendService } from '#sending';
import { Actor, RequireScope } from '../http/auth.guard.js';
import { readMoney } from '../http/money.js';
import { pageOf, pageQuery } from '../http/schemas.js';
import {
  campaignView,
  type CampaignView,
  createCampaign,
  type CreateCampaign,
  haltedCampaignView,
  type HaltedCampaignView,
  launchCampaign,
  type LaunchCampaign,
  scheduleCampaign,
  type ScheduleCampaign,
  testCampaign,
  type TestCampaign,
  testView,
  updateCampaign,
  type UpdateCampaign,
} from './campaigns.schemas.js';
import { toCampaignView } from './campaigns.views.js';

@ApiTags('campaigns')
@ApiBearerAuth()
@Controller('v1/campaigns')
export class CampaignsController {
  constructor(
    private readonly campaigns: CampaignsService,
    private readonly limits: CampaignLimitsService,
    private readonly tests: TestSendsService,
    private readonly spend: SmsSpendService,
  ) {}

  @Post()
  @RequireScope('campaigns:write')
  @ApiOperation({ summary: 'Draft a campaign' })
  @ApiResponse({ status: 201, standardSchema: campaignView })
  async create(
    @Body({ schema: createCampaign }) body: CreateCampaign,
    @Actor() actor: string,
  ): Promise<CampaignView> {
    const blank = { topicId: null, segmentId: null, templateId: null, productCategories: [] };
    const budget = readMoney(body.budget ?? null, this.spend.currency, 'budget');
    const fields = { ...blank, name: body.name, ...toFields(body), budget };
    return this.#view(await this.campaigns.create(fields, actor));
  }

  @Get()
  @RequireScope('campaigns:read')
  @ApiOperation({ summary: 'List campaigns' })
  @ApiResponse({ status: 200, standardSchema: pageOf(campaignView) })
  async list(@Query({ schema: pageQuery }) query: PageRequest): Promise<Page<CampaignView>> {
    const page = await this.campaigns.list(query);
    return { ...page, items: await Promise.all(page.items.map(campaign => this.#view(campaign))) };
  }

  @Get(':id')
  @RequireScope('campaigns:read')
  @ApiOperation({ summary: 'Read a campaign' })
  @ApiResponse({ status: 200, standardSchema: campaignView })
  async get(@Param('id') id: string): Promise<CampaignView> {
    return this.#view(await this.campaigns.get(parseId('campaign', id)));
  }

  @Patch(':id')
  @RequireScope('campaigns:write')
  @ApiOperation({ summary: 'Change a draft; or only the rate and the budget, also while it runs' })
  @ApiResponse({ status: 200, standardSchema: campaignView })
  async update(
    @Param('id') id: string,
    @Body({ schema: updateCampaign }) body: UpdateCampaign,
    @Actor() actor: string,
  ): Promise<CampaignView> {
    const campaignId = parseId('campaign', id);
    const { rate, budget, ...fields } = body;
    const most = budget === undefined ? undefined : readMoney(budget, this.spend.currency, 'budget');
    // Alone these may be changed while the campaign runs.
    const areAlone = (rate !== undefined || most !== undefined) && Object.keys(fields).length === 0;
    if (!areAlone) await this.campaigns.update(campaignId, toFields(fields), actor);
    if (rate !== undefined) await this.limits.setRate(campaignId, rate, actor);
    if (most !== undefined) await this.limits.setBudget(campaignId, most, actor);
    return this.#view(await this.campaigns.get(campaignId));
  }

  @Delete(':id')
  @HttpCode(204)
  @RequireScope('campaigns:write')
  @ApiOperation({ summary: 'Delete a campaign that was never launched' })
  @ApiResponse({ status: 204 })
  async delete(@Param('id') id: string, @Actor() actor: string): Promise<void> {
    await this.campaigns.delete(parseId('campaign', id), actor);
  }

  @Post(':id/schedule')
  @HttpCode(200)
  @RequireScope('campaigns:send')
  @ApiOperation({
    summary: 'Schedule it; the answer lists what is missing or cannot be sent when it is not ready',
    description:
      'About a topic of service or transactional messages nothing promotional is sent: each price (service), discount, ' +
      'offer, coupon, upsell, gift, urgency, promotional link or asking again for permission is a detail with the path ' +
      '`template.<language>.<part>` and, in longer parts, the line. A topic of tracking bears no messages (TOPIC_FOR_TRACKING).',
  })
  @ApiResponse({ status: 200, standardSchema: campaignView })
  async schedule(
    @Param('id') id: string,
    @Body({ schema: scheduleCampaign }) body: ScheduleCampaign,
    @Actor() actor: string,
  ): Promise<CampaignView> {
    const { at = '', localTime, ifHourPassed = 'next_day', timeZone = null } = body;
    const schedule = {
      ...(localTime === undefined ? { at: new Date(at), timeZone } : { localTime, pastHour: ifHourPassed }),
      notAfter: body.notLaterThan === undefined ? null : new Date(body.notLaterThan),
    };
    return this.#view(await this.campaigns.schedule(parseId('campaign', id), schedule, actor));
  }

  @Post(':id/unschedule')
  @HttpCode(200)
  @RequireScope('campaigns:send')
  @ApiOperation({ summary: 'Take it back to draft' })
  @ApiResponse({ status: 200, standardSchema: campaignView })
  async unschedule(@Param('id') id: string, @Actor() actor: string): Promise<CampaignView> {
    return this.#view(await this.campaigns.unschedule(parseId('campaign', id), actor));
  }

  @Post(':id/launch')
  @HttpCode(202)
  @RequireScope('campaigns:send')
  @ApiOperation({ summary: 'Launch it now' })
  @ApiResponse({ status: 202, standardSchema: campaignView })
  async launch(
    @Param('id') id: string,
    @Body({ schema: launchCampaign }) body: LaunchCampaign,
    @Actor() actor: string,
  ): Promise<CampaignView> {
    const notAfter = body.notLaterThan === undefined ? null : new Date(body.notLaterThan);
    return this.#view(await this.campaigns.launch(parseId('campaign', id), notAfter, actor));
  }

  @Post(':id/pause')
  @HttpCode(200)
  @RequireScope('campaigns:send')
  @ApiOperation({
    summary: 'Pause it; once this answers, no further message begins',
    description:
      'A message that has begun to leave is not cut off: it ends by itself. The answer says how many those are.',
  })
  @ApiResponse({ status: 200, standardSchema: haltedCampaignView })
  async pause(@Param('id') id: string, @Actor() actor: string): Promise<HaltedCampaignView> {
    const { campaign, halt } = await this.campaigns.pause(parseId('campaign', id), actor);
    return { ...(await this.#view(campaign)), ...halt };
  }

  @Post(':id/resume')
  @HttpCode(200)
  @RequireScope('campaigns:send')
  @ApiOperation({ summary: 'Go on with it' })
  @ApiResponse({ status: 200, standardSchema: campaignView })
  async resume(@Param('id') id: string, @Actor() actor: string): Promise<CampaignView> {
    return this.#view(await this.campaigns.resume(parseId('campaign', id), actor));
  }

  @Post(':id/cancel')
  @HttpCode(200)
  @RequireScope('campaigns:send')
  @ApiOperation({ summary: 'Cancel it for good; what has not begun never will' })
  @ApiResponse({ status: 200, standardSchema: haltedCampaignView })
  async cancel(@Param('id') id: string, @Actor() actor: string): Promise<HaltedCampaignView> {
    const { campaign, halt } = await this.campaigns.cancel(parseId('campaign', id), actor);
    return { ...(await this.#view(campaign)), ...halt };
  }

  @Post(':id/test')
  @HttpCode(200)
  @RequireScope('campaigns:send')
  @ApiOperation({ summary: 'Send it to verified addresses and phones of the team' })
  @ApiResponse({ status: 200, standardSchema: testView })
  async test(
    @Param('id') id: string,
    @Body({ schema: testCampaign }) body: TestCampaign,
  ): Promise<z.infer<typeof testView>> {
    const campaign = await this.campaigns.get(parseId('campaign', id));
    const asContactId = body.asContactId === undefined ? null : parseId('contact', body.asContactId);
    const sent = await this.tests.send(campaign, { to: body.to, asContactId, locale: body.locale });
    return {
      items: sent.map(({ to, outcome }) => ({
        to,
        state: outcome.state,
        relay: outcome.relay,
        reply: outcome.reply,
      })),
    };
  }

  async #view(campaign: Campaign): Promise<CampaignView> {
    const dispatch = await this.campaigns.dispatchOf(campaign);
    const messageClass = await this.campaigns.messageClassOf(campaign, dispatch);
    return toCampaignView(campaign, dispatch, messageClass, this.spend.currency);
  }
}

function toFields(body: UpdateCampaign): Partial<CampaignFields> {
  const { topicId, segmentId, templateId, smsTemplateId, name, productCategories, rate, utm } = body;
  const { channel, smartEncoding, shortLinks } = body;
  return {
    ...(rate === undefined ? {} : { rateMessages: rate?.messages ?? null, ratePer: rate?.per ?? null }),
    ...(name === undefined ? {} : { name }),
    ...(channel === undefined ? {} : { channel }),
    ...(smartEncoding === undefined ? {} : { smartEncoding }),
    ...(shortLinks === undefined ? {} : { shortLinks }),
    ...(utm === undefined ? {} : { utm }),
    ...(productCategories === undefined ? {} : { productCategories }),
    ...(topicId === undefined ? {} : { topicId: topicId && parseId('topic', topicId) }),
    ...(segmentId === undefined ? {} : { segmentId: segmentId && parseId('segment', segmentId) }),
    ...(templateId === undefined ? {} : { templateId: templateId && parseId('template', templateId) }),
    ...(smsTemplateId === undefined
      ? {}
      : { smsTemplateId: smsTemplateId && parseId('template', smsTemplateId) }),
  } as Partial<CampaignFields>;
}
