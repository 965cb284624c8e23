import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { formatId, type Page, parseId } from '#common';
import { type Suppression, SuppressionsService } from '#consent';
import { type PageRequest } from '#database';
import { Actor, RequireScope } from '../http/auth.guard.js';
import { normalizedAddress } from '../http/normalized-address.js';
import { pageOf } from '../http/schemas.js';
import {
  addSuppression,
  type AddSuppression,
  findSuppression,
  type FindSuppression,
  liftQuery,
  suppressionQuery,
  suppressionView,
  type SuppressionView,
} from './suppressions.schemas.js';

@ApiTags('suppressions')
@ApiBearerAuth()
@Controller('v1/suppressions')
export class SuppressionsController {
  constructor(private readonly suppressions: SuppressionsService) {}

  @Post()
  @RequireScope('consents:write')
  @ApiOperation({ summary: 'Never write to this address again; only its keyed hash is kept' })
  @ApiResponse({ status: 201, standardSchema: suppressionView })
  async add(
    @Body({ schema: addSuppression }) body: AddSuppression,
    @Actor() actor: string,
  ): Promise<SuppressionView> {
    const senderId = body.senderId === undefined ? null : parseId('sender', body.senderId);
    const address = normalizedAddress(body.channel, body.address);
    return toView(await this.suppressions.add(body.channel, address, senderId, 'manual', actor));
  }

  /** A POST, because an address does not belong in a URL, which ends up in logs. */
  @Post('search')
  @HttpCode(200)
  @RequireScope('consents:read')
  @ApiOperation({ summary: 'Whether an address is suppressed, and why' })
  @ApiResponse({ status: 200, standardSchema: z.object({ items: z.array(suppressionView) }) })
  async search(
    @Body({ schema: findSuppression }) body: FindSuppression,
  ): Promise<{ items: SuppressionView[] }> {
    const found = await this.suppressions.find(body.channel, normalizedAddress(body.channel, body.address));
    return { items: found.map(toView) };
  }

  @Get()
  @RequireScope('consents:read')
  @ApiOperation({ summary: 'List suppressions' })
  @ApiResponse({ status: 200, standardSchema: pageOf(suppressionView) })
  async list(@Query({ schema: suppressionQuery }) query: PageRequest): Promise<Page<SuppressionView>> {
    const page = await this.suppressions.list(query);
    return { ...page, items: page.items.map(toView) };
  }

  @Delete(':id')
  @HttpCode(204)
  @RequireScope('consents:write')
  @ApiOperation({ summary: 'Lift a suppression by hand, with a reason' })
  @ApiResponse({ status: 204 })
  async remove(
    @Param('id') suppressionId: string,
    @Query({ schema: liftQuery }) query: z.infer<typeof liftQuery>,
    @Actor() actor: string,
  ): Promise<void> {
    await this.suppressions.remove(parseId('suppression', suppressionId), query.why, actor);
  }
}

function toView(suppression: Suppression): SuppressionView {
  return {
    ...suppression,
    id: formatId('suppression', suppression.id),
    senderId: suppression.senderId === null ? null : formatId('sender', suppression.senderId),
    topicId: suppression.topicId === null ? null : formatId('topic', suppression.topicId),
    createdAt: suppression.createdAt.toISOString(),
  };
}
