import { Module } from '@nestjs/common';
import { WebhooksModule } from '#webhooks';
import { WebhooksController } from './webhooks.controller.js';

/** Webhooks that go out: apart from those that come in from providers. */
@Module({ imports: [WebhooksModule], controllers: [WebhooksController] })
export class OutgoingApiModule {}
