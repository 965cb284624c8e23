import { Module } from '@nestjs/common';
import { AccessModule } from '#access';
import { EventsModule } from '#events';
import { SegmentRepository } from './segment.repository.js';
import { SegmentsService } from './segments.service.js';

@Module({
  imports: [AccessModule, EventsModule],
  providers: [SegmentRepository, SegmentsService],
  exports: [SegmentsService],
})
export class SegmentsModule {}
