import { Module } from '@nestjs/common';
import { TemplatesModule } from '#templates';
import { TemplatesController } from './templates.controller.js';

/** Templates and their versions, starters and previews. */
@Module({ imports: [TemplatesModule], controllers: [TemplatesController] })
export class TemplatesApiModule {}
