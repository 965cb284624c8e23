import { Module } from '@nestjs/common';
import { CampaignsModule } from '#campaigns';
import { EngagementModule } from '#feedback';
import { MessagesController } from '../messages/messages.controller.js';
import { TeamController } from '../team/team.controller.js';
import { AudienceController } from './audience.controller.js';
import { CampaignsController } from './campaigns.controller.js';
import { CostController } from './cost.controller.js';
import { EngagementController } from './engagement.controller.js';
import { UnknownsController } from './unknowns.controller.js';

/** Campaigns, the messages they send, and the team that tests them. */
@Module({
  imports: [CampaignsModule, EngagementModule],
  controllers: [
    CampaignsController,
    AudienceController,
    CostController,
    EngagementController,
    MessagesController,
    TeamController,
    UnknownsController,
  ],
})
export class CampaignsApiModule {}
