import { Body, Controller, Get, Param, Put } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { formatAmount, parseId } from '#common';
import { type MonthSpend, SmsSpendService } from '#sending';
import { Actor, RequireScope } from '../http/auth.guard.js';
import { amountOrNull, leftOf, readMoney } from '../http/money.js';
import { putSmsBudget, type PutSmsBudget, smsBudgetView, type SmsBudgetView } from './sms-budget.schemas.js';

@ApiTags('senders')
@ApiBearerAuth()
@Controller('v1/senders/:id/sms-budget')
export class SmsBudgetController {
  constructor(private readonly spend: SmsSpendService) {}

  @Get()
  @RequireScope('senders:read')
  @ApiOperation({ summary: 'What SMS of a sender may cost in a month, and did in this one' })
  @ApiResponse({ status: 200, standardSchema: smsBudgetView })
  async get(@Param('id') id: string): Promise<SmsBudgetView> {
    return this.#view(await this.spend.monthNow(parseId('sender', id)));
  }

  @Put()
  @RequireScope('senders:write')
  @ApiOperation({
    summary: 'Set what SMS of a sender may cost in a month, this one included',
    description:
      'Exact over all workers: it is taken before a message begins. What would cost more than is left waits (`deferred`, reason ' +
      'BUDGET) and goes on when the budget is raised or the next month begins.',
  })
  @ApiResponse({ status: 200, standardSchema: smsBudgetView })
  async put(
    @Param('id') id: string,
    @Body({ schema: putSmsBudget }) body: PutSmsBudget,
    @Actor() actor: string,
  ): Promise<SmsBudgetView> {
    const most = readMoney(body.monthly, this.spend.currency, 'monthly');
    return this.#view(await this.spend.setMonth(parseId('sender', id), most, actor));
  }

  #view({ month, timeZone, most, spent }: MonthSpend): SmsBudgetView {
    return {
      ...{ currency: this.spend.currency, monthly: amountOrNull(most), spent: formatAmount(spent) },
      ...{ left: leftOf({ most, spent }), month, timeZone },
    };
  }
}
