import { Body, Controller, Get, Put } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { formatAmount } from '#common';
import { type SmsPrice, SmsPricesService } from '#sending';
import { Actor, RequireScope } from '../http/auth.guard.js';
import { microsOf } from '../http/money.js';
import { smsPrices, type SmsPricesBody } from './sms-prices.schemas.js';

@ApiTags('senders')
@ApiBearerAuth()
@Controller('v1/sms-prices')
export class SmsPricesController {
  constructor(private readonly prices: SmsPricesService) {}

  @Get()
  @RequireScope('senders:read')
  @ApiOperation({ summary: 'What one part of an SMS costs' })
  @ApiResponse({ status: 200, standardSchema: smsPrices })
  async get(): Promise<SmsPricesBody> {
    return this.#view(await this.prices.all());
  }

  @Put()
  @RequireScope('senders:write')
  @ApiOperation({
    summary: 'Set all prices; no others remain',
    description:
      'Of several that fit a message the one for its country and what it comes from holds, else the one for its country, else ' +
      'the one for what it comes from, else the one for all. Workers know within a minute; what was spent stays as it was counted.',
  })
  @ApiResponse({ status: 200, standardSchema: smsPrices })
  async put(
    @Body({ schema: smsPrices }) body: SmsPricesBody,
    @Actor() actor: string,
  ): Promise<SmsPricesBody> {
    const prices = body.prices.map(({ country, from, price }) => ({
      ...{ country, source: from, micros: microsOf(price) },
    }));
    return this.#view(await this.prices.replace(body.currency, prices, actor));
  }

  #view(prices: readonly SmsPrice[]): SmsPricesBody {
    return {
      currency: this.prices.currency,
      prices: prices.map(({ country, source, micros }) => ({
        ...{ country, from: source, price: formatAmount(micros) },
      })),
    };
  }
}
