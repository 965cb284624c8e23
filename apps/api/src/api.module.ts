import { Module } from '@nestjs/common';
import { ConsentModule } from '#consent';
import { AttributesApiModule } from './attributes/attributes-api.module.js';
import { ContactsApiModule } from './contacts/contacts-api.module.js';
import { CampaignsApiModule } from './campaigns/campaigns-api.module.js';
import { ConsentsController } from './consents/consents.controller.js';
import { LedgerController } from './consents/ledger.controller.js';
import { EventsApiModule } from './events/events-api.module.js';
import { FeedbackApiModule } from './feedback/feedback-api.module.js';
import { FormsApiModule } from './forms/forms-api.module.js';
import { HealthController } from './health/health.controller.js';
import { HttpModule } from './http/http.module.js';
import { ImportsApiModule } from './imports/imports-api.module.js';
import { KeysController } from './keys/keys.controller.js';
import { DecisionsApiModule } from './decisions/decisions-api.module.js';
import { LawApiModule } from './law/law-api.module.js';
import { OrdersApiModule } from './orders/orders-api.module.js';
import { OutgoingApiModule } from './outgoing/outgoing-api.module.js';
import { DocsController } from './openapi/docs.controller.js';
import { OpenApiHolder } from './openapi/openapi.holder.js';
import { SegmentsApiModule } from './segments/segments-api.module.js';
import { FaqApiModule } from './senders/faq-api.module.js';
import { FrequencyCapController } from './senders/frequency-cap.controller.js';
import { SendersController } from './senders/senders.controller.js';
import { PacingApiModule } from './senders/pacing-api.module.js';
import { SimilarCategoriesController } from './senders/similar-categories.controller.js';
import { ReadyMadeApiModule } from './sequences/ready-made-api.module.js';
import { SuppressionsController } from './suppressions/suppressions.controller.js';
import { ShopsApiModule } from './shops/shops-api.module.js';
import { TemplatesApiModule } from './templates/templates-api.module.js';
import { TopicsController } from './topics/topics.controller.js';
import { MetricsController } from './metrics/metrics.controller.js';
import { PreferencesApiModule } from './preferences/preferences-api.module.js';
import { ProviderWebhooksApiModule } from './provider-webhooks/provider-webhooks-api.module.js';
import { PublicModule } from './public/public.module.js';
import { SequencesApiModule } from './sequences/sequences-api.module.js';
import { SubjectsApiModule } from './subjects/subjects-api.module.js';

/** Every concept of the API, a folder each. */
@Module({
  imports: [
    HttpModule,
    CampaignsApiModule,
    AttributesApiModule,
    ContactsApiModule,
    DecisionsApiModule,
    EventsApiModule,
    FaqApiModule,
    FeedbackApiModule,
    FormsApiModule,
    ImportsApiModule,
    LawApiModule,
    OrdersApiModule,
    OutgoingApiModule,
    SegmentsApiModule,
    ConsentModule,
    PacingApiModule,
    PreferencesApiModule,
    ProviderWebhooksApiModule,
    PublicModule,
    // Before the sequences themselves, whose :id would take the word for an id.
    ReadyMadeApiModule,
    SequencesApiModule,
    ShopsApiModule,
    SubjectsApiModule,
    TemplatesApiModule,
  ],
  controllers: [
    ConsentsController,
    DocsController,
    HealthController,
    KeysController,
    LedgerController,
    FrequencyCapController,
    MetricsController,
    SendersController,
    SimilarCategoriesController,
    SuppressionsController,
    TopicsController,
  ],
  providers: [OpenApiHolder],
})
export class ApiModule {}
