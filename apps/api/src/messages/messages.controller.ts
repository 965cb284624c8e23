import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { CampaignsService } from '#campaigns';
import { type Page, parseId } from '#common';
import { MessagesService, parseMessageId } from '#sending';
import { RequireScope } from '../http/auth.guard.js';
import { pageOf } from '../http/schemas.js';
import {
  messageQuery,
  type MessageQuery,
  messageView,
  type MessageView,
  whyView,
  type WhyView,
} from './messages.schemas.js';
import { toMessageView, toWhyView } from './messages.views.js';

@ApiTags('messages')
@ApiBearerAuth()
@Controller('v1/messages')
@RequireScope('messages:read')
export class MessagesController {
  constructor(
    private readonly messages: MessagesService,
    private readonly campaigns: CampaignsService,
  ) {}

  @Get()
  @ApiOperation({ summary: 'List the messages of a campaign or a contact' })
  @ApiResponse({ status: 200, standardSchema: pageOf(messageView) })
  async list(@Query({ schema: messageQuery }) query: MessageQuery): Promise<Page<MessageView>> {
    const contactId = query.contactId === undefined ? null : parseId('contact', query.contactId);
    let dispatchId: number | null = null;
    if (query.campaignId !== undefined) {
      dispatchId = (await this.campaigns.get(parseId('campaign', query.campaignId))).dispatchId;
      if (dispatchId === null) return { items: [], nextCursor: null };
    }
    const filter = { dispatchId, contactId, state: query.state ?? null, limit: query.limit };
    const page = await this.messages.list(filter, query.cursor);
    return { ...page, items: page.items.map(toMessageView) };
  }

  @Get(':id')
  @ApiOperation({ summary: 'Read one message' })
  @ApiResponse({ status: 200, standardSchema: messageView })
  async get(@Param('id') id: string): Promise<MessageView> {
    return toMessageView(await this.messages.get(parseMessageId(id)));
  }

  @Get(':id/why')
  @ApiOperation({ summary: 'Why it was sent, or why not: the consent behind it, in words' })
  @ApiResponse({ status: 200, standardSchema: whyView })
  async why(@Param('id') id: string): Promise<WhyView> {
    return toWhyView(await this.messages.why(parseMessageId(id)));
  }
}
