import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { formatId, type Page, parseId } from '#common';
import { type SmsClosure, SmsClosuresService } from '#sending';
import { Actor, RequireScope } from '../http/auth.guard.js';
import { pageOf } from '../http/schemas.js';
import {
  reopenSmsClosure,
  type ReopenSmsClosure,
  smsClosureQuery,
  type SmsClosureQuery,
  smsClosureView,
  type SmsClosureView,
} from './sms-closures.schemas.js';

@ApiTags('senders')
@ApiBearerAuth()
@Controller('v1/sms-closures')
export class SmsClosuresController {
  constructor(private readonly closures: SmsClosuresService) {}

  @Get()
  @RequireScope('senders:read')
  @ApiOperation({
    summary: 'Countries that SMS go to no more, the newest first',
    description:
      'Closed by themselves when the provider refuses a message for a setting: for the account (21408, the country is not ' +
      'enabled) or for what it comes from (30034 and 30032, not registered or verified there). Messages wait with the reason ' +
      'COUNTRY_CLOSED.',
  })
  @ApiResponse({ status: 200, standardSchema: pageOf(smsClosureView) })
  async list(@Query({ schema: smsClosureQuery }) query: SmsClosureQuery): Promise<Page<SmsClosureView>> {
    const { state, ...request } = query;
    const page = await this.closures.list(state === undefined ? null : state === 'reopened', request);
    return { ...page, items: page.items.map(toView) };
  }

  @Post(':id/reopen')
  @HttpCode(200)
  @RequireScope('senders:write')
  @ApiOperation({
    summary: 'Open a country again, with a reason; what waits goes on at once',
    description: 'Should the provider refuse the next message for the same cause, it closes once more.',
  })
  @ApiResponse({ status: 200, standardSchema: smsClosureView })
  async reopen(
    @Param('id') id: string,
    @Body({ schema: reopenSmsClosure }) body: ReopenSmsClosure,
    @Actor() actor: string,
  ): Promise<SmsClosureView> {
    return toView(await this.closures.reopen(parseId('smsClosure', id), body.why, actor));
  }
}

function toView({ id, source, closedAt, reopenedAt, ...closure }: SmsClosure): SmsClosureView {
  return {
    ...{ ...closure, id: formatId('smsClosure', id), from: source },
    ...{ closedAt: closedAt.toISOString(), reopenedAt: reopenedAt?.toISOString() ?? null },
  };
}
