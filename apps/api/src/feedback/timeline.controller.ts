import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { type Page, parseId } from '#common';
import { type PageRequest } from '#database';
import { TimelineService } from '#feedback';
import { parseMessageId } from '#sending';
import { RequireScope } from '../http/auth.guard.js';
import { pageOf } from '../http/schemas.js';
import { timelineItem, type TimelineItem, timelineQuery } from './feedback.schemas.js';
import { toTimelineItem } from './feedback.views.js';

@ApiTags('feedback')
@ApiBearerAuth()
@Controller('v1')
@RequireScope('messages:read')
export class TimelineController {
  constructor(private readonly timeline: TimelineService) {}

  @Get('contacts/:id/timeline')
  @ApiOperation({
    summary:
      'All that happened to a contact, the newest first: messages, what came back, what was measured, consents, orders, events',
  })
  @ApiResponse({ status: 200, standardSchema: pageOf(timelineItem) })
  async ofContact(
    @Param('id') id: string,
    @Query({ schema: timelineQuery }) query: PageRequest,
  ): Promise<Page<TimelineItem>> {
    const contactId = parseId('contact', id);
    const page = await this.timeline.ofContact(contactId, query.limit, query.cursor);
    return { ...page, items: page.items.map(row => toTimelineItem(row, contactId)) };
  }

  @Get('messages/:id/timeline')
  @ApiOperation({ summary: 'All that happened to one message, the newest first' })
  @ApiResponse({ status: 200, standardSchema: pageOf(timelineItem) })
  async ofMessage(
    @Param('id') id: string,
    @Query({ schema: timelineQuery }) query: PageRequest,
  ): Promise<Page<TimelineItem>> {
    const key = parseMessageId(id);
    const page = await this.timeline.ofMessage(key, query.limit, query.cursor);
    return { ...page, items: page.items.map(row => toTimelineItem(row, key.contactId)) };
  }
}
