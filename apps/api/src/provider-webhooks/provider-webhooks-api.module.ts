import { Module } from '@nestjs/common';
import { FeedbackModule } from '#feedback';
import { ProviderWebhookRoutes } from './provider-webhook.routes.js';
import { TwilioWebhookRoutes } from './twilio-webhook.routes.js';

@Module({ imports: [FeedbackModule], providers: [ProviderWebhookRoutes, TwilioWebhookRoutes] })
export class ProviderWebhooksApiModule {}
