import { Body, Controller, Get, Param, Put } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { parseId } from '#common';
import { FaqsService } from '#templates';
import { Actor, RequireScope } from '../http/auth.guard.js';
import { faq, type Faq } from './faq.schemas.js';

@ApiTags('senders')
@ApiBearerAuth()
@Controller('v1/senders/:id/faq')
export class FaqController {
  constructor(private readonly faqs: FaqsService) {}

  @Get()
  @RequireScope('senders:read')
  @ApiOperation({ summary: 'What customers ask this sender most, as its after-sales mails show it' })
  @ApiResponse({ status: 200, standardSchema: faq })
  async get(@Param('id') senderId: string): Promise<Faq> {
    return { entries: await this.faqs.get(parseId('sender', senderId)) };
  }

  @Put()
  @RequireScope('senders:write')
  @ApiOperation({
    summary:
      'Replace the FAQ; service messages show it, so it may promise, press and price as little as they may',
  })
  @ApiResponse({ status: 200, standardSchema: faq })
  async replace(
    @Param('id') senderId: string,
    @Body({ schema: faq }) { entries }: Faq,
    @Actor() actor: string,
  ): Promise<Faq> {
    return { entries: await this.faqs.replace(parseId('sender', senderId), entries, actor) };
  }
}
