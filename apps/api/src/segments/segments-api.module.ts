import { Module } from '@nestjs/common';
import { SegmentsModule } from '#segments';
import { SegmentsController } from './segments.controller.js';

@Module({ imports: [SegmentsModule], controllers: [SegmentsController] })
export class SegmentsApiModule {}
