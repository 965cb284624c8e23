import { Module } from '@nestjs/common';
import { SendingModule } from '#sending';
import { TemplatesModule } from '#templates';
import { TemplatesController } from './templates.controller.js';

/** Templates and their versions, starters and previews. */
@Module({ imports: [TemplatesModule, SendingModule], controllers: [TemplatesController] })
export class TemplatesApiModule {}
