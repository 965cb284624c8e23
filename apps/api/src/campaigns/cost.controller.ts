import { Controller, Get, Param } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { CampaignsService, type CampaignCost } from '#campaigns';
import { formatAmount, parseId } from '#common';
import { SmsSpendService } from '#sending';
import { RequireScope } from '../http/auth.guard.js';
import { amountOrNull, leftOf } from '../http/money.js';
import { costView, type CostView } from './cost.schemas.js';

@ApiTags('campaigns')
@ApiBearerAuth()
@Controller('v1/campaigns/:id/cost')
export class CostController {
  constructor(
    private readonly campaigns: CampaignsService,
    private readonly spend: SmsSpendService,
  ) {}

  @Get()
  @RequireScope('campaigns:read')
  @ApiOperation({ summary: 'What its SMS cost so far and may cost, and what is left of its sender’s month' })
  @ApiResponse({ status: 200, standardSchema: costView })
  async get(@Param('id') id: string): Promise<CostView> {
    return toView(await this.campaigns.costOf(parseId('campaign', id)), this.spend.currency);
  }
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
