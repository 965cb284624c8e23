import { Module } from '@nestjs/common';
import { TemplatesModule } from '#templates';
import { FaqController } from './faq.controller.js';

/** What customers ask a sender most. */
@Module({ imports: [TemplatesModule], controllers: [FaqController] })
export class FaqApiModule {}
