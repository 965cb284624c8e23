import { Body, Controller, Get, Param, Put } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { parseId } from '#common';
import { SmsSourcesService, type SourceOfSender } from '#sending';
import { Actor, RequireScope } from '../http/auth.guard.js';
import {
  putSmsSources,
  type PutSmsSources,
  smsSourcesView,
  type SmsSourcesView,
} from './sms-sources.schemas.js';

@ApiTags('senders')
@ApiBearerAuth()
@Controller('v1/senders/:id/sms-sources')
export class SmsSourcesController {
  constructor(private readonly sources: SmsSourcesService) {}

  @Get()
  @RequireScope('senders:read')
  @ApiOperation({ summary: 'The numbers and names a sender’s SMS come from' })
  @ApiResponse({ status: 200, standardSchema: smsSourcesView })
  async get(@Param('id') id: string): Promise<SmsSourcesView> {
    return toView(await this.sources.of(parseId('sender', id)));
  }

  @Put()
  @RequireScope('senders:write')
  @ApiOperation({
    summary: 'Set them, for each country or for all; no others remain',
    description:
      'Without any, no SMS of the sender can be sent. A name has room for the mark that the law of a country asks ' +
      'advertisements to bear, or is refused.',
  })
  @ApiResponse({ status: 200, standardSchema: smsSourcesView })
  async put(
    @Param('id') id: string,
    @Body({ schema: putSmsSources }) body: PutSmsSources,
    @Actor() actor: string,
  ): Promise<SmsSourcesView> {
    return toView(await this.sources.set(parseId('sender', id), body.sources, actor));
  }
}

function toView(sources: readonly SourceOfSender[]): SmsSourcesView {
  return {
    sources: sources.map(({ country, value, kind, rate, providerAnswers }) => ({
      ...{ country, from: value, kind, rate, providerAnswers },
    })),
  };
}
