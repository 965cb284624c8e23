import { Module } from '@nestjs/common';
import { CampaignsModule } from '#campaigns';
import { ContactsModule } from '#contacts';
import { SendingModule } from '#sending';
import { WorkerService } from './worker.service.js';

/** Everything that works without being asked over HTTP. */
@Module({
  imports: [CampaignsModule, ContactsModule, SendingModule],
  providers: [WorkerService],
  exports: [WorkerService],
})
export class WorkerModule {}
