import { Module } from '@nestjs/common';
import { AccessModule } from '#access';
import { ContactsModule } from '#contacts';
import { SendingModule } from '#sending';
import { WebhooksModule } from '#webhooks';
import { ApplyFeedbackHandler } from './apply-feedback.handler.js';
import { FeedbackMetrics } from './feedback-metrics.js';
import { FeedbackRepository } from './feedback.repository.js';
import { FeedbackConsequences } from './feedback-consequences.js';
import { FeedbackService } from './feedback.service.js';
import { InboundMailRepository } from './inbound-mail.repository.js';
import { InboundMailService } from './inbound-mail.service.js';
import { ProviderWeb, ProviderWebhooksService } from './provider-webhooks.service.js';
import { ReadInboundMailHandler } from './read-inbound-mail.handler.js';
import { RelayRefusals } from './relay-refusals.js';
import { ForwardRepliesHandler } from './reply-forwarder.js';
import { ReplyRepository } from './reply.repository.js';
import { FeedbackEffects } from './feedback-effects.js';
import { InboundSmsRepository } from './sms/inbound-sms.repository.js';
import { InboundSmsService } from './sms/inbound-sms.service.js';
import { SmsBounceRepository } from './sms/sms-bounce.repository.js';
import { SmsBounces } from './sms/sms-bounces.js';
import { SmsLosses } from './sms/sms-losses.js';
import { SmsKeywordRepository } from './sms/sms-keyword.repository.js';
import { SmsKeywordsService } from './sms/sms-keywords.service.js';
import { SmsRequests } from './sms/sms-requests.js';
import { TwilioWebhooksService } from './sms/twilio-webhooks.service.js';
import { TimelineRepository } from './timeline.repository.js';
import { TimelineService } from './timeline.service.js';
import { WebhookTokenRepository } from './webhook-token.repository.js';

@Module({
  imports: [AccessModule, ContactsModule, SendingModule, WebhooksModule],
  providers: [
    ApplyFeedbackHandler,
    FeedbackMetrics,
    FeedbackRepository,
    FeedbackConsequences,
    FeedbackService,
    ForwardRepliesHandler,
    InboundMailRepository,
    InboundMailService,
    ProviderWeb,
    ProviderWebhooksService,
    ReadInboundMailHandler,
    RelayRefusals,
    ReplyRepository,
    TimelineRepository,
    TimelineService,
    WebhookTokenRepository,
    FeedbackEffects,
    InboundSmsRepository,
    InboundSmsService,
    SmsBounceRepository,
    SmsBounces,
    SmsLosses,
    SmsKeywordRepository,
    SmsKeywordsService,
    SmsRequests,
    TwilioWebhooksService,
  ],
  exports: [
    ApplyFeedbackHandler,
    FeedbackService,
    ForwardRepliesHandler,
    InboundMailService,
    ProviderWebhooksService,
    ReadInboundMailHandler,
    TimelineService,
    SmsKeywordsService,
    TwilioWebhooksService,
  ],
})
export class FeedbackModule {}
