import { Global, Module } from '@nestjs/common';
import { AccessModule } from '#access';
import { WebhooksModule } from '#webhooks';
import { CONSENT_RECORDER } from '#contacts';
import { DecisionsService } from './decisions.service.js';
import { LawInForce } from './law-in-force.js';
import { LawRepository } from './law.repository.js';
import { LawPacksService } from './law-packs.service.js';
import { LedgerConsentRecorder } from './consent-recorder.js';
import { ConfirmationLinks } from './confirmation-link.js';
import { ConfirmationMailRepository } from './confirmation-mail.repository.js';
import { ConfirmationMailsService } from './confirmation-mails.service.js';
import { ConfirmationRepository } from './confirmation.repository.js';
import { ConfirmationsService } from './confirmations.service.js';
import { ConsentHistory } from './consent-history.service.js';
import { ConsentsService } from './consents.service.js';
import { ErasedAddressRepository } from './erased-address.repository.js';
import { ErasedAddressesService } from './erased-addresses.service.js';
import { ExpireConsentsHandler } from './expire-consents.handler.js';
import { GateRepository } from './gate.repository.js';
import { FrequencyCapRepository } from './frequency-cap.repository.js';
import { FrequencyCapsService } from './frequency-caps.service.js';
import { FoldForecastHandler } from './fold-forecast.handler.js';
import { ForecastRepository } from './forecast.repository.js';
import { Forecasts } from './forecasts.service.js';
import { Gate } from './gate.service.js';
import { LedgerIntegrityService } from './ledger-integrity.service.js';
import { ConsentStateRepository } from './consent-state.repository.js';
import { LedgerRepository } from './ledger.repository.js';
import { LedgerSealRepository } from './ledger-seal.repository.js';
import { ConsentProofRepository } from './consent-proof.repository.js';
import { LedgerRetentionRepository } from './ledger-retention.repository.js';
import { LedgerRetention } from './ledger-retention.service.js';
import { ProofsService } from './proofs.service.js';
import { ReceiptRepository } from './receipt.repository.js';
import { ReceiptsService } from './receipts.service.js';
import { RightsLaw } from './rights-law.js';
import { SealLedgerHandler } from './seal-ledger.handler.js';
import { SenderRepository } from './sender.repository.js';
import { SendersService } from './senders.service.js';
import { SimilarCategoriesService } from './similar-categories.service.js';
import { SimilarCategoryRepository } from './similar-category.repository.js';
import { SubscriptionLinks } from './subscription-link.js';
import { PhoneConsentRepository } from './phone-consent.repository.js';
import { PhoneConsentsService } from './phone-consents.service.js';
import { SuppressionRepository } from './suppression.repository.js';
import { SubscriptionPreferenceRepository } from './subscription-preference.repository.js';
import { SubscriptionPreferencesService } from './subscription-preferences.service.js';
import { SuppressionsService } from './suppressions.service.js';
import { TeamAddressRepository } from './team-address.repository.js';
import { ConfirmationTextCap } from './confirmation-text-cap.js';
import { TeamAddressesService } from './team-addresses.service.js';

import { TrackingRepository } from './tracking.repository.js';
import { TrackingService } from './tracking.service.js';

/** Global, because contacts (which stands above) asks for its recorder by token. */
@Global()
@Module({
  imports: [AccessModule, WebhooksModule],
  providers: [
    ConsentProofRepository,
    LedgerRetention,
    LedgerRetentionRepository,
    ProofsService,
    ReceiptRepository,
    ReceiptsService,
    RightsLaw,
    ConfirmationLinks,
    ConfirmationMailRepository,
    ConfirmationMailsService,
    ConfirmationRepository,
    ConfirmationsService,
    ConsentHistory,
    ConsentsService,
    ErasedAddressRepository,
    ErasedAddressesService,
    ExpireConsentsHandler,
    DecisionsService,
    FrequencyCapRepository,
    FrequencyCapsService,
    FoldForecastHandler,
    ForecastRepository,
    Forecasts,
    Gate,
    GateRepository,
    LawInForce,
    LawPacksService,
    LawRepository,
    LedgerConsentRecorder,
    LedgerIntegrityService,
    ConsentStateRepository,
    LedgerRepository,
    LedgerSealRepository,
    SealLedgerHandler,
    SenderRepository,
    SendersService,
    SimilarCategoriesService,
    SimilarCategoryRepository,
    SubscriptionLinks,
    SubscriptionPreferenceRepository,
    SubscriptionPreferencesService,
    PhoneConsentRepository,
    PhoneConsentsService,
    SuppressionRepository,
    SuppressionsService,
    TeamAddressRepository,
    ConfirmationTextCap,
    TeamAddressesService,
    TrackingRepository,
    TrackingService,
    { provide: CONSENT_RECORDER, useExisting: LedgerConsentRecorder },
  ],
  exports: [
    ExpireConsentsHandler,
    LedgerRetention,
    ProofsService,
    ReceiptsService,
    RightsLaw,
    CONSENT_RECORDER,
    ConfirmationLinks,
    ConfirmationMailsService,
    ConfirmationsService,
    ConsentHistory,
    ConsentsService,
    DecisionsService,
    ErasedAddressesService,
    FrequencyCapsService,
    FoldForecastHandler,
    Forecasts,
    Gate,
    LawInForce,
    LawPacksService,
    LedgerIntegrityService,
    SealLedgerHandler,
    SendersService,
    SimilarCategoriesService,
    SubscriptionLinks,
    SubscriptionPreferencesService,
    PhoneConsentsService,
    SuppressionsService,
    TeamAddressesService,
    TrackingService,
  ],
})
export class ConsentModule {}
