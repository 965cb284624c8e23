import { Module } from '@nestjs/common';
import { FeedbackModule } from '#feedback';
import { ProviderWebhookRoutes } from './provider-webhook.routes.js';

@Module({ imports: [FeedbackModule], providers: [ProviderWebhookRoutes] })
export class ProviderWebhooksApiModule {}
