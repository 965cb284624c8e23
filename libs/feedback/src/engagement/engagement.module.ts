import { Module } from '@nestjs/common';
import { SendingModule } from '#sending';
import { TemplatesModule } from '#templates';
import { EngagementFiguresRepository } from './engagement-figures.repository.js';
import { EngagementRecorder } from './engagement-recorder.service.js';
import { EngagementRecords } from './engagement-records.service.js';
import { EngagementRepository } from './engagement.repository.js';
import { EngagementService } from './engagement.service.js';
import { ResolveClickedHandler } from './resolve-clicked.handler.js';

/** Opens and clicks. */
@Module({
  imports: [SendingModule, TemplatesModule],
  providers: [
    EngagementFiguresRepository,
    EngagementRecorder,
    EngagementRecords,
    EngagementRepository,
    EngagementService,
    ResolveClickedHandler,
  ],
  exports: [EngagementRecorder, EngagementRecords, EngagementService, ResolveClickedHandler],
})
export class EngagementModule {}
