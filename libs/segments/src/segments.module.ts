import { Module } from '@nestjs/common';
import { AccessModule } from '#access';
import { SegmentRepository } from './segment.repository.js';
import { SegmentsService } from './segments.service.js';

@Module({
  imports: [AccessModule],
  providers: [SegmentRepository, SegmentsService],
  exports: [SegmentsService],
})
export class SegmentsModule {}
