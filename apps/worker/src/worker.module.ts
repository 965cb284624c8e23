import { Module } from '@nestjs/common';
import { CampaignsModule } from '#campaigns';
import { ContactsModule } from '#contacts';
import { EngagementModule, FeedbackModule } from '#feedback';
import { OrdersModule } from '#orders';
import { SendingModule } from '#sending';
import { SequencesModule } from '#sequences';
import { SignUpsModule } from '#sign-ups';
import { SubjectsModule } from '#subjects';
import { WebhooksModule } from '#webhooks';
import { WorkerService } from './worker.service.js';

/** Everything that works without being asked over HTTP. */
@Module({
  imports: [
    CampaignsModule,
    ContactsModule,
    EngagementModule,
    FeedbackModule,
    OrdersModule,
    SendingModule,
    SequencesModule,
    SignUpsModule,
    SubjectsModule,
    WebhooksModule,
  ],
  providers: [WorkerService],
  exports: [WorkerService],
})
export class WorkerModule {}
