import { Controller, Get, Param } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import {
  CampaignLimitsService,
  CampaignsService,
  type CampaignCost,
  type SmsEstimate,
  SmsEstimatesService,
} from '#campaigns';
import { formatAmount, parseId } from '#common';
import { SmsSpendService } from '#sending';
import { RequireScope } from '../http/auth.guard.js';
import { amountOrNull, leftOf } from '../http/money.js';
import { Heavy } from '../http/heavy.interceptor.js';
import { costView, type CostView, estimateView, type EstimateView } from './cost.schemas.js';

@ApiTags('campaigns')
@ApiBearerAuth()
@Controller('v1/campaigns/:id/cost')
export class CostController {
  constructor(
    private readonly campaigns: CampaignsService,
    private readonly limits: CampaignLimitsService,
    private readonly estimates: SmsEstimatesService,
    private readonly spend: SmsSpendService,
  ) {}

  @Get()
  @RequireScope('campaigns:read')
  @ApiOperation({ summary: 'What its SMS cost so far and may cost, and what is left of its sender’s month' })
  @ApiResponse({ status: 200, standardSchema: costView })
  async get(@Param('id') id: string): Promise<CostView> {
    const campaign = await this.campaigns.get(parseId('campaign', id));
    return toView(await this.limits.costOf(campaign), this.spend.currency);
  }

  @Get('estimate')
  @Heavy()
  @RequireScope('campaigns:read')
  @ApiOperation({
    summary: 'What its SMS would cost: parts and price, least, average and most',
    description:
      'Each message is rendered with its legal text for the people who would get it now; of more than 5,000 an even sample is.',
  })
  @ApiResponse({ status: 200, standardSchema: estimateView })
  async estimate(@Param('id') id: string): Promise<EstimateView> {
    const campaign = await this.campaigns.get(parseId('campaign', id));
    return toEstimateView(await this.estimates.estimate(campaign), this.spend.currency);
  }
}

function toEstimateView({ cost, ...estimate }: SmsEstimate, currency: string): EstimateView {
  const inMoney = (micros: number): string => formatAmount(Math.round(micros));
  return {
    ...{ currency, ...estimate },
    cost: cost && {
      ...{ least: inMoney(cost.least), average: inMoney(cost.average) },
      ...{ most: inMoney(cost.most), total: inMoney(cost.total) },
    },
  };
}

function toView({ own, messages, month }: CampaignCost, currency: string): CostView {
  return {
    ...{ currency, spent: formatAmount(own.spent), budget: amountOrNull(own.most), left: leftOf(own) },
    ...{ messages: messages?.messages ?? null, parts: messages?.parts ?? null },
    settled: amountOrNull(messages?.cost ?? null),
    month: month && {
      ...{ month: month.month, timeZone: month.timeZone, spent: formatAmount(month.spent) },
      ...{ budget: amountOrNull(month.most), left: leftOf(month) },
    },
  };
}
