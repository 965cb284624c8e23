import { Module } from '@nestjs/common';
import { AccessModule } from '#access';
import { SegmentsModule } from '#segments';
import { TemplatesModule } from '#templates';
import { TransportsModule } from '#transports';
import { AttemptRepository } from './attempt.repository.js';
import { AudienceRepository } from './audience.repository.js';
import { AudienceService } from './audience.service.js';
import { ChunkRepository } from './chunk.repository.js';
import { DispatchLoader } from './dispatch-loader.js';
import { DispatchRepository } from './dispatch.repository.js';
import { DispatchesService } from './dispatches.service.js';
import { DispatchWatch } from './dispatch-watch.js';
import { EmailComposer } from './email-composer.js';
import { FreezeDispatchHandler } from './freeze-dispatch.handler.js';
import { HaltRepository } from './halt.repository.js';
import { LocalHourRepository } from './local-hour.repository.js';
import { MessageRepository } from './message.repository.js';
import { MessagesService } from './messages.service.js';
import { ResendRepository } from './resend.repository.js';
import { SendDispatchHandler } from './send-dispatch.handler.js';
import { SendingLoop } from './sending-loop.js';
import { UnknownRepository } from './unknown.repository.js';
import { UnknownsService } from './unknowns.service.js';

@Module({
  imports: [AccessModule, SegmentsModule, TemplatesModule, TransportsModule],
  providers: [
    AttemptRepository,
    AudienceRepository,
    AudienceService,
    ChunkRepository,
    DispatchLoader,
    DispatchRepository,
    DispatchesService,
    DispatchWatch,
    EmailComposer,
    FreezeDispatchHandler,
    HaltRepository,
    LocalHourRepository,
    MessageRepository,
    MessagesService,
    ResendRepository,
    SendDispatchHandler,
    SendingLoop,
    UnknownRepository,
    UnknownsService,
  ],
  exports: [
    AudienceService,
    DispatchesService,
    EmailComposer,
    FreezeDispatchHandler,
    MessagesService,
    SendDispatchHandler,
    SendingLoop,
    TransportsModule,
    UnknownsService,
  ],
})
export class SendingModule {}
