import { Module } from '@nestjs/common';
import { AccessModule } from '#access';
import { SegmentsModule } from '#segments';
import { TemplatesModule } from '#templates';
import { TransportsModule } from '#transports';
import { WebhooksModule } from '#webhooks';
import { AttemptRepository } from './attempt.repository.js';
import { AudienceRepository } from './audience.repository.js';
import { AudienceService } from './audience.service.js';
import { ChunkRepository } from './chunk.repository.js';
import { DeliveryRepository } from './delivery.repository.js';
import { DispatchLoader } from './dispatch-loader.js';
import { DispatchPersonRepository } from './dispatch-person.repository.js';
import { DispatchRepository } from './dispatch.repository.js';
import { DispatchesService } from './dispatches.service.js';
import { DispatchWatch } from './dispatch-watch.js';
import { EmailComposer } from './email-composer.js';
import { FreezeDispatchHandler } from './freeze-dispatch.handler.js';
import { HaltRepository } from './halt.repository.js';
import { LocalHourRepository } from './local-hour.repository.js';
import { MessageRangeRepository } from './message-range.repository.js';
import { MessageRepository } from './message.repository.js';
import { MessageRetention } from './message-retention.service.js';
import { MessagesService } from './messages.service.js';
import { DomainAllowance } from './pacing/domain-allowance.js';
import { ErrorBudgetRepository } from './pacing/error-budget.repository.js';
import { ErrorBudgetsService } from './pacing/error-budgets.service.js';
import { LaneBrake } from './pacing/lane-brake.js';
import { LaneEars } from './pacing/lane-ears.js';
import { LanePaceRepository } from './pacing/lane-pace.repository.js';
import { Pacer } from './pacing/pacer.js';
import { PacingService } from './pacing/pacing.service.js';
import { PacingTime } from './pacing/pacing-time.js';
import { RelayLimits } from './pacing/relay-limits.js';
import { SingleMailPacer } from './pacing/single-mail-pacer.js';
import { TallyRepository } from './pacing/tally.repository.js';
import { TokenBucketRepository } from './pacing/token-bucket.repository.js';
import { WaitsRepository } from './pacing/waits.repository.js';
import { WarmUpRepository } from './pacing/warm-up.repository.js';
import { WarmUpsService } from './pacing/warm-ups.service.js';
import { ResendRepository } from './resend.repository.js';
import { ObservedAttempts, ObservedComposer } from './observed.js';
import { SendDispatchHandler } from './send-dispatch.handler.js';
import { Outlets } from './outlets.js';
import { SmsClosureRepository } from './sms/sms-closure.repository.js';
import { SmsClosuresService } from './sms/sms-closures.service.js';
import { SingleTexts } from './sms/single-texts.service.js';
import { SmsComposer } from './sms/sms-composer.js';
import { SmsPurses } from './sms/sms-purses.js';
import { SmsPeopleRepository } from './sms/sms-people.repository.js';
import { SmsPreviewsService } from './sms/sms-previews.service.js';
import { ShortLinksService } from './sms/short-links.service.js';
import { SmsWayOuts } from './sms/sms-way-out.service.js';
import { ReturnAddresses } from './return-address.js';
import { SendingFiguresRepository } from './sending-figures.repository.js';
import { SendingLoop } from './sending-loop.js';
import { BudgetWaitsRepository } from './sms/budget-waits.repository.js';
import { SmsPriceRepository } from './sms/sms-price.repository.js';
import { SmsPricesService } from './sms/sms-prices.service.js';
import { SmsSourceRepository } from './sms/sms-source.repository.js';
import { SmsSourcesService } from './sms/sms-sources.service.js';
import { SecondTryRepository } from './sms/second-try.repository.js';
import { SmsSpendRepository } from './sms/sms-spend.repository.js';
import { SmsSpendService } from './sms/sms-spend.service.js';
import { UnknownRepository } from './unknown.repository.js';
import { UnknownsService } from './unknowns.service.js';
import { SendingMetrics } from './sending-metrics.js';

@Module({
  imports: [AccessModule, SegmentsModule, TemplatesModule, TransportsModule, WebhooksModule],
  providers: [
    { provide: AttemptRepository, useClass: ObservedAttempts },
    AudienceRepository,
    AudienceService,
    BudgetWaitsRepository,
    ChunkRepository,
    DeliveryRepository,
    DispatchLoader,
    DispatchPersonRepository,
    DispatchRepository,
    DispatchesService,
    DispatchWatch,
    DomainAllowance,
    ErrorBudgetRepository,
    ErrorBudgetsService,
    FreezeDispatchHandler,
    HaltRepository,
    LaneBrake,
    LaneEars,
    LanePaceRepository,
    LocalHourRepository,
    { provide: EmailComposer, useClass: ObservedComposer },
    MessageRangeRepository,
    MessageRepository,
    MessageRetention,
    MessagesService,
    Outlets,
    Pacer,
    PacingService,
    PacingTime,
    RelayLimits,
    ResendRepository,
    ReturnAddresses,
    SendDispatchHandler,
    SendingFiguresRepository,
    SendingLoop,
    SingleMailPacer,
    SingleTexts,
    SmsClosureRepository,
    SmsClosuresService,
    SmsComposer,
    SmsPurses,
    SmsPeopleRepository,
    SmsPreviewsService,
    ShortLinksService,
    SmsWayOuts,
    SmsPriceRepository,
    SmsPricesService,
    SmsSourceRepository,
    SmsSourcesService,
    SecondTryRepository,
    SmsSpendRepository,
    SmsSpendService,
    TallyRepository,
    TokenBucketRepository,
    UnknownRepository,
    UnknownsService,
    WaitsRepository,
    WarmUpRepository,
    WarmUpsService,
    SendingMetrics,
  ],
  exports: [
    AudienceService,
    DeliveryRepository,
    DispatchesService,
    EmailComposer,
    ErrorBudgetsService,
    FreezeDispatchHandler,
    LaneBrake,
    MessageRetention,
    MessagesService,
    PacingService,
    SecondTryRepository,
    ReturnAddresses,
    SendDispatchHandler,
    SendingLoop,
    SingleMailPacer,
    SingleTexts,
    SmsClosuresService,
    SmsComposer,
    SmsPeopleRepository,
    SmsPurses,
    SmsPreviewsService,
    SmsPricesService,
    SmsSourcesService,
    SmsSpendService,
    ShortLinksService,
    SmsWayOuts,
    TransportsModule,
    UnknownsService,
    WarmUpsService,
  ],
})
export class SendingModule {}
