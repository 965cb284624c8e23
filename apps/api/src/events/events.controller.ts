import { Body, Controller, Get, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { type FastifyReply } from 'fastify';
import { requireScope } from '#access';
import { type Page, parseId } from '#common';
import { EventsService } from '#events';
import { type AuthenticatedRequest, RequireScope } from '../http/auth.guard.js';
import { pageOf } from '../http/schemas.js';
import {
  batchView,
  type BatchView,
  eventQuery,
  type EventQuery,
  eventView,
  type EventView,
  namesView,
  type NamesView,
  tellEvent,
  type TellEvent,
  tellEvents,
  type TellEvents,
} from './events.schemas.js';
import { toBatchView, toEventView, toToldEvent } from './events.views.js';

@ApiTags('Events')
@ApiBearerAuth()
@Controller('v1')
@RequireScope('events:read')
export class EventsController {
  constructor(private readonly events: EventsService) {}

  @Post('events')
  @RequireScope('events:write')
  @ApiOperation({ summary: 'Tell of something a contact did' })
  @ApiResponse({ status: 201, standardSchema: eventView, description: 'Stored' })
  @ApiResponse({ status: 200, standardSchema: eventView, description: 'Was told before, under the same key' })
  async tell(
    @Body({ schema: tellEvent }) { createContact, ...event }: TellEvent,
    @Req() request: AuthenticatedRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<EventView> {
    mayCreate(request, createContact);
    const told = await this.events.tell(toToldEvent(event), createContact);
    void reply.status(told.repeated ? 200 : 201);
    return toEventView(told.event);
  }

  @Post('events/batch')
  @HttpCode(200)
  @RequireScope('events:write')
  @ApiOperation({
    summary: 'Tell of up to 1,000 events',
    description:
      'A body that is not valid is refused whole, with the path of every fault. Otherwise each event has its own answer: ' +
      'one whose contact is unknown, whose time lies ahead or whose key is taken keeps back none of the others.',
  })
  @ApiResponse({ status: 200, standardSchema: batchView })
  async tellMany(
    @Body({ schema: tellEvents }) { createContact, events }: TellEvents,
    @Req() request: AuthenticatedRequest,
  ): Promise<BatchView> {
    mayCreate(request, createContact);
    return toBatchView(await this.events.tellMany(events.map(toToldEvent), createContact));
  }

  @Get('events/names')
  @ApiOperation({ summary: 'The names that were told, how often, and when last' })
  @ApiResponse({ status: 200, standardSchema: namesView })
  async names(): Promise<NamesView> {
    const names = await this.events.names();
    return {
      items: names.map(({ lastOccurredAt, ...rest }) => ({
        ...rest,
        lastOccurredAt: lastOccurredAt.toISOString(),
      })),
    };
  }

  @Get('contacts/:id/events')
  @ApiOperation({ summary: "A contact's events, the last told first" })
  @ApiResponse({ status: 200, standardSchema: pageOf(eventView) })
  async ofContact(
    @Param('id') contactId: string,
    @Query({ schema: eventQuery }) { name, ...request }: EventQuery,
  ): Promise<Page<EventView>> {
    const page = await this.events.ofContact(parseId('contact', contactId), request, name ?? null);
    return { ...page, items: page.items.map(toEventView) };
  }
}

/** Who may only tell events makes no contacts. */
function mayCreate({ apiKey }: AuthenticatedRequest, createContact: boolean): void {
  if (createContact && apiKey) requireScope(apiKey, 'contacts:write');
}
