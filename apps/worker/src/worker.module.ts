import { Module } from '@nestjs/common';
import { CampaignsModule } from '#campaigns';
import { ContactsModule } from '#contacts';
import { EngagementModule } from '#feedback';
import { SendingModule } from '#sending';
import { SignUpsModule } from '#sign-ups';
import { SubjectsModule } from '#subjects';
import { WorkerService } from './worker.service.js';

/** Everything that works without being asked over HTTP. */
@Module({
  imports: [CampaignsModule, ContactsModule, EngagementModule, SendingModule, SignUpsModule, SubjectsModule],
  providers: [WorkerService],
  exports: [WorkerService],
})
export class WorkerModule {}
