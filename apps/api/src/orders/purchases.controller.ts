import { Body, Controller, Get, Param, Put } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { formatAmount, formatId, parseId, parseLargeAmount } from '#common';
import { knownCurrency, type PurchaseFacts, PurchaseFactsService, type PurchaseScale } from '#orders';
import { Actor, RequireScope } from '../http/auth.guard.js';
import {
  purchaseScaleView,
  type PurchaseScaleView,
  purchasesView,
  type PurchasesView,
  setPurchaseScale,
  type SetPurchaseScale,
} from './purchases.schemas.js';

@ApiTags('orders')
@ApiBearerAuth()
@Controller('v1')
@RequireScope('orders:read')
export class PurchasesController {
  constructor(private readonly purchases: PurchaseFactsService) {}

  @Get('contacts/:id/purchases')
  @ApiOperation({ summary: "What a contact's orders amount to, and how they compare with other customers" })
  @ApiResponse({ status: 200, standardSchema: purchasesView })
  async of(@Param('id') id: string): Promise<PurchasesView> {
    const contactId = parseId('contact', id);
    return toPurchasesView(contactId, await this.purchases.of(contactId));
  }

  @Get('purchase-scale')
  @ApiOperation({ summary: 'What recency, frequency and value are scored by' })
  @ApiResponse({ status: 200, standardSchema: purchaseScaleView })
  async scale(): Promise<PurchaseScaleView> {
    return toScaleView(await this.purchases.scale());
  }

  @Put('purchase-scale')
  @RequireScope('orders:write')
  @ApiOperation({
    summary: 'Set bounds of your own; what is left out follows the customers there are',
    description: 'Fifths of the customers there are, written anew once a day, stand where nothing was set.',
  })
  @ApiResponse({ status: 200, standardSchema: purchaseScaleView })
  async setScale(
    @Body({ schema: setPurchaseScale }) { recency, frequency, value = [] }: SetPurchaseScale,
    @Actor() actor: string,
  ): Promise<PurchaseScaleView> {
    const scales = [
      ...(recency ? [{ measure: 'recency' as const, currency: '', bounds: recency.map(String) }] : []),
      ...(frequency ? [{ measure: 'frequency' as const, currency: '', bounds: frequency.map(String) }] : []),
      ...value.map(({ currency, bounds }, at) => ({
        measure: 'value' as const,
        currency: knownCurrency(currency, `value.${at}.currency`),
        bounds: bounds.map(bound => String(parseLargeAmount(bound))),
      })),
    ];
    return toScaleView(await this.purchases.setScale(scales, actor));
  }
}

function toPurchasesView(contactId: number, facts: PurchaseFacts | null): PurchasesView {
  return {
    contactId: formatId('contact', contactId),
    count: facts?.count ?? 0,
    firstAt: facts?.firstAt.toISOString() ?? null,
    lastAt: facts?.lastAt.toISOString() ?? null,
    daysSinceLast: facts?.daysSinceLast ?? null,
    categories: facts?.categories ?? [],
    totals: (facts?.totals ?? []).map(({ currency, total, average, count }) => ({
      total: { amount: formatAmount(total), currency },
      average: { amount: formatAmount(average), currency },
      count,
    })),
    scores: facts?.scores ?? { recency: null, frequency: null, value: null },
  };
}

function toScaleView(scales: readonly PurchaseScale[]): PurchaseScaleView {
  const scaled = ({ isSet, updatedAt }: PurchaseScale) => ({
    setBy: isSet ? ('operator' as const) : ('fifths' as const),
    updatedAt: updatedAt.toISOString(),
  });
  const measure = (name: PurchaseScale['measure']): PurchaseScaleView['recency'] => {
    const found = scales.find(scale => scale.measure === name);
    return found ? { bounds: found.bounds.map(Number), ...scaled(found) } : null;
  };
  return {
    recency: measure('recency'),
    frequency: measure('frequency'),
    value: scales
      .filter(scale => scale.measure === 'value')
      .map(scale => ({
        ...{ currency: scale.currency, bounds: scale.bounds.map(bound => formatAmount(BigInt(bound))) },
        ...scaled(scale),
      })),
  };
}
