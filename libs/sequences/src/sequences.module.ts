import { Module } from '@nestjs/common';
import { AccessModule } from '#access';
import { CampaignsModule } from '#campaigns';
import { ContactsModule } from '#contacts';
import { OrdersModule } from '#orders';
import { SegmentsModule } from '#segments';
import { SendingModule } from '#sending';
import { TemplatesModule } from '#templates';
import { WebhooksModule } from '#webhooks';
import { AdvanceSequencesHandler } from './advance-sequences.handler.js';
import { ArrivalRepository } from './arrival.repository.js';
import { DefinitionCheck } from './definition-check.js';
import { EnrolmentRepository } from './enrolment.repository.js';
import { EnrolmentViewRepository } from './enrolment-view.repository.js';
import { EnrolmentsService } from './enrolments.service.js';
import { Entrance } from './entrance.service.js';
import { Mover } from './mover.js';
import { readReadyMade } from './ready-made.js';
import { readReadyMadeFiles } from './ready-made-files.js';
import { ReadyMadeNeeds } from './ready-made-needs.js';
import { ReadyMadeRepository } from './ready-made.repository.js';
import { READY_MADE, ReadyMadeSequences } from './ready-made-sequences.service.js';
import { SendCheck } from './send-check.js';
import { SequenceDispatchRepository } from './sequence-dispatch.repository.js';
import { SequenceDispatches } from './sequence-dispatches.js';
import { SequenceMetrics } from './sequence-metrics.js';
import { SequencePlans } from './sequence-plans.js';
import { SequenceReadiness } from './sequence-readiness.js';
import { SequenceRepository } from './sequence.repository.js';
import { SequencesService } from './sequences.service.js';
import { Simulations } from './simulations.service.js';
import { StepDeeds } from './step-deeds.js';
import { StepRules } from './step-rules.js';
import { StepSends } from './step-sends.js';
import { StepWaits } from './step-waits.js';
import { StepWorldRepository } from './step-world.repository.js';
import { WatchRepository } from './watch.repository.js';
import { WatchSequencesHandler } from './watch-sequences.handler.js';
import { Watches } from './watches.service.js';

@Module({
  imports: [
    AccessModule,
    CampaignsModule,
    ContactsModule,
    OrdersModule,
    SegmentsModule,
    SendingModule,
    TemplatesModule,
    WebhooksModule,
  ],
  providers: [
    ...[
      AdvanceSequencesHandler,
      ArrivalRepository,
      DefinitionCheck,
      EnrolmentRepository,
      EnrolmentViewRepository,
    ],
    ...[
      EnrolmentsService,
      Entrance,
      Mover,
      SendCheck,
      SequenceDispatchRepository,
      SequenceDispatches,
      SequenceMetrics,
      SequencePlans,
    ],
    Simulations,
    ...[SequenceReadiness, SequenceRepository, SequencesService, StepDeeds, StepRules, StepSends, StepWaits],
    ...[StepWorldRepository, WatchRepository, Watches, WatchSequencesHandler],
    ...[ReadyMadeNeeds, ReadyMadeRepository, ReadyMadeSequences],
    { provide: READY_MADE, useFactory: () => readReadyMade(readReadyMadeFiles()) },
  ],
  exports: [
    AdvanceSequencesHandler,
    EnrolmentsService,
    Mover,
    ReadyMadeSequences,
    SequencesService,
    Simulations,
    Watches,
    WatchSequencesHandler,
  ],
})
export class SequencesModule {}
