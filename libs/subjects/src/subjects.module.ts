import { Module } from '@nestjs/common';
import { AccessModule } from '#access';
import { ContactsModule } from '#contacts';
import { EventsModule } from '#events';
import { EngagementModule, FeedbackModule } from '#feedback';
import { OrdersModule } from '#orders';
import { SendingModule } from '#sending';
import { ApplyRetentionHandler } from './apply-retention.handler.js';
import { HeldDataRepository } from './held-data.repository.js';
import { SubjectDocumentsService } from './subject-documents.service.js';
import { SubjectRequestRepository } from './subject-request.repository.js';
import { SubjectRequestsService } from './subject-requests.service.js';
import { SubjectRightsService } from './subject-rights.service.js';

@Module({
  imports: [
    AccessModule,
    ContactsModule,
    EngagementModule,
    EventsModule,
    FeedbackModule,
    OrdersModule,
    SendingModule,
  ],
  providers: [
    ApplyRetentionHandler,
    HeldDataRepository,
    SubjectDocumentsService,
    SubjectRequestRepository,
    SubjectRequestsService,
    SubjectRightsService,
  ],
  exports: [ApplyRetentionHandler, SubjectDocumentsService, SubjectRequestsService, SubjectRightsService],
})
export class SubjectsModule {}
