import { Global, Module } from '@nestjs/common';
import { AccessModule } from '#access';
import { CONSENT_RECORDER } from '#contacts';
import { LawRepository } from './law.repository.js';
import { LawPacksService } from './law-packs.service.js';
import { LedgerConsentRecorder } from './consent-recorder.js';
import { ConsentsService } from './consents.service.js';
import { GateRepository } from './gate.repository.js';
import { Gate } from './gate.service.js';
import { LedgerIntegrityService } from './ledger-integrity.service.js';
import { LedgerRepository } from './ledger.repository.js';
import { LedgerSealRepository } from './ledger-seal.repository.js';
import { SealLedgerHandler } from './seal-ledger.handler.js';
import { SenderRepository } from './sender.repository.js';
import { SendersService } from './senders.service.js';
import { SubscriptionLinks } from './subscription-link.js';
import { SuppressionRepository } from './suppression.repository.js';
import { SuppressionsService } from './suppressions.service.js';
import { TeamAddressRepository } from './team-address.repository.js';
import { TeamAddressesService } from './team-addresses.service.js';

/** Global, because contacts (which stands above) asks for its recorder by token. */
@Global()
@Module({
  imports: [AccessModule],
  providers: [
    ConsentsService,
    Gate,
    GateRepository,
    LawPacksService,
    LawRepository,
    LedgerConsentRecorder,
    LedgerIntegrityService,
    LedgerRepository,
    LedgerSealRepository,
    SealLedgerHandler,
    SenderRepository,
    SendersService,
    SubscriptionLinks,
    SuppressionRepository,
    SuppressionsService,
    TeamAddressRepository,
    TeamAddressesService,
    { provide: CONSENT_RECORDER, useExisting: LedgerConsentRecorder },
  ],
  exports: [
    CONSENT_RECORDER,
    ConsentsService,
    Gate,
    LawPacksService,
    LedgerIntegrityService,
    SealLedgerHandler,
    SendersService,
    SubscriptionLinks,
    SuppressionsService,
    TeamAddressesService,
  ],
})
export class ConsentModule {}
