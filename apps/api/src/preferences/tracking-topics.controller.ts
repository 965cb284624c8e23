import { Controller, Param, Put } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { formatId, parseId } from '#common';
import { SendersService } from '#consent';
import { RequireScope } from '../http/auth.guard.js';
import { trackingTopicsView, type TrackingTopicsView } from './preferences.schemas.js';

@ApiTags('preferences')
@ApiBearerAuth()
@Controller('v1/senders/:id/tracking-topics')
export class TrackingTopicsController {
  constructor(private readonly senders: SendersService) {}

  @Put()
  @RequireScope('senders:write')
  @ApiOperation({
    summary: 'The two topics that people agree to be measured for; made if they are not there',
    description:
      'Record consents and withdrawals for them like for any topic. The preference page makes them by itself.',
  })
  @ApiResponse({ status: 200, standardSchema: trackingTopicsView })
  async make(@Param('id') id: string): Promise<TrackingTopicsView> {
    const topics = await this.senders.trackingTopics(parseId('sender', id));
    return {
      openTracking: formatId('topic', topics.open_tracking.id),
      linkTracking: formatId('topic', topics.link_tracking.id),
    };
  }
}
