import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { CampaignsService } from '#campaigns';
import { parseId } from '#common';
import { type PageRequest } from '#database';
import { MessagesService, parseMessageId, UnknownsService } from '#sending';
import { Actor, RequireScope } from '../http/auth.guard.js';
import { pageQuery } from '../http/schemas.js';
import { messageView, type MessageView } from '../messages/messages.schemas.js';
import { toMessageView } from '../messages/messages.views.js';
import { resolveMessage, type ResolveMessage, unknownsView, type UnknownsView } from './unknowns.schemas.js';
import { toUnknownView } from './unknowns.views.js';

/** Messages that left and were not answered: shown, resolved, and resent where that cannot make two of them. */
@ApiTags('messages')
@ApiBearerAuth()
@Controller('v1')
export class UnknownsController {
  constructor(
    private readonly campaigns: CampaignsService,
    private readonly messages: MessagesService,
    private readonly unknowns: UnknownsService,
  ) {}

  @Get('campaigns/:id/unknowns')
  @RequireScope('messages:read')
  @ApiOperation({
    summary:
      'List the messages of a campaign of which it is not known whether they arrived, with what is known',
  })
  @ApiResponse({ status: 200, standardSchema: unknownsView })
  async list(
    @Param('id') id: string,
    @Query({ schema: pageQuery }) query: PageRequest,
  ): Promise<UnknownsView> {
    const { dispatchId } = await this.campaigns.get(parseId('campaign', id));
    if (dispatchId === null) return { total: 0, items: [], nextCursor: null };
    const filter = { dispatchId, contactId: null, state: 'unknown' as const, limit: query.limit };
    const page = await this.messages.list(filter, query.cursor);
    const items = page.items.map(message => toUnknownView(message, this.unknowns.resendable(message)));
    return { total: await this.unknowns.count(dispatchId), items, nextCursor: page.nextCursor };
  }

  @Post('messages/:id/resolve')
  @HttpCode(200)
  @RequireScope('campaigns:send')
  @ApiOperation({
    summary: 'Say what became of an unknown message, having looked it up at the relay',
    description:
      'Kept with who said it, when and why. `not_sent` does not send it again. Evidence that comes later (a delivery ' +
      'report, a bounce, a click, a reply) overrules `not_sent`.',
  })
  @ApiResponse({ status: 200, standardSchema: messageView })
  async resolve(
    @Param('id') id: string,
    @Body({ schema: resolveMessage }) body: ResolveMessage,
    @Actor() actor: string,
  ): Promise<MessageView> {
    const key = parseMessageId(id);
    return toMessageView(await this.unknowns.resolveByHand(key, body.as, body.reason, actor));
  }

  @Post('messages/:id/resend')
  @HttpCode(200)
  @RequireScope('campaigns:send')
  @ApiOperation({
    summary: 'Send an unknown message again, through a relay that takes it once',
    description:
      'Only where the same relay takes an idempotency key (?idempotency=<header> in SMTP_URL) and still knows it; else ' +
      'RESEND_NEEDS_KEY, RESEND_RELAY_NOT_KNOWN or RESEND_TOO_LATE. The gate is asked again: RESEND_DENIED, RESEND_NOT_NOW, ' +
      'RESEND_ADDRESS_CHANGED. Of a campaign that is paused or over: RESEND_STOPPED. What this attempt does not settle stays ' +
      'unknown. A relay that takes more than 20 seconds is not waited for: the state is then `attempting`.',
  })
  @ApiResponse({ status: 200, standardSchema: messageView })
  async resend(@Param('id') id: string, @Actor() actor: string): Promise<MessageView> {
    return toMessageView(await this.unknowns.resend(parseMessageId(id), actor));
  }
}
