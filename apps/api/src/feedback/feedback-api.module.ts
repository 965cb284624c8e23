import { Module } from '@nestjs/common';
import { CampaignsModule } from '#campaigns';
import { FeedbackModule } from '#feedback';
import { FeedbackController } from './feedback.controller.js';
import { SmsKeywordsController } from './sms-keywords.controller.js';
import { TimelineController } from './timeline.controller.js';

@Module({
  imports: [CampaignsModule, FeedbackModule],
  controllers: [FeedbackController, SmsKeywordsController, TimelineController],
})
export class FeedbackApiModule {}
