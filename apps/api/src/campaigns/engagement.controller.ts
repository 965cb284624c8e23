import { Controller, Get, Param } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { CampaignsService } from '#campaigns';
import { parseId } from '#common';
import { EngagementService, noFigures } from '#feedback';
import { RequireScope } from '../http/auth.guard.js';
import { Heavy } from '../http/heavy.interceptor.js';
import { engagementView, type EngagementView } from './engagement.schemas.js';
import { toEngagementView } from './engagement.views.js';

@ApiTags('campaigns')
@ApiBearerAuth()
@Controller('v1/campaigns/:id/engagement')
@RequireScope('campaigns:read')
export class EngagementController {
  constructor(
    private readonly campaigns: CampaignsService,
    private readonly engagement: EngagementService,
  ) {}

  @Get()
  @Heavy()
  @ApiOperation({
    summary: 'What was measured of it: opens and clicks, as far as they can be told from machines',
    description:
      'Only of people who may be measured, and not any more of those who took that back: of everybody else there is ' +
      'nothing, whatever they read or press. No figure here decides anything, but for one: a click taken for a person’s ' +
      'tells that a message of unknown fate had arrived.',
  })
  @ApiResponse({ status: 200, standardSchema: engagementView })
  async read(@Param('id') id: string): Promise<EngagementView> {
    const { dispatchId } = await this.campaigns.get(parseId('campaign', id));
    return toEngagementView(
      dispatchId === null
        ? { opens: noFigures(), clicks: noFigures(), links: [], machines: {}, dropped: false }
        : await this.engagement.report(dispatchId),
    );
  }
}
