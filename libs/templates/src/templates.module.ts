import { Module } from '@nestjs/common';
import { AccessModule } from '#access';
import { Clock } from '#common';
import { MessageSubjectRepository } from './message-subject.repository.js';
import { MessageSubjects } from './message-subjects.service.js';
import { FaqRepository } from './faq.repository.js';
import { FaqsService } from './faqs.service.js';
import { MAIL_FILES, type MailFiles, readMailFiles } from './mail-files.js';
import { SmsEngine } from './sms/sms-engine.js';
import { readStarters } from './starters.js';
import { TemplateEngine } from './template-engine.js';
import { TemplateRepository } from './template.repository.js';
import { TemplatePreviewsService } from './template-previews.service.js';
import { STARTERS, TemplatesService } from './templates.service.js';

@Module({
  imports: [AccessModule],
  providers: [
    MessageSubjectRepository,
    MessageSubjects,
    FaqRepository,
    FaqsService,
    TemplateRepository,
    TemplatePreviewsService,
    TemplatesService,
    { provide: MAIL_FILES, useFactory: () => readMailFiles() },
    { provide: STARTERS, useFactory: readStarters, inject: [MAIL_FILES] },
    {
      provide: TemplateEngine,
      useFactory: (files: MailFiles, clock: Clock) => new TemplateEngine(files, () => clock.now()),
      inject: [MAIL_FILES, Clock],
    },
    {
      provide: SmsEngine,
      useFactory: (clock: Clock) => new SmsEngine(() => clock.now()),
      inject: [Clock],
    },
  ],
  exports: [FaqsService, MessageSubjects, TemplatePreviewsService, TemplatesService],
})
export class TemplatesModule {}
