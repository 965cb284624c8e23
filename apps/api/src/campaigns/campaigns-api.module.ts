import { Module } from '@nestjs/common';
import { CampaignsModule } from '#campaigns';
import { MessagesController } from '../messages/messages.controller.js';
import { TeamController } from '../team/team.controller.js';
import { AudienceController } from './audience.controller.js';
import { CampaignsController } from './campaigns.controller.js';
import { UnknownsController } from './unknowns.controller.js';

/** Campaigns, the messages they send, and the team that tests them. */
@Module({
  imports: [CampaignsModule],
  controllers: [
    CampaignsController,
    AudienceController,
    MessagesController,
    TeamController,
    UnknownsController,
  ],
})
export class CampaignsApiModule {}
