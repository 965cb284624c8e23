import { Module } from '@nestjs/common';
import { AccessModule } from '#access';
import { ContactsModule } from '#contacts';
import { SegmentsModule } from '#segments';
import { SendingModule } from '#sending';
import { TemplatesModule } from '#templates';
import { CampaignRepository } from './campaign.repository.js';
import { CampaignChanges } from './campaign-changes.js';
import { CampaignLimitsService } from './campaign-limits.service.js';
import { CampaignLauncher } from './campaign-launcher.js';
import { SmsEstimatesService } from './sms-estimates.service.js';
import { SmsReadiness } from './sms-readiness.js';
import { CampaignsService } from './campaigns.service.js';
import { LaunchDueCampaignsHandler } from './launch-due-campaigns.handler.js';
import { TeamService } from './team.service.js';
import { TestTextsService } from './test-texts.service.js';
import { TestSendsService } from './test-sends.service.js';

@Module({
  imports: [AccessModule, ContactsModule, SegmentsModule, SendingModule, TemplatesModule],
  providers: [
    SmsEstimatesService,
    SmsReadiness,
    CampaignChanges,
    CampaignLauncher,
    CampaignLimitsService,
    CampaignRepository,
    CampaignsService,
    LaunchDueCampaignsHandler,
    TeamService,
    TestSendsService,
    TestTextsService,
  ],
  exports: [
    CampaignLimitsService,
    CampaignsService,
    LaunchDueCampaignsHandler,
    SendingModule,
    SmsEstimatesService,
    SmsReadiness,
    TeamService,
    TestSendsService,
  ],
})
export class CampaignsModule {}
